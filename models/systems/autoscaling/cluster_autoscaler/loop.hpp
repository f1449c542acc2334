// Cluster Autoscaler's process: when it runs, and when its loops do (CA-1 to CA-3).
#pragma once

#include "models/systems/turn.hpp"

namespace eks::cluster_autoscaler {

// Nodes, what is on them, or its own pods are not as they were.
void sees_change(const Spec& spec, World& world, Turn& turn);
// The condition PodScheduled of a pod has become False, with the reason Unschedulable.
void sees_unschedulable_pod(const Spec& spec, World& world, Turn& turn, PodId pod);

}  // namespace eks::cluster_autoscaler
