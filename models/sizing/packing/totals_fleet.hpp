// Fleets by totals: choose whole nodes that have together what the pods take together, then pack the pods into them.
// Best where a node holds many pods: there is nearly always a packing.
#pragma once

#include "models/sizing/packing/covering.hpp"
#include "models/sizing/packing/greedy_fleet.hpp"

namespace eks::sizing {

struct TotalsEffort {
    std::int64_t moves = 0;  // of pods, in all packings together
    int width = 0;           // of the search for covers
};

// What a unit of each resource is worth where the mix is covered at least cost. What is not scarce still counts a
// little, since it must fit too.
Worth worth_of(const FleetProblem& problem, const Covering& covering, const RelaxedCover& relaxed);

// The cheapest of the covers that could be packed, or the greedy fleet where that is cheaper.
DraftFleet totals_fleet(const FleetProblem& problem, const Covering& covering, const RelaxedCover& relaxed,
                        const TotalsEffort& effort);

}  // namespace eks::sizing
