// Fleets by patterns: which sets of pods fill nodes well, and how often each. Best where a node holds few pods, so that
// totals say little of what fits.
#pragma once

#include "models/sizing/packing/greedy_fleet.hpp"

namespace eks::sizing {

struct PatternFleet {
    DraftFleet fleet;
    double lower_bound = 0.0;  // USD per hour
};

// Column generation (Gilmore and Gomory) for `rounds` rounds, then diving: the whole parts of its solution are bought
// and the rest is solved anew, until totals decide about the last nodes. `start` lends its patterns. The bound is
// Farley's (1990): the values of all pods, scaled so that no node is worth more than it costs.
PatternFleet pattern_fleet(const FleetProblem& problem, const DraftFleet& start, int rounds);

}  // namespace eks::sizing
