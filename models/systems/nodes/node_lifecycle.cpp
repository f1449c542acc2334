// The node lifecycle controller: it notices that a kubelet has fallen silent, taints nodes that are not Ready, and has
// the pods on them deleted (NODE-1 to NODE-5; X-5 for 2018).
//
// A node that is well costs nothing. Leases are not renewed one by one: when a kubelet falls silent, the moment of its
// last heartbeat is drawn, and with it the look of the monitor at which the grace is over.
#include "models/systems/nodes/node_lifecycle.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/nodes/bootstrap.hpp"
#include "models/systems/nodes/eviction.hpp"
#include "models/systems/nodes/readiness.hpp"
#include "models/world/pod_sums.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr sim::Duration heartbeat_period = sim::Duration::microseconds(10'000'000);       // NODE-1
constexpr sim::Duration monitor_period = sim::Duration::microseconds(5'000'000);          // NODE-2
constexpr sim::Duration grace_today = sim::Duration::microseconds(50'000'000);            // NODE-2
constexpr sim::Duration grace_before_1_32 = sim::Duration::microseconds(40'000'000);      // NODE-2
constexpr sim::Duration relist_limit = sim::Duration::microseconds(180'000'000);          // KUBELET-10
constexpr sim::Duration pod_eviction_timeout = sim::Duration::microseconds(300'000'000);
constexpr sim::Duration looks_of_collector = sim::Duration::microseconds(20'000'000);     // PODGC-1
constexpr sim::Duration queue_poll = sim::Duration::microseconds(100'000);                // NODE-3
constexpr sim::Duration token_interval = sim::Duration::microseconds(10'000'000);         // NODE-3: 0.1 nodes a second
constexpr sim::Duration slow_token_interval = sim::Duration::microseconds(100'000'000);   // NODE-4: 0.01
constexpr std::int32_t nodes_of_a_large_zone = 50;                                        // NODE-4
constexpr std::int32_t unhealthy_percent = 55;                                            // NODE-4

// When in its ten seconds a kubelet reports. The jitter of a few percent on the period is left out.
sim::Duration heartbeat_phase(const Spec& spec, Turn& turn, const Node& node) {
    const std::uint64_t owner = spec[spec[node.shape].group].stable_key;
    const double unit = sim::draw_unit(turn.key(), {stream::heartbeat_phase, owner, node.ordinal, 0});
    return sim::Duration::microseconds(static_cast<std::int64_t>(unit * static_cast<double>(heartbeat_period.us())));
}

sim::Time last_heartbeat(const Spec& spec, Turn& turn, const Node& node) {
    const sim::Time next = sim::next_tick_after(turn.now(), heartbeat_phase(spec, turn, node), heartbeat_period);
    const sim::Time began = std::max(node.launched, node.health.heard_since);
    return next - heartbeat_period < began ? began : next - heartbeat_period;
}

ZoneHealth& zone_of(const Spec& spec, World& world, const Node& node) {
    return world.zones[spec[node.shape].zone.value];
}

bool has_object(NodeState state) { return state != NodeState::launching && state != NodeState::deleted; }

// --- zones, NODE-4

ZoneState state_of(const ZoneHealth& zone) {
    if (zone.ready == 0 && zone.not_ready > 0) return ZoneState::full_disruption;
    if (zone.not_ready > 2 && zone.not_ready * 100 >= unhealthy_percent * (zone.not_ready + zone.ready))
        return ZoneState::partial_disruption;
    return ZoneState::normal;
}

// How far apart the queue of a zone lets nodes out; zero: it lets out none.
sim::Duration interval_of(const World& world, const ZoneHealth& zone) {
    if (world.all_zones_are_disrupted) return sim::Duration::zero();
    if (zone.state != ZoneState::partial_disruption) return token_interval;
    return zone.ready + zone.not_ready > nodes_of_a_large_zone ? slow_token_interval : sim::Duration::zero();
}

bool is_live(const World& world, const QueuedNode& queued) {
    const Node* node = world.nodes.find(queued.node);
    return node != nullptr && node->health.is_queued && node->health.ticket == queued.ticket;
}

void drop_void_entries(const World& world, ZoneHealth& zone) {
    const auto first =
        std::ranges::find_if(zone.queue, [&](const QueuedNode& queued) { return is_live(world, queued); });
    zone.queue.erase(zone.queue.begin(), first);
}

void run_queue(World& world, Turn& turn, ZoneIx ix) {
    ZoneHealth& zone = world.zones[ix.value];
    drop_void_entries(world, zone);
    if (zone.queue.empty() || interval_of(world, zone) == sim::Duration::zero()) return;
    const sim::Time at = sim::next_tick(std::max(turn.now(), zone.next_token), sim::Duration::zero(), queue_poll);
    if (zone.wakes_at <= at) return;
    zone.wakes_at = at;
    turn.at(at, NoExecuteTaintDue{ix});
}

void join_queue(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (node.health.is_queued || world.all_zones_are_disrupted) return;
    node.health.is_queued = true;
    zone_of(spec, world, node).queue.push_back({id, ++node.health.ticket});
    run_queue(world, turn, spec[node.shape].zone);
}

void set_taints(World& world, NodeId id, ConditionTaints taints) {
    Node& node = world.nodes[id];
    if (node.condition_taints == taints) return;
    node.condition_taints = taints;
    node_taints_changed(world, id);
    if (no_execute_part(taints) == 0) {
        node.health.no_execute_since = sim::Time::never();
        node.health.evicts_at = sim::Time::never();
    }
}

constexpr ConditionTaints no_execute_of_ready =
    no_execute(ConditionTaint::not_ready) | no_execute(ConditionTaint::unreachable);

// All zones are disrupted: it is more likely the control plane's own connection that is broken, so nobody is evicted.
// In 2018 there are no taints to take away, but the queues are emptied as well.
void stop_evictions(World& world) {
    for (const NodeId id : world.node_order) {
        world.nodes[id].health.is_queued = false;
        set_taints(world, id, world.nodes[id].condition_taints & ~no_execute_of_ready);
    }
}

void queue_all_again(const Spec& spec, World& world, Turn& turn) {
    const bool goes_by_taints = spec.kubernetes.has_leases_and_taints_by_condition();
    const std::vector<NodeId> nodes = world.node_order;
    for (const NodeId id : nodes) {
        const Node& node = world.nodes[id];
        if (node.state == NodeState::ready) continue;
        if (goes_by_taints || node.health.no_execute_since != sim::Time::never()) join_queue(spec, world, turn, id);
    }
}

void review_zones(const Spec& spec, World& world, Turn& turn) {
    bool any = false;
    bool all_disrupted = true;
    for (ZoneHealth& zone : world.zones) {
        if (zone.ready + zone.not_ready == 0) continue;
        any = true;
        zone.state = state_of(zone);
        all_disrupted = all_disrupted && zone.state == ZoneState::full_disruption;
    }
    const bool was = world.all_zones_are_disrupted;
    world.all_zones_are_disrupted = any && all_disrupted;
    if (world.all_zones_are_disrupted && !was) stop_evictions(world);
    if (!world.all_zones_are_disrupted && was) queue_all_again(spec, world, turn);
    for (std::size_t i = 0; i < world.zones.size(); ++i) run_queue(world, turn, ZoneIx::of(i));
}

// --- pods, NODE-5

// When the pod has to go for the taints that its node has now; never: it may stay.
sim::Time goes_at(const Spec& spec, const Node& node, const Pod& pod) {
    const PodTemplate& t = spec[pod.pod_template];
    sim::Duration stay = sim::Duration::max();
    for (std::size_t i = 0; i < condition_taint_count; ++i) {
        if ((node.condition_taints & no_execute(static_cast<ConditionTaint>(i))) != 0)
            stay = std::min(stay, t.no_execute_stays[i]);
    }
    if (stay == sim::Duration::max()) return sim::Time::never();
    return std::max(node.health.no_execute_since, pod.scheduled) + stay;
}

// A ReplicaSet counts it no more from then on, however long the object stays.
void delete_pod_of_node(const Spec& spec, World& world, Turn& turn, PodId id) {
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    request_delete(world, turn, id, seen);
    const WorkloadIx owner = world.pods[id].workload;
    if (spec[owner].kind == WorkloadKind::deployment || spec[owner].kind == WorkloadKind::replica_set)
        sync_at(world, turn, owner, seen);
}

// in 2018 the controller deletes the pods itself, but for those of DaemonSets.
void delete_pods_of_2018(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (spec[world.pods[id].workload].kind != WorkloadKind::daemon_set) delete_pod_of_node(spec, world, turn, id);
    }
}

