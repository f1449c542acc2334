// What others of the platform tell those who follow the AWS Load Balancer Controller.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// It has its first ready pod, or has lost the last one.
void balancer_controller_changes(const Spec& spec, World& world, Turn& turn);
// A pod has become ready, or is no longer: its target may have to be taken out.
void targets_change(const Spec& spec, World& world, Turn& turn, PodId id);
// Of the cluster that a run begins with.
void count_settled_targets(const Spec& spec, World& world);

}  // namespace eks
