#include "models/systems/datapath/ramps.hpp"

#include <algorithm>

namespace eks::datapath {

std::optional<double> reaches_at(double start, std::vector<Ramp> ramps, double level) {
    if (start >= level) return 0;
    std::ranges::sort(
        ramps, [](const Ramp& a, const Ramp& b) { return a.until != b.until ? a.until < b.until : a.slope < b.slope; });
    double slope = 0;
    for (const Ramp& ramp : ramps) slope += ramp.slope;
    double reached = start;
    double x = 0;
    for (const Ramp& ramp : ramps) {
        const double next = reached + slope * (ramp.until - x);
        if (slope > 0 && next >= level) return x + (level - reached) / slope;
        reached = next;
        x = ramp.until;
        slope -= ramp.slope;
    }
    return {};
}

}  // namespace eks::datapath
