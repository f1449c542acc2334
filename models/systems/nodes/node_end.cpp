// The end of an instance, and how the cluster clears away what is left of its node: first the Node object, then the
// pods that are bound to it, last the row.
//
// A kubelet that shuts down gracefully says so itself, so that the node is NotReady at once (NODE-7). Before that, and
// where the machine has stopped, the control plane has to miss it first (NODE-2), though here nothing is placed on the
// node meanwhile.
#include "models/systems/handlers.hpp"
#include "models/systems/nodes/bootstrap.hpp"
#include "models/systems/nodes/eviction.hpp"
#include "models/systems/nodes/images.hpp"
#include "models/systems/nodes/machine.hpp"
#include "models/systems/nodes/node_lifecycle.hpp"
#include "models/systems/signals.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr sim::Duration cloud_looks = sim::Duration::microseconds(5'000'000);           // NODE-6
constexpr sim::Duration collector_looks = sim::Duration::microseconds(20'000'000);      // PODGC-1
constexpr sim::Duration collector_hesitates = sim::Duration::microseconds(40'000'000);  // PODGC-2

// Nothing is left of what the pod had of the machine.
void end_pod_of_instance(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (pod.stage == PodStage::finished) return;
    lose_pod(spec, world, turn, id);
    give_up_wait(world, turn, id);
    pod.given_by = AddressGiver::only;
    pod.address = AddressState::undisputed;
    release_branch_eni(spec, world, turn, id);
}

// PODGC-2: a pod that has not ended is marked as failed, which is what its Job counts, and its object goes at once.
void collect(World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (pod.stage != PodStage::finished) {
        pod.stage = PodStage::finished;
        pod.finished = turn.now();
        pod.failed = true;
        mark_disrupted(world, turn, id, Disruption::deletion_by_pod_gc);
        if (!pod.terminating) --world[pod.workload].active;
        if (pod.job.valid()) set_phase(world, turn, id, PodPhase::failed);
    }
    turn.at(turn.now(), PodRemoved{id});
}

}  // namespace

void set_cordoned(const Spec& spec, World& world, Turn& turn, NodeId id, bool is_cordoned) {
    Node& node = world.nodes[id];
    if (node.cordoned == is_cordoned) return;
    node.cordoned = is_cordoned;
    if (spec.kubernetes.has_leases_and_taints_by_condition()) {
        constexpr ConditionTaints taint = no_schedule(ConditionTaint::unschedulable);
        node.condition_taints = is_cordoned ? node.condition_taints | taint : node.condition_taints & ~taint;
    }
    node_taints_changed(world, id);
    cluster_size_changes(spec, world, turn);
    if (!is_cordoned) {
        wake_pool(spec, world, turn, ClusterChange::node_added, id);
        daemons_may_run(spec, world, turn, id);
    }
    pool_changed(spec, world, turn, id);
}

void end_instance(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const bool has_object = world.nodes[id].state != NodeState::launching;
    const NodeState before = world.nodes[id].state;
    const bool says_so = spec.kubernetes.shuts_nodes_down_gracefully() && !world.nodes[id].health.is_silent();
    const bool is_missed = says_so || before != NodeState::ready;
    if (!is_missed && !world.nodes[id].health.is_silent()) kubelet_fell_silent(spec, world, turn, id);
    for (PodId pod = world.nodes[id].first_pod; pod.valid(); pod = world.pods[pod].next_on_node)
        note_room(world, turn, pod, -1);
    for (PodId pod = world.nodes[id].first_pod; pod.valid(); pod = world.pods[pod].next_on_node)
        end_pod_of_instance(spec, world, turn, pod);
    end_pulls(spec, world, turn, id);
    set_node_state(spec, world, turn, id, NodeState::lost);
    end_pressure(spec, world, turn, id);
    end_cni(spec, world, turn, id);
    outside_use_changes(spec, world, turn, id);
    // A change of the CNI waits for this node no longer.
    if (std::ranges::find(world.cni_update.away, id) != world.cni_update.away.end())
        turn.at(turn.now(), CniUpdateGoesOn{});
    world.nodes[id].stuck_pods = 0;
    world.nodes[id].address_wakes_at = sim::Time::never();
    if (!has_object)
        turn.at(turn.now(), NodeObjectGoes{id});
    else if (is_missed)
        instance_is_missed(spec, world, turn, id);
    group_node_lost(spec, world, turn, id);
}

void instance_is_missed(const Spec& spec, World& world, Turn& turn, NodeId id) {
    hide_readiness(spec, world, turn, id);
    turn.at(sim::next_tick(turn.now(), sim::Duration::zero(), cloud_looks), NodeObjectGoes{id});
}

void on(const Spec& spec, World& world, Turn& turn, const NodeObjectGoes& event) {
    const NodeId id = event.node;
    const bool was_listed = std::ranges::find(world.node_order, id) != world.node_order.end();
    if (was_listed) unlist_node(spec, world, id);
    nodes_of_connections_change(spec, world, turn);
    world.nodes[id].state = NodeState::deleted;
    if (was_listed) leave_zone(spec, world, turn, id);
    NodeFact fact;
    fact.node = id;
    fact.shape = world.nodes[id].shape;
    fact.group = spec[fact.shape].group;
    fact.from = NodeState::lost;
    fact.to = NodeState::deleted;
    fact.left = true;
    turn.note(fact);
    cluster_size_changes(spec, world, turn);
    if (was_listed) node_disappeared(spec, world, turn, id);
    // The collector notices at one of its looks, and acts at the first one that comes long enough after.
    const sim::Time notices = sim::next_tick(turn.now(), sim::Duration::zero(), collector_looks);
    turn.at(notices + collector_hesitates, OrphansCollected{id});
}

void on(const Spec&, World& world, Turn& turn, const OrphansCollected& event) {
    const Node& node = world.nodes[event.node];
    if (!node.first_pod.valid() && !node.trunk.first_branch.valid() && !node.trunk.is_served)
        return remove_node(world, event.node);
    for (PodId pod = node.first_pod; pod.valid(); pod = world.pods[pod].next_on_node) collect(world, turn, pod);
    turn.after(collector_looks, OrphansCollected{event.node});
}

}  // namespace eks
