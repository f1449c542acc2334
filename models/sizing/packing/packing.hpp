// Placing every pod of a mix on nodes that are given.
#pragma once

#include "models/sizing/packing/fleet_problem.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace eks::sizing {

// By node: how many pods of each workload (of the problem) it holds.
using Packing = std::vector<std::vector<FleetPods>>;

// What one unit of each resource is worth, USD per hour: how much an overload of it weighs.
using Worth = std::array<double, room_kinds>;

struct PackingBudget {
    std::int64_t moves = 0;  // left to spend; what is spent is taken off
    std::uint64_t seed = 1;
};

// Largest pods first onto the node that they suit best, then threshold accepting (Dueck and Scheuer, 1990) on what is
// overloaded: pods move and swap places until no node is too full, or the budget's moves are spent.
std::optional<Packing> packed(const FleetProblem& problem, std::span<const std::int32_t> node_types, const Worth& worth,
                              PackingBudget& budget, std::int64_t most_moves);

}  // namespace eks::sizing
