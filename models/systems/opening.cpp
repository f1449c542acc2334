#include "models/systems/opening.hpp"

#include "models/systems/autoscaling/pod_scaling.hpp"
#include "models/systems/capacity/market.hpp"
#include "models/systems/network/address_pool.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/resource_controller.hpp"
#include "models/systems/nodes/bootstrap.hpp"
#include "models/systems/nodes/eviction.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/scheduling/queue.hpp"
#include "models/systems/scheduling/select_node.hpp"
#include "models/systems/scheduling/volume_filter.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/quotas.hpp"
#include "models/world/branch_verbs.hpp"
#include "models/world/sizing.hpp"
#include "models/world/subnet_verbs.hpp"
#include "models/world/verbs.hpp"

namespace eks {

namespace {

void note_created(Turn& turn, const World& world, PodId id) {
    const Pod& pod = world.pods[id];
    turn.note(PodCreatedFact{id, pod.workload, pod.cause, pod.replica});
}

// In all stores of the node.
std::int32_t addresses_of(const World& world, const Node& node) {
    std::int32_t total = 0;
    for (PoolId p = node.first_pool; p.valid(); p = world.pools[p].next_on_node) total += world.pools[p].total;
    return total;
}

// The pod has been running on this node for a while: images there, address held, ready. False: the node cannot give it
// an address, so it stands there bound and stuck.
bool stand_on_node(const Spec& spec, World& world, Turn& turn, PodId id, NodeId node) {
    put_on_node(spec, world, id, node);
    note_room(world, turn, id, +1);
    if (bind_claims(spec, world, id)) note_volumes(spec, turn, world.pods[id]);
    const PodTemplate& t = spec[world.pods[id].pod_template];
    for (const ContainerSpec& c : t.init_containers) put_image_on_node(spec, world, node, c.image, turn.now());
    for (const ContainerSpec& c : t.containers) put_image_on_node(spec, world, node, c.image, turn.now());
    if (wants_branch_eni(spec, world.pods[id])) {
        if (!settle_branch_eni(spec, world, turn, id)) return false;
    } else if (!t.host_network && !spec.cni.ipv6) {
        std::int32_t given = 0;
        while ((given = give_address(spec, world, turn.key(), id, turn.now())) == 0) {
            const std::int32_t before = addresses_of(world, world.nodes[node]);
            settle_pool(spec, world, turn, node);
            if (addresses_of(world, world.nodes[node]) == before) return false;
        }
        note_given(world, turn, id, given);
    }
    Pod& pod = world.pods[id];
    pod.has_sandbox = true;
    pod.stage = PodStage::ready;
    pod.was_ready = true;
    pod.next_container = static_cast<std::uint16_t>(t.init_containers.size() + t.containers.size());
    pod.cause = WaitCause::none;
    note_created(turn, world, id);
    set_phase(world, turn, id, PodPhase::running);
    note_use(spec, turn, pod, +1);
    outside_use_changes(spec, world, turn, node);
    note_readiness(turn, id, pod, +1);
    ++world[pod.workload].ready;
    readiness_changed(spec, world, turn, pod, +1);
    pod.started = turn.now();
    follow_serving_pod(spec, world, turn, id);
    return true;
}

void place(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, NodeId pinned) {
    if (!admits_pod(spec, world, turn, ix, spec[ix].pod_template)) {
        // Its controller tries again; a pod made by hand is not there.
        if (spec[ix].kind == WorkloadKind::pod)
            set_desired(world, turn, ix, 0);
        else
            sync_at(world, turn, ix, turn.now());
        return;
    }
    const PodId id = add_pod(spec, world, ix, world[ix].next_ordinal++, JobId::none(), turn.now());
    charge_pod(spec, world, turn, id);
    world.pods[id].pinned = pinned;
    const PodTemplate& t = spec[world.pods[id].pod_template];
    const bool is_placed = !t.is_gated && t.profile != nobodys_profile;
    const NodeChoice choice = is_placed ? select_node(spec, world, turn.key(), id) : NodeChoice{};
    if (choice.node.valid()) {
        world.pods[id].attempts = 1;
        if (stand_on_node(spec, world, turn, id, choice.node)) return;
        world.pods[id].cause = WaitCause::scheduling;
        note_created(turn, world, id);
        kubelet_sees(spec, world, turn, id);
        return;
    }
    world.pods[id].cause = WaitCause::scheduling;
    note_created(turn, world, id);
    enqueue(spec, world, turn, id);
}

// Where each of the workload's pods stands in the cluster that is taken up; none: it waits for a node.
std::vector<NodeId> places_of(const Spec& spec, const std::vector<std::vector<NodeId>>& instances, WorkloadIx ix) {
    std::vector<NodeId> places;
    const auto count = static_cast<std::size_t>(spec[ix].replicas);
    for (const PlacedPods& placed : spec.placement.pods) {
        if (placed.workload != ix) continue;
        const NodeId node = instances[placed.group.value][static_cast<std::size_t>(placed.node)];
        if (placed.replica < 0) {
            places.insert(places.end(), static_cast<std::size_t>(placed.pods), node);
        } else {
            places.resize(count);
            places[static_cast<std::size_t>(placed.replica)] = node;
        }
    }
    places.resize(count);
    return places;
}

bool has_room(const Spec& spec, const World& world, NodeId node, WorkloadIx ix) {
    const Node& row = world.nodes[node];
    const NodeShape& shape = spec[row.shape];
    return row.pods < shape.max_pods && fits(spec.template_of(ix).requests, shape.allocatable - row.requested);
}

// The pod is where it was found to be, whatever the scheduler would say; one that was found on no node waits.
void take_up(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, NodeId node) {
    const PodId id = add_pod(spec, world, ix, world[ix].next_ordinal++, JobId::none(), turn.now());
    charge_pod(spec, world, turn, id);  // it is there, whatever the quotas say now
    world.pods[id].cause = WaitCause::scheduling;
    if (!node.valid() || !has_room(spec, world, node, ix)) {
        note_created(turn, world, id);
        return enqueue(spec, world, turn, id);
    }
    world.pods[id].attempts = 1;
    if (stand_on_node(spec, world, turn, id, node)) return;
    note_created(turn, world, id);
    kubelet_sees(spec, world, turn, id);
}

using Instances = std::vector<std::vector<NodeId>>;  // by NodeGroupIx

Instances settle_nodes(const Spec& spec, World& world, Turn& turn) {
    Instances instances;
    for (const NodeGroup& group : spec.node_groups) {
        instances.emplace_back(static_cast<std::size_t>(group.desired));
        for (std::int32_t n = 0; n < group.desired; ++n) {
            const NodeShapeIx shape = shape_of_settled(spec, turn.key(), group, static_cast<std::uint64_t>(n));
            const NodeId id = add_instance(spec, world, turn, shape);
            if (!id.valid()) continue;
            instances.back()[static_cast<std::size_t>(n)] = id;
            list_node(spec, world, id);
            settle_trunk(spec, world, turn, id);
            settle_pool(spec, world, turn, id);
            const bool has_network = world.nodes[id].cni.serves;
            set_node_state(spec, world, turn, id, has_network ? NodeState::ready : NodeState::registered);
            if (!has_network) start_cni(spec, world, turn, id);
        }
    }
    return instances;
}

void settle_pods(const Spec& spec, World& world, Turn& turn, const Instances& instances) {
    // Daemon pods first, as on every real node; then the others in the order of the scenario, add-ons before all.
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (spec[ix].kind != WorkloadKind::daemon_set || world[ix].deleted) continue;
        const std::vector<NodeId> nodes = world.node_order;
        for (const NodeId node : nodes) {
            if (!runs_on(spec, ix, world.nodes[node].shape)) continue;
            set_desired(world, turn, ix, world[ix].desired + 1);
            place(spec, world, turn, ix, node);
        }
    }
    for (const bool addons : {true, false}) {
        for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
            const WorkloadIx ix = WorkloadIx::of(i);
            const Workload& w = spec[ix];
            if (w.kind == WorkloadKind::daemon_set || has_jobs(w.kind) || w.is_addon != addons || world[ix].deleted)
                continue;
            set_desired(world, turn, ix, w.replicas);
            if (spec.placement.is_given && !w.is_addon) {
                for (const NodeId node : places_of(spec, instances, ix)) take_up(spec, world, turn, ix, node);
                continue;
            }
            for (std::int32_t n = 0; n < w.replicas; ++n) place(spec, world, turn, ix, NodeId::none());
        }
    }
    for (const NodeId node : world.node_order) {
        watch_pressure(spec, world, turn, node);
        settle_pool(spec, world, turn, node);
        pool_changed(spec, world, turn, node);
    }
    for (std::size_t i = 0; i < spec.node_groups.size(); ++i) keep_size(spec, world, turn, NodeGroupIx::of(i));
}

