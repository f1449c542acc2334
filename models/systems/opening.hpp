// How a run begins: the World at simulated time 0 and the first events.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// Called once, on an empty World at time 0. `settled`: the starting nodes have joined, daemon pods run, workloads are
// placed and ready where they fit, address pools rest. `empty`: instances are launched now and everything starts.
void open_run(const Spec& spec, World& world, Turn& turn);

}  // namespace eks
