// Demand and supply as numbers for the packing: a FleetMix, with the ways back from its types and workloads to what
// they stand for.
//
// Where the loss of a zone has to be survived, pods are taken to be spread evenly over Z zones, so that when one fails
// each of the other Z - 1 has to hold its even part of everything: replicas are divided by Z - 1 and rounded up, one
// zone is packed, and the fleet is Z times that.
#pragma once

#include "models/sizing/fleet.hpp"
#include "models/sizing/offers.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks::sizing {

// How maxPods is reckoned, to see whether it matters.
enum class PodsRule : std::uint8_t { as_it_is, without_ceiling, prefixes, no_prefixes };

struct ProblemSettings {
    double headroom = 0.0;
    std::int64_t zones = 1;  // that have to do without one of them; 1: nothing is to be survived
    double price_factor = 1.0;
    PodsRule pods_rule = PodsRule::as_it_is;
    std::int64_t more_memory_ppm = 0;  // of what is sold: the hypervisor takes so much less
};

struct Misfit {
    std::size_t workload = 0;  // into the demand
    std::string why;
};

struct Problem {
    FleetMix mix;                       // of one zone, where a zone may be lost
    std::vector<std::size_t> offer_of;  // by type of the mix: into Supply::offers
    std::int64_t copies = 1;            // how many of these mixes make the fleet: the zones
    std::vector<Misfit> misfits;        // left out of the mix's allowed types
};

Problem problem_of(const Supply& supply, const Demand& demand, Purchase purchase, const ProblemSettings& settings,
                   const Catalog& catalog);

// Only the types of these places in the mix.
Problem restricted_to(const Problem& problem, const std::vector<std::int32_t>& types);

// No fleet of one type costs less, in USD an hour for the mix; infinite where the type cannot hold what some type can.
double one_type_bound(const FleetMix& mix, std::int32_t type);

// What the pods of a fleet take of its rooms, by Room; of a room that there is none of, 0.
std::array<double, room_kinds> shares_used(const Fleet& fleet, const FleetMix& mix);

}  // namespace eks::sizing
