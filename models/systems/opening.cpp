#include "models/systems/opening.hpp"

#include "models/systems/autoscaling/karpenter/opening.hpp"
#include "models/systems/autoscaling/karpenter/run.hpp"
#include "models/systems/autoscaling/karpenter/subnets.hpp"
#include "models/systems/autoscaling/pod_scaling.hpp"
#include "models/systems/autoscaling/proportional_vertical.hpp"
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

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

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
    pod.is_target = pod.is_healthy_target = t.identity.gate >= 0;
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

// The pod goes to a node, or is in the scheduler's queue.
void wait_for_node_at_start(const Spec& spec, World& world, Turn& turn, PodId id) {
    world.pods[id].cause = WaitCause::scheduling;
    note_created(turn, world, id);
    enqueue(spec, world, turn, id);
}

// False: no node takes it.
bool stand_where_the_scheduler_says(const Spec& spec, World& world, Turn& turn, PodId id) {
    const NodeChoice choice = select_node(spec, world, turn.key(), id);
    if (!choice.node.valid()) return false;
    world.pods[id].attempts = 1;
    if (stand_on_node(spec, world, turn, id, choice.node)) return true;
    world.pods[id].cause = WaitCause::scheduling;
    note_created(turn, world, id);
    kubelet_sees(spec, world, turn, id);
    return true;
}

// `left`: where Karpenter may have nodes for those that no node takes, they are put down there.
void place(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, NodeId pinned,
           std::vector<PodId>* left = nullptr) {
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
    if (is_placed && stand_where_the_scheduler_says(spec, world, turn, id)) return;
    if (is_placed && left != nullptr)
        left->push_back(id);
    else
        wait_for_node_at_start(spec, world, turn, id);
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

// The instance has been a node of the cluster for a while.
void stand_up(const Spec& spec, World& world, Turn& turn, NodeId id) {
    list_node(spec, world, id);
    settle_trunk(spec, world, turn, id);
    settle_pool(spec, world, turn, id);
    const bool has_network = world.nodes[id].cni.serves;
    set_node_state(spec, world, turn, id, has_network ? NodeState::ready : NodeState::registered);
    if (!has_network) start_cni(spec, world, turn, id);
}

void place_daemons(const Spec& spec, World& world, Turn& turn, const std::vector<NodeId>& nodes) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (spec[ix].kind != WorkloadKind::daemon_set || world[ix].deleted) continue;
        for (const NodeId node : nodes) {
            if (!runs_on(spec, ix, world.nodes[node].shape)) continue;
            set_desired(world, turn, ix, world[ix].desired + 1);
            place(spec, world, turn, ix, node);
        }
    }
}

// What EC2 takes of what the claim may be; none: it has nothing of it.
NodeId instance_for(const Spec& spec, World& world, Turn& turn, const PendingClaim& claim) {
    std::vector<NodeShapeIx> open;
    std::ranges::copy_if(karpenter::Subnets(spec, world).choose(claim.choices), std::back_inserter(open),
                         [&](NodeShapeIx shape) { return launch_answer(spec, world, shape) == Ec2Result::success; });
    if (open.empty()) return NodeId::none();
    const std::uint64_t caller = spec[spec.karpenter.pools[claim.pool].group].stable_key + claim.ordinal;
    return add_instance(spec, world, turn, chosen_pool(spec, turn.key(), open, caller, 0));
}

// Nodes of NodePools for the pods that no node takes: what Karpenter would have made of them, with its pods where it
// meant them to go, as far as the scheduler agrees. Answers those that are left.
std::vector<PodId> stand_on_pools(const Spec& spec, World& world, Turn& turn, std::vector<PodId> left) {
    for (bool has_helped = true; has_helped && !left.empty();) {
        has_helped = false;
        const std::vector<karpenter::SettledClaim> claims = karpenter::settled_claims(spec, world, turn, left);
        std::vector<NodeId> nodes;
        for (const karpenter::SettledClaim& claim : claims) {
            const NodeId node = nodes.emplace_back(instance_for(spec, world, turn, claim.claim));
            if (!node.valid()) continue;
            karpenter::claim_has_instance(spec, world, turn, claim.claim, node);
            stand_up(spec, world, turn, node);
            place_daemons(spec, world, turn, {node});
        }
        for (std::size_t i = 0; i < claims.size(); ++i) {
            for (const PodId id : claims[i].pods) {
                world.pods[id].pinned = nodes[i];
                const bool stands = nodes[i].valid() && stand_where_the_scheduler_says(spec, world, turn, id);
                world.pods[id].pinned = NodeId::none();
                has_helped = has_helped || stands;
            }
        }
        std::vector<PodId> still;
        for (const PodId id : left) {
            if (world.pods[id].node.valid()) continue;
            if (stand_where_the_scheduler_says(spec, world, turn, id))
                has_helped = true;
            else
                still.push_back(id);
        }
        left = std::move(still);
    }
    return left;
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
            stand_up(spec, world, turn, id);
        }
    }
    return instances;
}

