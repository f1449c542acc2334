// The cheapest fleets for a problem: of one type, of two, and of as many types as it takes; each with its proven bound.
#pragma once

#include "models/sizing/packing/transport_bound.hpp"
#include "models/sizing/problem.hpp"
#include "models/sizing/wishes.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace eks::sizing {

enum class FleetKind : std::uint8_t { homogeneous, two_types, mixed };
std::string_view text_of(FleetKind kind);

struct FleetGroup {
    std::size_t offer = 0;
    std::int64_t nodes = 0;
};

struct PlannedFleet {
    FleetKind kind = FleetKind::homogeneous;
    Purchase purchase = Purchase::on_demand;
    std::vector<FleetGroup> groups;  // the one that costs most first
    std::int64_t copies = 1;         // of `plan` that the groups stand for
    FleetPlan plan;                  // of one zone, where a zone may be lost; types are those of `types`
    std::vector<std::size_t> types;  // the offers that the plan's nodes are of, by their type
    std::array<double, room_kinds> used{};
    double usd_per_hour = 0.0;
    double lower_bound_usd_per_hour = 0.0;  // of all fleets of its kind; of all fleets for `two_types`

    std::int64_t nodes() const;
    double gap() const { return lower_bound_usd_per_hour > 0.0 ? usd_per_hour / lower_bound_usd_per_hour - 1.0 : 0.0; }
    bool buys_the_same(const PlannedFleet& other) const;
};

struct NodeBounds {
    std::int64_t least = 0;
    std::optional<std::int64_t> most;
};

// How many nodes there must be, where that is more than there may be: then no search is needed to say that no fleet
// does. Of all copies together.
std::optional<LeastNodes> proven_too_few(const Problem& problem, const NodeBounds& bounds);

// Fleets of one type, the cheapest `count` of all, cheapest first. Types whose bound already is above what was found
// are not packed.
std::vector<PlannedFleet> cheapest_of_one_type(const Problem& problem, const NodeBounds& bounds, std::size_t count,
                                               int effort);

// Nothing where the bounds on the number of nodes leave no fleet. Where there is an upper one, a price for each node is
// raised until the cheapest fleet is small enough (a Lagrange multiplier); the bound then is that of the relaxation, or
// that of flows where it is higher (packing/transport_bound).
std::optional<PlannedFleet> cheapest_mixed(const Problem& problem, const NodeBounds& bounds, int effort);

// The cheapest fleet of at most two types, out of pairs of the types that stand in the others.
std::optional<PlannedFleet> cheapest_of_two_types(const Problem& problem, const NodeBounds& bounds,
                                                  const std::vector<PlannedFleet>& of_one_type,
                                                  const std::optional<PlannedFleet>& mixed, int effort);

// The fleets worth a simulation, cheapest first: at most `top` for each way to buy, different from each other, those of
// several types first among equals.
std::vector<PlannedFleet> candidates_for(const Problem& problem, Purchase purchase, const NodeBounds& bounds,
                                         const std::vector<PlannedFleet>& of_one_type, std::size_t top, int effort);

}  // namespace eks::sizing
