// Fleets filled one node after another: what a search starts from and must beat.
#pragma once

#include "models/sizing/packing/packing.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks::sizing {

struct DraftFleet {
    std::vector<std::int32_t> types;  // of the problem, by node
    Packing pods;                     // by node
    double usd_per_hour = 0.0;
};

// First fit decreasing on nodes of one type: largest pods first (by worth). Nothing where the type cannot hold all.
std::optional<DraftFleet> first_fit(const FleetProblem& problem, std::int32_t type, const Worth& worth);

// Best fit decreasing: largest pods first, each onto the fullest node that takes it, which is the one with the least
// worth free. Now better than first fit, now worse.
std::optional<DraftFleet> best_fit(const FleetProblem& problem, std::int32_t type, const Worth& worth);

// Node by node the type whose first-fit filling holds the most worth for its price.
DraftFleet greedy_mixed(const FleetProblem& problem, const Worth& worth);

// The cheapest type that holds these pods on one node; `type` is one that does.
std::int32_t cheapest_type(const FleetProblem& problem, const std::vector<FleetPods>& pods, std::int32_t type);

// Gives every node the cheapest type that holds its pods.
void make_cheaper(const FleetProblem& problem, DraftFleet& fleet);

}  // namespace eks::sizing