bool has_nodes_of_pools(const Spec& spec) { return spec.karpenter.is_there() && !spec.placement.is_given; }

void settle_pods(const Spec& spec, World& world, Turn& turn, const Instances& instances) {
    // Daemon pods first, as on every real node; then the others in the order of the scenario, add-ons before all.
    place_daemons(spec, world, turn, world.node_order);
    std::vector<PodId> left;
    const bool has_pools = has_nodes_of_pools(spec);
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
            for (std::int32_t n = 0; n < w.replicas; ++n)
                place(spec, world, turn, ix, NodeId::none(), has_pools ? &left : nullptr);
        }
    }
    for (const PodId id : stand_on_pools(spec, world, turn, std::move(left)))
        wait_for_node_at_start(spec, world, turn, id);
    for (const NodeId node : world.node_order) {
        watch_pressure(spec, world, turn, node);
        settle_pool(spec, world, turn, node);
        pool_changed(spec, world, turn, node);
    }
    for (std::size_t i = 0; i < spec.node_groups.size(); ++i) keep_size(spec, world, turn, NodeGroupIx::of(i));
}

// Sizes that go by the nodes decide how many nodes of NodePools it takes: how many of both there will be is found by
// settling copies, each with the sizes that the one before came to, until nobody wants others.
ClusterSize size_in_the_end(const Spec& spec, const World& start, const Turn& turn) {
    constexpr int most_rehearsals = 8;  // pods that grow with the nodes may need nodes without end
    std::optional<ClusterSize> size;
    for (int n = 0; n < most_rehearsals; ++n) {
        sim::EventQueue<Event> nobodys_events(lanes(spec));
        std::vector<Fact> nobodys_facts;
        Turn rehearsal(nobodys_events, nobodys_facts, turn.now(), turn.key());
        World world = start;
        const Instances instances = settle_nodes(spec, world, rehearsal);
        if (!size) size = cluster_size(spec, world);
        settle_proportional_sizes(spec, world, *size);
        const std::shared_ptr<const Spec> kept = world.sizing.spec;  // others may be wanted in the end
        const Spec& sized = in_force(spec, world);
        settle_pods(sized, world, rehearsal, instances);
        const auto sizes = world.pod_scaling.proportional_vertical;
        size = cluster_size(sized, world);
        settle_proportional_sizes(sized, world, *size);
        if (world.pod_scaling.proportional_vertical == sizes) break;
    }
    return *size;
}

void begin_settled(const Spec& spec, World& world, Turn& turn) {
    std::optional<ClusterSize> size;
    if (!spec.pod_scaling.proportional_vertical.empty() && has_nodes_of_pools(spec))
        size = size_in_the_end(spec, world, turn);
    const Instances instances = settle_nodes(spec, world, turn);
    settle_proportional_sizes(spec, world, size ? *size : cluster_size(spec, world));
    settle_pods(in_force(spec, world), world, turn, instances);
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
    open_data_paths(spec, world, turn);
    open_pod_scaling(spec, world, turn);
    open_nomad_scaling(spec, world, turn);
    open_platform(spec, world, turn);
    telemetry_changes(spec, world, turn);
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
    begin_platform(spec, world, turn.now());
    for (std::size_t i = 0; i < world.subnets.size(); ++i)
        turn.note(SubnetFact{SubnetIx::of(i), world.subnets[i].free});
    if (spec.opening == Opening::settled)
        begin_settled(spec, world, turn);
    else
        begin_empty(spec, world, turn);
    open_the_rest(in_force(spec, world), world, turn);
}

}  // namespace eks
