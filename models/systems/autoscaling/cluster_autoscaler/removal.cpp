// How a node that is not needed is taken away (CA-51 to CA-53): tainted and cordoned, looked at once more, drained, and
// terminated by its Auto Scaling group, which then keeps one less.
//
// Left out: that pods of DaemonSets are evicted from nodes with other pods, which changes nothing for anybody, and that
// a pod's grace is cut off at max-graceful-termination-sec.
#include "models/systems/autoscaling/cluster_autoscaler/cluster_state.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/drain_rules.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/removal_simulation.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/report.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/scale_down.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

namespace eks {
namespace cluster_autoscaler {

namespace {

constexpr sim::Duration eviction_retry = sim::Duration::seconds(10);  // CA-52
constexpr sim::Duration gone_poll = sim::Duration::seconds(5);        // likewise
constexpr sim::Duration gone_headroom = sim::Duration::seconds(30);   // PodEvictionHeadroom

void next_step(Turn& turn, AutoscaledNode& row, NodeRemoval step, sim::Duration after) {
    if (row.removal != step) row.removal_began = turn.now();
    row.removal = step;
    row.removal_due = turn.now() + after;
    turn.at(row.removal_due, NodeRemovalStep{row.node});
}

// The node stays; it may be chosen again.
void give_up(const Spec& spec, World& world, Turn& turn, AutoscaledNode& row) {
    row.removal = NodeRemoval::none;
    row.removal_due = sim::Time::never();
    row.unneeded_since = sim::Time::never();
    const NodeId node = row.node;
    if (!row.was_cordoned) set_cordoned(spec, world, turn, node, false);
}

void order_termination(const Spec& spec, World& world, Turn& turn, AutoscaledNode& row) {
    const NodeId node = row.node;
    const NodeGroupIx group = spec[world.nodes[node].shape].group;
    const auto place = GroupPlaces(spec).of(group);
    // CA-28: refused by the cloud.
    if (!place || world.groups[group.value].desired <= spec.cluster_autoscaler.groups[*place].minimum)
        return give_up(spec, world, turn, row);
    row.removal = NodeRemoval::ordered;
    row.removal_due = sim::Time::never();
    report(turn,
           row.is_of_unready ? AutoscalerCount::unready
           : row.is_drain    ? AutoscalerCount::underutilized
                             : AutoscalerCount::empty,
           1);
    terminate_in_group(spec, world, turn, node);
}

bool has_to_leave(const Spec& spec, const Pod& pod) {
    return pod.holds_resources && spec[pod.workload].kind != WorkloadKind::daemon_set &&
           !spec[pod.pod_template].wishes.counts_as_daemon &&
           spec[pod.pod_template].priority >= spec.cluster_autoscaler.expendable_below;
}

bool has_pods_left(const Spec& spec, const World& world, NodeId node) {
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (has_to_leave(spec, world.pods[id])) return true;
    }
    return false;
}

void wait_until_gone(const Spec& spec, World& world, Turn& turn, AutoscaledNode& row) {
    if (!has_pods_left(spec, world, row.node)) return order_termination(spec, world, turn, row);
    const sim::Time began = row.removal == NodeRemoval::leaving ? row.removal_began : turn.now();
    if (turn.now() >= began + spec.cluster_autoscaler.max_graceful_termination + gone_headroom)
        return give_up(spec, world, turn, row);
    next_step(turn, row, NodeRemoval::leaving, gone_poll);
}

// Asks the eviction API for what has not been evicted yet.
void evict_all(const Spec& spec, World& world, Turn& turn, AutoscaledNode& row) {
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    bool was_refused = false;
    std::int64_t evicted = 0;
    for (PodId id = world.nodes[row.node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (!has_to_leave(spec, world.pods[id]) || world.pods[id].terminating) continue;
        if (is_evicted(evict(spec, world, turn, id, seen)))
            ++evicted;
        else
            was_refused = true;
    }
    if (evicted > 0) report(turn, AutoscalerCount::evicted_pods, evicted);
    if (!was_refused) return wait_until_gone(spec, world, turn, row);
    const sim::Time began = row.removal == NodeRemoval::evicting ? row.removal_began : turn.now();
    if (turn.now() >= began + spec.cluster_autoscaler.max_eviction_time) return give_up(spec, world, turn, row);
    next_step(turn, row, NodeRemoval::evicting, eviction_retry);
}

// CA-51: is it still empty, or could it still be drained?
bool may_still_go(const Spec& spec, World& world, Turn& turn, const AutoscaledNode& row) {
    const PodsToMove pods = pods_to_move(spec, world, world.nodes[row.node], allowed_disruptions(world), turn.now());
    if (!pods.may_go()) return false;
    if (!row.is_drain) return pods.movable.empty();
    Snapshot snapshot(spec, world);
    return move_pods(world, snapshot, row.node, pods.movable, world.cluster_autoscaler.last_place);
}

}  // namespace

void begin_removal(const Spec& spec, World& world, Turn& turn, NodeId id, bool is_drain) {
    AutoscaledNode& row = row_of(world.cluster_autoscaler, id);
    row.is_drain = is_drain;
    row.is_of_unready = world.nodes[id].state != NodeState::ready;
    row.was_cordoned = world.nodes[id].cordoned;
    next_step(turn, row, NodeRemoval::tainted, spec.cluster_autoscaler.delete_delay_after_taint);
    set_cordoned(spec, world, turn, id, true);
}

RemovalsNow removals_now(const World& world) {
    RemovalsNow now;
    for (const AutoscaledNode& row : world.cluster_autoscaler.nodes) {
        if (row.removal == NodeRemoval::none || row.removal == NodeRemoval::ordered) continue;
        ++now.all;
        if (row.is_drain) ++now.drains;
    }
    return now;
}

void take_back_removals(const Spec& spec, World& world, Turn& turn) {
    for (AutoscaledNode& row : world.cluster_autoscaler.nodes) {
        if (row.removal == NodeRemoval::none || row.removal == NodeRemoval::ordered) continue;
        if (world.nodes.find(row.node) != nullptr && world.nodes[row.node].has_instance())
            give_up(spec, world, turn, row);
    }
}

}  // namespace cluster_autoscaler

void on(const Spec& spec, World& world, Turn& turn, const NodeRemovalStep& event) {
    using namespace cluster_autoscaler;
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    if (!state.runs || find_row(state, event.node) == nullptr) return;
    AutoscaledNode& row = row_of(state, event.node);
    if (row.removal_due != turn.now()) return;
    const Node* node = world.nodes.find(event.node);
    if (node == nullptr || !node->has_instance()) {
        row = {.node = event.node};
        return;
    }
    switch (row.removal) {
        case NodeRemoval::none:
        case NodeRemoval::ordered: return;
        case NodeRemoval::tainted:
            if (!may_still_go(spec, world, turn, row)) return give_up(spec, world, turn, row);
            if (row.is_drain) return evict_all(spec, world, turn, row);
            return order_termination(spec, world, turn, row);
        case NodeRemoval::evicting: return evict_all(spec, world, turn, row);
        case NodeRemoval::leaving: return wait_until_gone(spec, world, turn, row);
    }
}

}  // namespace eks
