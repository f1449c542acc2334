// What must hold in a World between any two events. The tests check it on every scenario; a run never pays for it.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <string>
#include <vector>

namespace eks {

// One sentence for each thing that does not hold; empty: all is well.
std::vector<std::string> broken_invariants(const Spec& spec, const World& world);

}  // namespace eks
