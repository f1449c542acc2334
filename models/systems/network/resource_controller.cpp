#include "models/systems/network/resource_controller.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/network/branch_job.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/signals.hpp"
#include "models/world/branch_verbs.hpp"
#include "models/world/subnet_verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::int32_t most_workers = 30;  // IPAM-157
constexpr sim::Duration moment = sim::Duration::microseconds(1);

bool cools(const BranchEni& branch) { return branch.stage == BranchStage::cooling; }

// The next look into the node's deletion queue at which there is something to do.
void plan_deletions(World& world, Turn& turn, NodeId id) {
    Trunk& trunk = world.nodes[id].trunk;
    if (trunk.is_served) return;
    sim::Time first = sim::Time::never();
    for_each_branch(world, world.nodes[id], [&](BranchEniId, const BranchEni& branch) {
        if (cools(branch)) first = std::min(first, branch.cool_at);
    });
    if (first == sim::Time::never()) return;
    const sim::Time look = sim::next_tick(std::max(first, turn.now()), trunk.phase, deletions_interval);
    if (look >= trunk.serves_at) return;
    trunk.serves_at = look;
    turn.at(look, BranchDeletions{id});
}

// The one that has waited longest for its deletion; none if none has waited long enough.
BranchEniId next_to_delete(const World& world, NodeId id, sim::Time now) {
    BranchEniId found = BranchEniId::none();
    for_each_branch(world, world.nodes[id], [&](BranchEniId each, const BranchEni& branch) {
        if (!cools(branch) || branch.cool_at > now) return;
        if (!found.valid() || branch.cool_at < world.branch_enis[found].cool_at) found = each;
    });
    return found;
}

}  // namespace

void put_idle_workers_to_work(const Spec& spec, World& world, Turn& turn) {
    ResourceController& controller = world.resource_controller;
    while (controller.busy_workers < most_workers) {
        const BranchEniId next = leave_queue_first(world);
        if (!next.valid()) return;
        ++controller.busy_workers;
        BranchJob(spec, world, turn, next).begin();
    }
}

void worker_is_free(const Spec& spec, World& world, Turn& turn) {
    --world.resource_controller.busy_workers;
    put_idle_workers_to_work(spec, world, turn);
}

void go_on_deleting(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const BranchEniId next = next_to_delete(world, node, turn.now());
    if (next.valid()) {
        set_stage(world, next, BranchStage::deleting);
        world.branch_enis[next].tries = 0;
        return BranchJob(spec, world, turn, next).begin();
    }
    // The next look comes a whole interval after the end of this one.
    Trunk& trunk = world.nodes[node].trunk;
    trunk.is_served = false;
    trunk.phase = turn.now().since_origin() % deletions_interval;
    plan_deletions(world, turn, node);
    worker_is_free(spec, world, turn);
}

void put_into_deletion_queue(World& world, Turn& turn, BranchEniId id, sim::Time cool_at) {
    BranchEni& branch = world.branch_enis[id];
    part_from_pod(world, id);
    if (!cools(branch) && branch.stage != BranchStage::deleting) turn.note(BranchEniFact{branch.node, -1, +1});
    set_stage(world, id, BranchStage::cooling);
    world.branch_enis[id].cool_at = cool_at;
    plan_deletions(world, turn, branch.node);
}

void request_branch_eni(const Spec& spec, World& world, Turn& turn, PodId pod) {
    const Pod& row = world.pods[pod];
    join_queue(world, add_branch_eni(world, pod, subnet_of_trunk(spec, spec[world.nodes[row.node].shape]),
                                     spec[row.workload].stable_key + row.ordinal));
    put_idle_workers_to_work(spec, world, turn);
}

void release_branch_eni(const Spec& spec, World& world, Turn& turn, PodId pod) {
    const BranchEniId id = world.pods[pod].branch;
    if (!id.valid()) return;
    if (world.branch_enis[id].stage == BranchStage::in_use)
        return put_into_deletion_queue(world, turn, id, turn.now() + spec.cni.branch_eni_cooldown + moment);
    // Whoever is at it finds out at the end of its work.
    part_from_pod(world, id);
}

WaitCause branch_shortage(const World& world, PodId pod) {
    const Pod& row = world.pods[pod];
    if (!has_trunk_in_store(world, world.nodes[row.node]) || !row.branch.valid()) return WaitCause::branch_eni;
    const BranchEni& branch = world.branch_enis[row.branch];
    return branch.stage == BranchStage::in_use ? WaitCause::none : branch.cause;
}

bool settle_branch_eni(const Spec& spec, World& world, Turn& turn, PodId pod) {
    const Pod& row = world.pods[pod];
    const Node& node = world.nodes[row.node];
    const NodeShape& shape = spec[node.shape];
    const SubnetIx subnet = subnet_of_trunk(spec, shape);
    std::uint32_t address = 0;
    if (!has_trunk_in_store(world, node) || node.trunk.branches >= shape.allocatable.pod_enis) return false;
    if (!take_addresses(spec, world, turn.key(), subnet, 1, &address)) return false;
    const BranchEniId id = add_branch_eni(world, pod, subnet, spec[row.workload].stable_key + row.ordinal);
    world.branch_enis[id].address = address;
    set_stage(world, id, BranchStage::in_use);
    turn.note(SubnetFact{subnet, -1});
    turn.note(BranchEniFact{row.node, +1, 0});
    return true;
}

void on(const Spec& spec, World& world, Turn& turn, const BranchStep& event) {
    if (world.branch_enis.contains(event.branch)) BranchJob(spec, world, turn, event.branch).go_on();
}

void on(const Spec& spec, World& world, Turn& turn, const BranchDeletions& event) {
    if (!world.nodes.contains(event.node)) return;
    Trunk& trunk = world.nodes[event.node].trunk;
    if (trunk.serves_at != turn.now() || trunk.is_served) return;
    trunk.serves_at = sim::Time::never();
    const BranchEniId first = next_to_delete(world, event.node, turn.now());
    if (!first.valid()) return plan_deletions(world, turn, event.node);
    trunk.is_served = true;
    set_stage(world, first, BranchStage::deleting);
    world.branch_enis[first].tries = 0;
    join_queue(world, first);
    put_idle_workers_to_work(spec, world, turn);
}

}  // namespace eks