void taint_no_execute(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    const ConditionTaint taint =
        node.state == NodeState::unreachable ? ConditionTaint::unreachable : ConditionTaint::not_ready;
    set_taints(world, id, (node.condition_taints & ~no_execute_of_ready) | no_execute(taint));
    if (node.health.no_execute_since == sim::Time::never()) node.health.no_execute_since = turn.now();
    watch_evictions(spec, world, turn, id);
}

void count_in_zone(const Spec& spec, World& world, const Node& node, NodeState state, std::int32_t change) {
    if (!has_object(state)) return;
    ZoneHealth& zone = zone_of(spec, world, node);
    (state == NodeState::ready ? zone.ready : zone.not_ready) += change;
}

}  // namespace

void watch_evictions(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (no_execute_part(node.condition_taints) == 0) return;
    sim::Time next = sim::Time::never();
    for (PodId p = node.first_pod; p.valid(); p = world.pods[p].next_on_node) {
        if (!world.pods[p].terminating) next = std::min(next, goes_at(spec, node, world.pods[p]));
    }
    if (next == sim::Time::never()) return;
    next = std::max(next, turn.now());
    if (node.health.evicts_at <= next) return;
    node.health.evicts_at = next;
    turn.at(next, TaintEviction{id});
}

void hide_readiness(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        Pod& pod = world.pods[id];
        if (!counts_as_ready(pod)) continue;
        end_readiness_of(spec, world, turn, id, !pod.seems_ready);
        pod.seems_ready = false;
        if (pod.stage == PodStage::ready) {
            pod.stage = PodStage::running;
            pod.hides_ready = true;
        }
    }
}

