// What others of the platform tell those who follow the AWS Load Balancer Controller.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// It has its first ready pod, or has lost the last one.
void balancer_controller_changes(const Spec& spec, World& world, Turn& turn);

}  // namespace eks
