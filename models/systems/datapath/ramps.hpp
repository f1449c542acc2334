// Sums of quantities that grow evenly and then stop: when such a sum reaches a level, in closed form. Tables fill this
// way in time, and with traffic.
#pragma once

#include <optional>
#include <vector>

namespace eks::datapath {

struct Ramp {
    double slope = 0;  // above 0
    double until = 0;  // where it stops growing
};

// The first x with start + sum of slope * min(x, until) >= level; none if that is never reached.
std::optional<double> reaches_at(double start, std::vector<Ramp> ramps, double level);

}  // namespace eks::datapath
