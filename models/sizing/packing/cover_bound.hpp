// A lower bound from whole nodes: what the cheapest cover in fractions says is weak where few nodes are enough.
#pragma once

#include "models/sizing/packing/covering.hpp"

#include <cstdint>
#include <optional>

namespace eks::sizing {

// The price of the cheapest cover of whole nodes, or `at_most` where none is cheaper than that. Nothing where `steps`
// were not enough to see all that could be cheaper.
std::optional<double> least_whole_cover(const Covering& covering, const RelaxedCover& relaxed, double at_most,
                                        std::int64_t steps);

// The highest bound that `steps` prove, between the relaxed one and `at_most`.
double whole_bound(const Covering& covering, const RelaxedCover& relaxed, double at_most, std::int64_t steps);

}  // namespace eks::sizing
