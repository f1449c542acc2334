// What breaks at set times and comes right again. What a fault means is decided by whoever meets it (world.faults);
// here it begins, ends, and does what it does once.
#pragma once

#include "models/systems/turn.hpp"

#include <cstdint>

namespace eks {

// `action`: of the timeline.
void fault_begins(const Spec& spec, World& world, Turn& turn, std::uint32_t action);
void fault_ends(const Spec& spec, World& world, Turn& turn, std::uint32_t action);

}  // namespace eks
