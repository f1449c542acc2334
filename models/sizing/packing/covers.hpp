// Whole numbers of nodes that cover the totals of a mix, cheap ones first: what a packing is then tried on.
#pragma once

#include "models/sizing/packing/covering.hpp"

#include <cstdint>
#include <vector>

namespace eks::sizing {

struct WholeCover {
    std::vector<std::int32_t> nodes;  // the type of each, ascending
    double usd_per_hour = 0.0;
};

// Covers of `slack` more than the demand (0.01: one per cent), so that a packing has room to be imperfect. `width` is
// the number of partial covers that the search keeps at each stage. Empty where the search ended without one.
std::vector<WholeCover> cheap_covers(const Covering& covering, const RelaxedCover& relaxed, double slack, int width);

}  // namespace eks::sizing
