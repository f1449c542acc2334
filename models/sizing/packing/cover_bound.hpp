// A lower bound from whole nodes: what the cheapest cover in fractions says is weak where few nodes are enough.
#pragma once

#include "models/sizing/packing/covering.hpp"

#include <cstdint>

namespace eks::sizing {

// The highest bound that `steps` prove, between the relaxed one and `at_most`.
double whole_bound(const Covering& covering, const RelaxedCover& relaxed, double at_most, std::int64_t steps);

}  // namespace eks::sizing
