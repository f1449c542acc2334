// Containers that a fault of the timeline ends.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// Containers of the pod have just started: where a fault that lasts strikes them, they end again at once.
void crash_if_struck(const Spec& spec, World& world, Turn& turn, PodId pod);

}  // namespace eks
