// The kubelet's eviction manager (KUBELET-60 to KUBELET-64): what a node runs short of, and who goes.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// Something has changed that the node's memory or disk depends on: the next look at them is worked out anew.
void watch_pressure(const Spec& spec, World& world, Turn& turn, NodeId node);
// What pods of the node use and what they have of room has changed with this one.
void pod_use_changes(const Spec& spec, World& world, Turn& turn, PodId pod);
// KUBELET-63: whether the kubelet admits the pod no more than it keeps those that it evicts.
bool refuses_under_pressure(const Spec& spec, const World& world, Turn& turn, const Pod& pod);
// The kubelet has cleared away what the evicted pod left.
void evicted_pod_is_gone(World& world, Turn& turn, NodeId node);
// Nobody hears of the node's conditions any more (NODE-2), or its instance has ended.
void end_pressure(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
