// What others of the platform tell those who follow load balancers that are made in the run.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

void begin_balancers(const Spec& spec, World& world);
// The AWS Load Balancer Controller has its first ready pod, or has lost the last one.
void balancers_controller_changes(const Spec& spec, World& world, Turn& turn);
// One of the workload's pods has become ready, or is no longer.
void balancers_pods_change(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);

}  // namespace eks