void ready_condition_changed(const Spec& spec, World& world, Turn& turn, NodeId id, NodeState from) {
    Node& node = world.nodes[id];
    const NodeState to = node.state;
    if (from == to) return;
    // An instance that ends before its node is registered leaves no object.
    const bool is_listed = from != NodeState::launching || to != NodeState::lost;
    count_in_zone(spec, world, node, from, -1);
    if (is_listed) count_in_zone(spec, world, node, to, +1);

    if (to == NodeState::unreachable) end_pressure(spec, world, turn, id);
    const bool has_taints = spec.kubernetes.has_leases_and_taints_by_condition();
    constexpr ConditionTaints of_ready = taints_of_not_ready | taints_of_unreachable;
    if (to == NodeState::ready) {
        node.health.is_queued = false;
        node.health.no_execute_since = node.health.evicts_at = sim::Time::never();
        set_taints(world, id, node.condition_taints & ~of_ready);
    } else if (has_taints && is_listed) {
        // NODE-3: NoSchedule at once; one NoExecute is exchanged for the other, a first one comes through the queue.
        const ConditionTaint taint =
            to == NodeState::unreachable ? ConditionTaint::unreachable : ConditionTaint::not_ready;
        const bool had_no_execute = (node.condition_taints & no_execute_of_ready) != 0;
        set_taints(world, id,
                   (node.condition_taints & ~of_ready) | no_schedule(taint) |
                       (had_no_execute ? no_execute(taint) : ConditionTaints{0}));
        if (had_no_execute) watch_evictions(spec, world, turn, id);
    }
    if (from == NodeState::ready && to != NodeState::lost) hide_readiness(spec, world, turn, id);
    review_zones(spec, world, turn);
    if (to != NodeState::registered && to != NodeState::unreachable) return;
    if (has_taints) {
        if ((node.condition_taints & no_execute_of_ready) == 0) join_queue(spec, world, turn, id);
    } else if (from == NodeState::ready || from == NodeState::launching) {
        turn.after(pod_eviction_timeout, NodeGraceOver{id, ++node.health.serial});
    }
}

void leave_zone(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    node.health.is_queued = false;
    node.health.evicts_at = sim::Time::never();
    --zone_of(spec, world, node).not_ready;
    review_zones(spec, world, turn);
}

void kubelet_fell_silent(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    ++node.health.serial;
    kubelets_change(spec, world, turn);
    const sim::Duration grace = spec.kubernetes.waits_longer_for_silent_nodes() ? grace_today : grace_before_1_32;
    const sim::Time over = last_heartbeat(spec, turn, node) + grace;
    turn.at(sim::next_tick_after(std::max(over, turn.now()), sim::Duration::zero(), monitor_period),
            NodeGraceOver{id, node.health.serial});
}

void kubelet_is_heard(World& world, Turn& turn, NodeId id) {
    ++world.nodes[id].health.serial;
    world.nodes[id].health.heard_since = turn.now();
}

