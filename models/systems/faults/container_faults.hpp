// A fault that ends the containers of pods.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// All pods of its workload on the nodes in its scope, so many of them, or a share.
void strike_containers(const Spec& spec, World& world, Turn& turn, const Fault& fault);

}  // namespace eks
