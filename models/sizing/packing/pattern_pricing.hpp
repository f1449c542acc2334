// The most valuable pods that one node can hold: a knapsack of several resources.
#pragma once

#include "models/sizing/packing/fleet_problem.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace eks::sizing {

struct Pattern {
    std::vector<FleetPods> pods;  // by workload of the problem
    double value = 0.0;
    double at_most = 0.0;  // no pods that fit are worth more; equal to the value where the search saw all
};

// `value`: of a pod, by workload; `left`: how many pods there are of each. Branch and bound on the one weighted sum of
// the resources that bounds the value best; it ends after `steps` with what it has.
Pattern best_pattern(const FleetProblem& problem, std::size_t type, std::span<const double> value,
                     std::span<const std::int64_t> left, int steps);

}  // namespace eks::sizing
