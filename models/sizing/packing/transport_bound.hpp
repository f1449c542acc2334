// What fleets of few nodes cost at least, and whether there are any: flows of pods to types.
//
// A flow takes one resource alone: what the pods of each class (workloads that run on the same types) take of it goes
// to types that they run on, and `n` nodes of a type hold `n` times what one holds. Without a bound on the nodes each
// class goes where a unit is cheapest. With one, cheap small nodes run out, and the flow says what the rest costs; it
// also sees all sets of types at once (Hall's condition), where a covering has rows for some.
#pragma once

#include "models/sizing/packing/fleet_problem.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace eks::sizing {

// The fewest nodes that any fleet has, whatever it costs; a lower bound.
struct LeastNodes {
    std::int64_t nodes = 0;
    std::optional<Room> room;  // which makes them so many; none: pods that may not share a node
};

LeastNodes least_nodes(const FleetProblem& problem);

// No fleet of at most so many nodes costs less, in USD per hour. Infinite where there is no such fleet.
double transport_bound(const FleetProblem& problem, std::int64_t most_nodes);

// Whether each resource of these nodes is enough for the pods that may run there: a quick no before a long search.
bool may_hold(const FleetProblem& problem, std::span<const std::int32_t> node_types);

}  // namespace eks::sizing
