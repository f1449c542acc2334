// The writers of branch ENIs. What the controller does in EC2 and when is not theirs.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

namespace eks {

// IPAM-156: the daemon looks for the resource in the pod's spec while ENABLE_POD_ENI is on.
inline bool wants_branch_eni(const Spec& spec, const Pod& pod) {
    const PodTemplate& t = spec[pod.pod_template];
    return spec.cni.pod_enis && t.requests.pod_enis > 0 && !t.host_network;
}

// A request of this pod's, in stage `queued`, at the end of its node's chain.
BranchEniId add_branch_eni(World& world, PodId pod, SubnetIx subnet, std::uint64_t key);
// Moves it on, and keeps the node's count of those that take a place.
void set_stage(World& world, BranchEniId branch, BranchStage stage);
// It belongs to nobody any more.
void part_from_pod(World& world, BranchEniId branch);
// It is gone, or nobody wants it any more. What it held of the subnet has been given back.
void remove_branch_eni(World& world, BranchEniId branch);

// f(id, branch) for each of the node, in the order in which they were asked for.
template <class F>
void for_each_branch(const World& world, const Node& node, F f) {
    for (BranchEniId id = node.trunk.first_branch; id.valid();) {
        const BranchEniId next = world.branch_enis[id].next_on_node;
        f(id, world.branch_enis[id]);
        id = next;
    }
}

// The queue of the controller's workers.
void join_queue(World& world, BranchEniId branch);
// The first one in it, or none.
BranchEniId leave_queue_first(World& world);

// --- trunks
bool has_trunk_in_store(const World& world, const Node& node);
// IPAM-51: a slot is kept free for it.
inline bool awaits_trunk(const Spec& spec, const World& world, const Node& node) {
    return spec.cni.pod_enis && spec[node.shape].can_trunk && !has_trunk_in_store(world, node);
}

}  // namespace eks
