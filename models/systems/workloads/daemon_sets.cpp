// Source: Kubernetes 1.36, pkg/controller/daemon/daemon_controller.go.
#include "models/systems/workloads/daemon_sets.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/quotas.hpp"
#include "models/systems/workloads/rollouts.hpp"
#include "models/world/node_taints.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr std::int32_t most_daemon_changes_a_sync = 250;  // DS-3

// DS-1: the not-ready taint counts too; the controller of 1.10 keeps its pods through it.
bool runs_while(const Spec& spec, WorkloadIx ix, NodeShapeIx shape, NodeState state) {
    return state == NodeState::ready || spec.kubernetes.daemon_sets_bind_themselves() ||
           tolerates_start_of(spec.template_of(ix), spec[shape]);
}

void want_one_more_daemon(World& world, Turn& turn, WorkloadIx ix) {
    set_desired(world, turn, ix, world[ix].desired + 1);
    sync_at(world, turn, ix, turn.now());
}

bool is_daemon_of(const Spec& spec, const World& world, WorkloadIx ix, NodeId node) {
    return spec[ix].kind == WorkloadKind::daemon_set && !world[ix].deleted &&
           runs_on(spec, ix, world.nodes[node].shape);
}

// the controller asks the scheduler's predicates itself; a node without room gets no pod.
bool has_room_for_daemon(const Spec& spec, const World& world, WorkloadIx ix, NodeId node) {
    const Node& row = world.nodes[node];
    const NodeShape& shape = spec[row.shape];
    return row.pods + 1 <= shape.max_pods && fits(spec.template_of(ix).requests, shape.allocatable - row.requested);
}

// DS-1: whether a new pod is made for the node. One that is there goes on under a taint of effect NoSchedule; those of
// effect NoExecute are the taint manager's to act on (NODE-5).
bool may_have_one(const Spec& spec, const World& world, WorkloadIx ix, NodeId node) {
    const Node& row = world.nodes[node];
    if (!row.has_instance() || !runs_on(spec, ix, row.shape)) return false;
    if (spec.kubernetes.daemon_sets_bind_themselves()) return has_room_for_daemon(spec, world, ix, node);
    return bears_taints_of_state(spec, spec.template_of(ix), row);
}

void delete_daemon(const Spec& spec, World& world, Turn& turn, PodId id) {
    request_delete(world, turn, id, write_call(spec, world, turn, Controller::daemon_set, turn.now()).seen);
}

void leave_other_nodes(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const Node* node = world.nodes.find(world.pods[id].pinned);
        if (node != nullptr && !runs_on(spec, ix, node->shape)) delete_daemon(spec, world, turn, id);
    }
}

void make_daemon(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, NodeId node) {
    ++world[ix].on_the_way;
    turn.at(write_call(spec, world, turn, Controller::daemon_set, turn.now()).seen, DaemonPodAppears{ix, node});
}

// DS-3: whether the failed pod on the node is deleted now; else it is looked at again after the whole back-off. What
// lies twice the longest back-off in the past is forgotten (client-go, flowcontrol.Backoff).
bool goes_now(World& world, Turn& turn, WorkloadIx ix, NodeId node) {
    constexpr sim::Duration remembered = sim::Duration::minutes(30);
    std::vector<DaemonBackoff>& backoffs = world.daemon_backoffs;
    std::erase_if(backoffs, [&](const DaemonBackoff& one) { return turn.now() - one.last > remembered; });
    auto known = std::ranges::find_if(backoffs,
                                      [&](const DaemonBackoff& one) { return one.workload == ix && one.node == node; });
    if (known == backoffs.end()) {
        backoffs.push_back({ix, node, 1, turn.now()});
        return true;
    }
    const sim::Duration wait = daemon_backoff(known->failures);
    if (turn.now() - known->last < wait) {
        sync_at(world, turn, ix, turn.now() + wait);
        return false;
    }
    constexpr std::uint32_t counted_max = 100;
    known->failures = std::min(known->failures + 1, counted_max);
    known->last = turn.now();
    return true;
}

// Evicted by the kubelet or refused by it: a pod that has ended for good makes room for the next one.
void clear_ended(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const Pod& pod = world.pods[id];
        if (pod.stage != PodStage::finished || pod.terminating) continue;
        if (!pod.failed || goes_now(world, turn, ix, pod.pinned)) delete_daemon(spec, world, turn, id);
    }
}

}  // namespace