void back_in_service(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const ConditionTaints taints = world.nodes[id].condition_taints;
    if ((taints & no_execute(ConditionTaint::out_of_service)) == 0) return;
    set_taints(world, id, taints & ~no_execute(ConditionTaint::out_of_service));
    wake_pool(spec, world, turn, ClusterChange::taint_lifted, id);
    daemons_may_run(spec, world, turn, id);
}

void runtime_fell_silent(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    const sim::Time last_relist =
        sim::next_tick(turn.now(), node.kubelet_phase, spec.latencies.kubelet_tick) - spec.latencies.kubelet_tick;
    turn.at(sim::next_tick_after(last_relist + relist_limit, heartbeat_phase(spec, turn, node), heartbeat_period),
            NodeGraceOver{id, ++node.health.serial});
}

void on(const Spec& spec, World& world, Turn& turn, const NodeGraceOver& event) {
    Node* node = world.nodes.find(event.node);
    if (node == nullptr || node->health.serial != event.serial) return;
    if (node->state == NodeState::lost) return instance_is_missed(spec, world, turn, event.node);
    if (node->state == NodeState::launching || node->state == NodeState::deleted) return;
    if (node->health.is_silent() && node->state != NodeState::unreachable)
        return set_node_state(spec, world, turn, event.node, NodeState::unreachable);
    if (node->health.runtime_is_frozen && node->state == NodeState::ready)
        return set_node_state(spec, world, turn, event.node, NodeState::registered);
    // five minutes later it is the turn of its pods.
    if (spec.kubernetes.has_leases_and_taints_by_condition() || node->state == NodeState::ready) return;
    node->health.no_execute_since = turn.now();
    join_queue(spec, world, turn, event.node);
}

void on(const Spec& spec, World& world, Turn& turn, const NoExecuteTaintDue& event) {
    ZoneHealth& zone = world.zones[event.zone.value];
    if (zone.wakes_at != turn.now()) return;
    zone.wakes_at = sim::Time::never();
    drop_void_entries(world, zone);
    const sim::Duration interval = interval_of(world, zone);
    if (zone.queue.empty() || interval == sim::Duration::zero()) return;
    const NodeId id = zone.queue.front().node;
    zone.queue.erase(zone.queue.begin());
    zone.next_token = turn.now() + interval;
    world.nodes[id].health.is_queued = false;
    if (spec.kubernetes.has_leases_and_taints_by_condition())
        taint_no_execute(spec, world, turn, id);
    else
        delete_pods_of_2018(spec, world, turn, id);
    run_queue(world, turn, event.zone);
}

// From then on the pods that do not bear the taint are deleted at once (NODE-5), and the pod collector, at each of its
// looks, takes away what is Terminating there, though no kubelet has stopped it.
void on(const Spec& spec, World& world, Turn& turn, const OutOfService& event) {
    constexpr ConditionTaints taint = no_execute(ConditionTaint::out_of_service);
    Node* node = world.nodes.find(event.node);
    if (node == nullptr || !node->has_instance() || node->health.outage != event.serial || !node->health.is_down)
        return;
    if ((node->condition_taints & taint) == 0) {
        set_taints(world, event.node, node->condition_taints | taint);
        if (node->health.no_execute_since == sim::Time::never()) node->health.no_execute_since = turn.now();
        watch_evictions(spec, world, turn, event.node);
    } else if (node->state != NodeState::ready) {
        for (PodId id = node->first_pod; id.valid(); id = world.pods[id].next_on_node) {
            Pod& pod = world.pods[id];
            // One that is on its way to the kubelet is seen by nobody either.
            if (!pod.terminating || (pod.stage != PodStage::lost && pod.stage != PodStage::binding)) continue;
            if (pod.eni.valid() || pod.given_by != AddressGiver::only) take_back_address(spec, world, turn, id);
            turn.at(turn.now(), PodRemoved{id});
        }
    }
    turn.at(sim::next_tick_after(turn.now(), sim::Duration::zero(), looks_of_collector), event);
}

void on(const Spec& spec, World& world, Turn& turn, const TaintEviction& event) {
    Node* node = world.nodes.find(event.node);
    if (node == nullptr || node->health.evicts_at != turn.now()) return;
    node->health.evicts_at = sim::Time::never();
    for (PodId id = node->first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        if (pod.terminating || goes_at(spec, *node, pod) > turn.now()) continue;
        mark_disrupted(world, turn, id, Disruption::deletion_by_taint_manager);
        delete_pod_of_node(spec, world, turn, id);
    }
    watch_evictions(spec, world, turn, event.node);
}

}  // namespace eks
