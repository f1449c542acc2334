// The kubelet's eviction manager (KUBELET-60 to KUBELET-64): what a node runs short of, and who goes.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// Something has changed that the node's memory or disk depends on: the next look at them is worked out anew.
void watch_pressure(const Spec& spec, World& world, Turn& turn, NodeId node);
// What pods of the node use and what they have of room has changed with this one.
void pod_use_changes(const Spec& spec, World& world, Turn& turn, PodId pod);
// The containers of the pod use more memory than all of them may have together: one of them is killed.
void kill_if_out_of_memory(const Spec& spec, World& world, Turn& turn, PodId pod);
// KUBELET-63: true if the kubelet has refused the pod, which has failed then.
bool refuses_under_pressure(const Spec& spec, World& world, Turn& turn, PodId pod);
// The kubelet has cleared away what the evicted pod left.
void evicted_pod_is_gone(World& world, Turn& turn, NodeId node);
// The node's instance has ended.
void end_pressure(World& world, Turn& turn, NodeId node);

}  // namespace eks
