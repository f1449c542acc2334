// The scale-up decision of one loop (CA-8 to CA-19): which node groups could help the pending pods, how many nodes of
// each it would take, and which one is grown.
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/cluster_state.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/pending.hpp"

#include <cstdint>
#include <vector>

namespace eks::cluster_autoscaler {

enum class ScaleUpResult : std::uint8_t {
    not_needed,
    in_cooldown,  // the pods are too new
    no_option,
    done,
};

// Why a node group is not grown for a pod, in the words of the event NotTriggerScaleUp (CA-11, CA-12).
enum class GroupRefusal : std::uint8_t {
    none,
    max_size_reached,
    backed_off,  // after a scale-up that has failed
    not_ready,   // too many of its nodes are not
    resource_limit_reached,
    takes_no_pod,
};

// By group, as ClusterAutoscaler::groups: whether a node more of it would take the pod.
std::vector<GroupRefusal> refusals_of_groups(const Spec& spec, World& world, Turn& turn, const Snapshot& snapshot,
                                             PodId pod, const ClusterCounts& counts);

ScaleUpResult scale_up(const Spec& spec, World& world, Turn& turn, const Snapshot& snapshot, const Pending& pending,
                       const ClusterCounts& counts);

}  // namespace eks::cluster_autoscaler
