#include "models/world/branch_verbs.hpp"

#include "libsim/check.hpp"

namespace eks {

BranchEniId add_branch_eni(World& world, PodId pod, SubnetIx subnet, std::uint64_t key) {
    Pod& row = world.pods[pod];
    CHECK(!row.branch.valid(), "a pod asked for a second branch ENI");
    BranchEni branch;
    branch.node = row.node;
    branch.pod = pod;
    branch.subnet = subnet;
    branch.key = key;
    const BranchEniId id = world.branch_enis.insert(branch);
    row.branch = id;
    BranchEniId* last = &world.nodes[row.node].trunk.first_branch;
    while (last->valid()) last = &world.branch_enis[*last].next_on_node;
    *last = id;
    return id;
}

void set_stage(World& world, BranchEniId id, BranchStage stage) {
    BranchEni& branch = world.branch_enis[id];
    std::int32_t& branches = world.nodes[branch.node].trunk.branches;
    if (branch.takes_place()) --branches;
    branch.stage = stage;
    if (branch.takes_place()) ++branches;
}

void part_from_pod(World& world, BranchEniId id) {
    BranchEni& branch = world.branch_enis[id];
    if (Pod* pod = world.pods.find(branch.pod)) pod->branch = BranchEniId::none();
    branch.pod = PodId::none();
}

void remove_branch_eni(World& world, BranchEniId id) {
    part_from_pod(world, id);
    set_stage(world, id, BranchStage::resting);
    BranchEniId* link = &world.nodes[world.branch_enis[id].node].trunk.first_branch;
    while (*link != id) link = &world.branch_enis[*link].next_on_node;
    *link = world.branch_enis[id].next_on_node;
    world.branch_enis.erase(id);
}

void join_queue(World& world, BranchEniId id) {
    ResourceController& controller = world.resource_controller;
    BranchEniId& link = controller.last_in_queue.valid() ? world.branch_enis[controller.last_in_queue].next_in_queue
                                                         : controller.first_in_queue;
    link = controller.last_in_queue = id;
}

BranchEniId leave_queue_first(World& world) {
    ResourceController& controller = world.resource_controller;
    const BranchEniId id = controller.first_in_queue;
    if (!id.valid()) return id;
    BranchEniId& next = world.branch_enis[id].next_in_queue;
    controller.first_in_queue = next;
    if (!next.valid()) controller.last_in_queue = BranchEniId::none();
    next = BranchEniId::none();
    return id;
}

bool has_trunk_in_store(const World& world, const Node& node) {
    return node.trunk.eni.valid() && world.enis.contains(node.trunk.eni) && world.enis[node.trunk.eni].in_store;
}

}  // namespace eks
