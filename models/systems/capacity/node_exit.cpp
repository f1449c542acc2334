// How a node group takes a node out: it is cordoned and drained, then its instance is terminated (AWS-64, AWS-65).
//
// A drain evicts all pods but those of DaemonSets, each within its own grace period. What a disruption budget refuses
// is asked for again (PDB-2), until the drain has lasted too long.
#include "models/systems/capacity/groups.hpp"
#include "models/systems/handlers.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr sim::Duration longest_drain = sim::Duration::microseconds(900'000'000);            // AWS-64, AWS-65
constexpr sim::Duration pause_before_termination = sim::Duration::microseconds(60'000'000);  // AWS-65

constexpr sim::Duration pause_after_refusal = sim::Duration::microseconds(5'000'000);  // PDB-2

bool has_to_go(const Spec& spec, const Pod& pod) { return spec[pod.workload].kind != WorkloadKind::daemon_set; }

// Evicts what has not been yet. True if nothing is left to wait for.
bool drain(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    bool is_drained = true;
    bool was_refused = false;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (!has_to_go(spec, world.pods[id])) continue;
        is_drained = false;
        if (world.pods[id].terminating) continue;
        was_refused = !is_evicted(evict(spec, world, turn, id, seen)) || was_refused;
    }
    if (was_refused && world.nodes[node].drain_retry == sim::Time::never()) {
        world.nodes[node].drain_retry = turn.now() + pause_after_refusal;
        turn.at(world.nodes[node].drain_retry, DrainRetry{node});
    }
    return is_drained;
}

// AWS-65, an update with force: whatever the budgets say. The drain is through when the last of them has gone.
void delete_what_is_left(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (has_to_go(spec, world.pods[id])) request_delete(world, turn, id, seen);
    }
}

void go_on_at(World& world, Turn& turn, NodeId id, NodeExit step, sim::Time at) {
    Node& node = world.nodes[id];
    node.exit = step;
    node.exit_due = at;
    turn.at(at, NodeExitStep{id});
}

// An update waits until nobody sends requests to the node any more; a group that shrinks does not.
void drained(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const bool is_update = world.groups[spec[world.nodes[id].shape].group.value].phase == GroupPhase::replacing;
    go_on_at(world, turn, id, NodeExit::drained, is_update ? turn.now() + pause_before_termination : turn.now());
}

}  // namespace

void terminate_instance(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const Node& node = world.nodes[id];
    const NodeGroupIx group = spec[node.shape].group;
    const InstancesCall call =
        call_for_instances(spec, world, turn, Ec2Action::terminate_instances, 1, spec[group].stable_key + node.ordinal);
    look_at_size(world, turn, group, turn.now() + spec.latencies.group_reaction);
    // Tried again after as long as a launch is.
    if (call.is_refused)
        return go_on_at(world, turn, id, NodeExit::terminating, turn.now() + spec.latencies.launch_retry);
    turn.note(Ec2CallFact{Ec2Action::terminate_instances, Ec2Result::success, 1});
    const sim::Time pods_stopped = shut_down_node(spec, world, turn, id);
    go_on_at(world, turn, id, NodeExit::shutting_down,
             std::max(call.answered + spec.latencies.node_shutdown, pods_stopped));
}

void take_out(const Spec& spec, World& world, Turn& turn, NodeId id) {
    set_cordoned(spec, world, turn, id, true);
    if (drain(spec, world, turn, id)) return drained(spec, world, turn, id);
    go_on_at(world, turn, id, NodeExit::draining, turn.now() + longest_drain);
}

void pod_left_node(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const Node* node = world.nodes.find(id);
    if (node == nullptr || node->exit != NodeExit::draining || !node->has_instance()) return;
    if (drain(spec, world, turn, id)) drained(spec, world, turn, id);
}

// The health check of its Auto Scaling group takes the instance for unhealthy, so it is terminated as it is. A machine
// of a NodePool is in no such group, and Karpenter's own repair is off (KARP-64).
void on(const Spec& spec, World& world, Turn& turn, const InstanceImpaired& event) {
    const Node* node = world.nodes.find(event.node);
    if (node == nullptr || !node->has_instance() || !node->health.is_down || node->health.outage != event.serial ||
        node->exit == NodeExit::shutting_down || spec[spec[node->shape].group].is_node_pool)
        return;
    terminate_instance(spec, world, turn, event.node);
}

void on(const Spec& spec, World& world, Turn& turn, const DrainRetry& event) {
    Node* node = world.nodes.find(event.node);
    if (node == nullptr) return;
    node->drain_retry = sim::Time::never();
    if (node->exit == NodeExit::draining && node->has_instance()) drain(spec, world, turn, event.node);
}

void on(const Spec& spec, World& world, Turn& turn, const NodeExitStep& event) {
    const Node* node = world.nodes.find(event.node);
    if (node == nullptr || !node->has_instance() || node->exit_due != turn.now()) return;
    const NodeGroupIx group = spec[node->shape].group;
    switch (node->exit) {
        case NodeExit::none: break;
        case NodeExit::draining:
            if (world.groups[group.value].phase == GroupPhase::replacing) {
                if (!world.groups[group.value].is_forced) return update_fails(spec, world, turn, group);
                delete_what_is_left(spec, world, turn, event.node);
                return;
            }
            return terminate_instance(spec, world, turn, event.node);
        case NodeExit::drained:
        case NodeExit::terminating: return terminate_instance(spec, world, turn, event.node);
        case NodeExit::shutting_down: return end_instance(spec, world, turn, event.node);
    }
}

}  // namespace eks
