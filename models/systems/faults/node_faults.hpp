// Faults of nodes: machines that stop, runtimes that freeze, kubelets that are restarted.
#pragma once

#include "models/systems/turn.hpp"

#include <cstdint>

namespace eks {

// `action`: of the timeline, at which the fault begins.
void strike_nodes(const Spec& spec, World& world, Turn& turn, std::uint32_t action);
// The same fault ends. What was struck and is still there comes right, unless another such fault holds it.
void release_nodes(const Spec& spec, World& world, Turn& turn, std::uint32_t action);

}  // namespace eks