void begin_empty(const Spec& spec, World& world, Turn& turn) {
    for (std::size_t i = 0; i < spec.node_groups.size(); ++i) keep_size(spec, world, turn, NodeGroupIx::of(i));
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        const WorkloadKind kind = spec[ix].kind;
        if (kind == WorkloadKind::daemon_set || has_jobs(kind)) continue;
        if (world[ix].deleted) continue;
        set_desired(world, turn, ix, spec[ix].replicas);
        sync_at(world, turn, ix, turn.now());
    }
}

// What acts on the cluster and for it, once its nodes and pods are there.
void open_the_rest(const Spec& spec, World& world, Turn& turn) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        if (spec.workloads[i].kind == WorkloadKind::job && !world.workloads[i].deleted)
            turn.at(turn.now(), JobCreated{WorkloadIx::of(i), spec.start_unix_seconds});
    }
    open_budgets(spec, world, turn);
    start_cluster_network(spec, world, turn);
    start_cron_jobs(spec, world, turn);
    follow_usages(spec, turn);
    open_traffic(spec, world, turn);
    open_services(spec, world, turn);
    open_pod_scaling(spec, world, turn);
    open_nomad_scaling(spec, world, turn);
    for (std::size_t i = 0; i < spec.timeline.size(); ++i) {
        turn.at(sim::Time::at(spec.timeline[i].at), TimelineDue{static_cast<std::uint32_t>(i)});
    }
}

}  // namespace

void open_run(const Spec& spec, World& world, Turn& turn) {
    world = empty_world(spec);
    for (const WorkloadIx later : spec.made_later) world[later].deleted = true;
    open_quotas(spec, turn);
    fill_buckets(spec, world, turn.now());
    hold_for_others(spec, world, turn.key());
    for (std::size_t i = 0; i < world.subnets.size(); ++i)
        turn.note(SubnetFact{SubnetIx::of(i), world.subnets[i].free});
    if (spec.opening == Opening::settled) {
        const Instances instances = settle_nodes(spec, world, turn);
        settle_proportional_sizes(spec, world);
        settle_pods(in_force(spec, world), world, turn, instances);
    } else {
        begin_empty(spec, world, turn);
    }
    open_the_rest(in_force(spec, world), world, turn);
}

}  // namespace eks
