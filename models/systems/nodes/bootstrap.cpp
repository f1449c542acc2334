// A node on its way from launch to Ready (BOOT-1, IPAM-195).
#include "models/systems/nodes/bootstrap.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/nodes/node_lifecycle.hpp"
#include "models/systems/nodes/restart_backoff.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/verbs.hpp"

namespace eks {

namespace {

sim::Duration share_of(sim::Duration whole, double share) {
    return sim::Duration::microseconds(static_cast<std::int64_t>(share * static_cast<double>(whole.us())));
}

// The phases of the node's periodic loops, each a draw of its own.
void draw_phases(const Spec& spec, World& world, sim::RunKey key, NodeId id) {
    Node& node = world.nodes[id];
    const std::uint64_t owner = spec[spec[node.shape].group].stable_key;
    node.kubelet_phase =
        share_of(spec.latencies.kubelet_tick, sim::draw_unit(key, {stream::kubelet_phase, owner, node.ordinal, 0}));
    node.ipamd.phase =
        share_of(spec.cni_constants.pool_interval, sim::draw_unit(key, {stream::pool_phase, owner, node.ordinal, 0}));
}

enum class LaunchOutcome : std::uint8_t { comes_up, ends, never_joins };

// What a fault makes of the launch.
LaunchOutcome launch_failure(const Spec& spec, const World& world, sim::RunKey key, NodeId id) {
    const Node& node = world.nodes[id];
    for (const ActiveFault& active : world.faults) {
        if (active.kind != FaultKind::launch_failure) continue;
        const Fault& fault = spec.timeline[active.action].fault;
        if (!strikes_shape(spec, fault, node.shape)) continue;
        const std::uint64_t owner = spec[spec[node.shape].group].stable_key;
        const std::uint64_t draw =
            sim::draw_below(key, {stream::launch_failure, owner, node.ordinal, fault.occurrence}, 1'000'000);
        if (draw >= static_cast<std::uint64_t>(fault.share_ppm)) continue;
        return fault.how == LaunchFailure::ended ? LaunchOutcome::ends : LaunchOutcome::never_joins;
    }
    return LaunchOutcome::comes_up;
}

}  // namespace

void set_node_state(const Spec& spec, World& world, Turn& turn, NodeId id, NodeState state) {
    Node& node = world.nodes[id];
    const NodeState from = node.state;
    NodeFact fact;
    fact.node = id;
    fact.shape = node.shape;
    fact.group = spec[node.shape].group;
    fact.from = from;
    fact.to = state;
    node.state = state;
    if (state == NodeState::ready) node.ready_at = turn.now();
    node_changed(world, id);
    turn.note(fact);
    ready_condition_changed(spec, world, turn, id, from);
    cluster_size_changes(spec, world, turn);
}

NodeId add_instance(const Spec& spec, World& world, Turn& turn, NodeShapeIx shape) {
    if (world.subnets[spec[shape].subnet.value].free_single < 1) return NodeId::none();
    const NodeId id = add_node(spec, world, shape, turn.now());
    draw_phases(spec, world, turn.key(), id);
    world.nodes[id].cni.settings = static_cast<std::uint32_t>(world.cni_settings.size() - 1);
    NodeFact fact;
    fact.node = id;
    fact.shape = shape;
    fact.group = spec[shape].group;
    fact.joined = true;
    turn.note(fact);
    attach_primary_eni(spec, world, turn, id);
    instance_launched(spec, world, turn, id);
    return id;
}

NodeId launch_node(const Spec& spec, World& world, Turn& turn, NodeShapeIx shape) {
    const NodeId id = add_instance(spec, world, turn, shape);
    if (!id.valid()) return id;
    const std::uint64_t owner = spec[spec[shape].group].stable_key;
    const double unit = sim::draw_unit(turn.key(), {stream::node_launch, owner, world.nodes[id].ordinal, 0});
    const sim::Duration launch = spec.latencies.node_launch.sample(unit);
    switch (launch_failure(spec, world, turn.key(), id)) {
        case LaunchOutcome::comes_up: turn.after(launch + spec.latencies.node_register, NodeRegistered{id}); break;
        case LaunchOutcome::ends:
            turn.note(NeverRunsFact{id});
            turn.after(launch, InstanceEnds{id});
            break;
        case LaunchOutcome::never_joins: break;
    }
    return id;
}

void on(const Spec& spec, World& world, Turn& turn, const NodeRegistered& event) {
    const Node* node = world.nodes.find(event.node);
    if (node == nullptr || node->state != NodeState::launching || node->health.is_down) return;
    list_node(spec, world, event.node);
    nodes_of_connections_change(spec, world, turn);
    // Where Cilium is chained, the node is Ready before its agent is (IPAM-353): the taint is a thing of its own.
    world.nodes[event.node].cilium.is_tainted = spec.cni_kind == CniKind::vpc_cni && spec[node->shape].waits_for_cilium;
    set_node_state(spec, world, turn, event.node, NodeState::registered);
    if (spec.kubernetes.has_leases_and_taints_by_condition()) {
        world.nodes[event.node].condition_taints |= no_schedule(ConditionTaint::uninitialized);
        turn.after(spec.latencies.node_initialise, NodeInitialised{event.node});
    }
    node_appeared(spec, world, turn, event.node);
    wake_pool(spec, world, turn, ClusterChange::node_added, event.node);
    turn.after(spec.latencies.node_ready, NodeNetworkReady{event.node});
}

void on(const Spec& spec, World& world, Turn& turn, const NodeInitialised& event) {
    Node* node = world.nodes.find(event.node);
    if (node == nullptr || !node->has_instance()) return;
    node->condition_taints &= ~no_schedule(ConditionTaint::uninitialized);
    node_taints_changed(world, event.node);
    wake_pool(spec, world, turn, ClusterChange::taint_lifted, event.node);
    daemons_may_run(spec, world, turn, event.node);
}

void on(const Spec& spec, World& world, Turn& turn, const NodeNetworkReady& event) {
    const Node* node = world.nodes.find(event.node);
    // One that stopped on the way begins again when it is back.
    if (node == nullptr || !node->has_instance() || node->health.is_down || node->cni.is_placed) return;
    CniPod& pod = world.nodes[event.node].cni;
    pod.created = turn.now();
    pod.settings = static_cast<std::uint32_t>(world.cni_settings.size() - 1);  // as they are when it is made
    start_cni(spec, world, turn, event.node);
}

void on(const Spec& spec, World& world, Turn& turn, const CniStarts& event) {
    const Node* node = world.nodes.find(event.node);
    if (node != nullptr && daemon_of(*node, event.which).serial == event.serial)
        start_daemon(spec, world, turn, event.node, event.which);
}

void run_daemon(const Spec& spec, World& world, Turn& turn, NodeId id, Cni which) {
    CniPod& pod = daemon_of(world.nodes[id], which);
    pod.crashes = 0;
    if (!pod.is_placed || pod.serves) return;
    // One that is being replaced is not up before its images are pulled.
    pod.created = std::max(pod.created, turn.now() + spec.latencies.container_start);
    turn.at(pod.created, CniStarts{id, pod.serial, which});
}

void cni_crashed(const Spec& spec, World& world, Turn& turn, NodeId id, Cni which) {
    constexpr std::uint8_t most_counted = 200;  // far behind the last doubling
    CniPod& pod = daemon_of(world.nodes[id], which);
    const sim::Duration pause = restart_backoff(pod.crashes);
    if (pod.crashes < most_counted) ++pod.crashes;
    turn.after(pause + spec.latencies.container_start, CniStarts{id, pod.serial, which});
}

void kubelet_reports_ready(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const Node& node = world.nodes[id];
    if (node.state == NodeState::ready || !node.health.acts() || node.health.is_shutting_down) return;
    const bool is_first_time = node.ready_at == sim::Time::never();
    set_node_state(spec, world, turn, id, NodeState::ready);
    if (is_first_time) node_became_ready(spec, world, turn, id);
    wake_pool(spec, world, turn, ClusterChange::taint_lifted, id);
    daemons_may_run(spec, world, turn, id);
    group_node_ready(spec, world, turn, id);
    show_readiness(spec, world, turn, id);
}

void cni_initialised(const Spec& spec, World& world, Turn& turn, NodeId node, Cni which) {
    CniPod& pod = daemon_of(world.nodes[node], which);
    pod.serves = true;
    pod.crashes = 0;
    pod.initialised = turn.now();
    cni_serves_again(spec, world, turn, node);
    outside_use_changes(spec, world, turn, node);
    kubelet_reports_ready(spec, world, turn, node);
    network_came_up(spec, world, turn, node);
    watch_for_address(spec, world, turn, node);
    pool_changed(spec, world, turn, node);
}

}  // namespace eks