void keep_daemons(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    if (world[ix].deleted) return;
    if (rollout_of(world, ix) != nullptr) leave_other_nodes(spec, world, turn, ix);
    clear_ended(spec, world, turn, ix);
    std::vector<std::uint8_t> has_one(world.nodes.capacity_slots());
    for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        // One that goes has to be gone first.
        if (world.nodes.contains(world.pods[id].pinned)) has_one[world.pods[id].pinned.slot] = 1;
    }
    std::int32_t left = most_daemon_changes_a_sync;
    if (has_quota(spec, spec[ix].pod_template)) left = next_batch(world[ix].tries, left);
    for (const NodeId node : world.node_order) {
        if (left == 0) break;
        if (has_one[node.slot] != 0 || !may_have_one(spec, world, ix, node)) continue;
        make_daemon(spec, world, turn, ix, node);
        --left;
    }
    if (world[ix].on_the_way > 0) return;  // CTRL-2
    end_tries(turn, ix, world[ix].tries);
    std::vector<NodeId> surge;
    update_daemons(spec, world, turn, ix, surge);
    for (const NodeId node : surge) {
        if (left == 0) break;
        if (!may_have_one(spec, world, ix, node)) continue;
        make_daemon(spec, world, turn, ix, node);
        --left;
    }
}

// DS-1: a template may belong on other nodes than the one before.
void count_nodes_of(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    const auto belongs = [&](NodeId node) {
        const Node& row = world.nodes[node];
        return runs_on(spec, ix, row.shape) &&
               (row.ready_at != sim::Time::never() || runs_while(spec, ix, row.shape, NodeState::registered));
    };
    set_desired(world, turn, ix, static_cast<std::int32_t>(std::ranges::count_if(world.node_order, belongs)));
}

void on(const Spec& spec, World& world, Turn& turn, const DaemonPodAppears& event) {
    WorkloadState& state = world[event.workload];
    --state.on_the_way;
    if (state.deleted) return;
    const bool is_admitted = admits_pod(spec, world, turn, event.workload, spec[event.workload].pod_template);
    if (!is_admitted) state.tries.was_refused = true;
    if (state.on_the_way == 0) look_again(spec, world, turn, event.workload);
    const Node* node = world.nodes.find(event.node);
    if (!is_admitted || node == nullptr || !node->has_instance()) return;
    const std::uint32_t ordinal = state.next_ordinal++;
    if (spec.kubernetes.daemon_sets_bind_themselves()) {
        // nodeName is set at creation, and the scheduler never sees the pod.
        // Another daemon pod may have taken the room meanwhile.
        if (!has_room_for_daemon(spec, world, event.workload, event.node)) return;
        const PodId id = add_pod(spec, world, event.workload, ordinal, JobId::none(), turn.now());
        world.pods[id].pinned = event.node;
        world.pods[id].cause = WaitCause::scheduling;
        turn.note(PodCreatedFact{id, event.workload, WaitCause::scheduling, ordinal});
        charge_pod(spec, world, turn, id);
        put_on_node(spec, world, id, event.node);
        note_room(world, turn, id, +1);
        kubelet_sees(spec, world, turn, id);
    } else {
        const PodId id = make_pod(spec, world, turn, {event.workload, ordinal, JobId::none()}, TemplateIx::none());
        world.pods[id].pinned = event.node;
    }
}

void node_appeared(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (is_daemon_of(spec, world, ix, node) && runs_while(spec, ix, world.nodes[node].shape, NodeState::registered))
            want_one_more_daemon(world, turn, ix);
    }
}

void node_became_ready(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (is_daemon_of(spec, world, ix, node) &&
            !runs_while(spec, ix, world.nodes[node].shape, NodeState::registered))
            want_one_more_daemon(world, turn, ix);
    }
}

void node_disappeared(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const bool was_ready = world.nodes[node].ready_at != sim::Time::never();
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (!is_daemon_of(spec, world, ix, node)) continue;
        if (was_ready || runs_while(spec, ix, world.nodes[node].shape, NodeState::registered))
            set_desired(world, turn, ix, world[ix].desired - 1);
        // Its pod has not been bound, and never will be.
        const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
        for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
            const Pod& pod = world.pods[id];
            if (pod.pinned == node && !pod.node.valid()) request_delete(world, turn, id, seen);
        }
    }
}

void daemons_may_run(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (!is_daemon_of(spec, world, ix, node)) continue;
        // No taint has ever kept it away.
        const PodTemplate& t = spec.template_of(ix);
        if (t.tolerated_condition_taints == all_condition_taints && tolerates_cilium_taint(t)) continue;
        if (may_have_one(spec, world, ix, node)) sync_at(world, turn, ix, turn.now());
    }
}

}  // namespace eks
