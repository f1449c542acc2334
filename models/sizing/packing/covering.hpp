// The totals of a mix as a covering problem: choose whole numbers of nodes so that, of each resource, they have
// together what the pods take together. Every fleet that holds the mix is such a choice, so the cheapest choice, even
// in fractions of nodes, is a lower bound for all fleets.
//
// A row is one resource of a set of workloads: only types on which some of them run count for it (Hall's condition for
// pods that not every type takes). What a node counts for is not what it has, but the largest sum of whole pods that it
// can hold of the resource: a node of 30 GiB holds 28 GiB of pods of 4 GiB.
#pragma once

#include "models/sizing/packing/fleet_problem.hpp"

#include <optional>
#include <vector>

namespace eks::sizing {

struct Covering {
    struct Row {
        std::optional<Room> room;   // none: nodes are counted, for workloads that may not share one
        std::vector<double> share;  // by type: which share of the row's demand one node covers, at most 1
    };
    std::vector<Row> rows;
    std::vector<double> usd_per_hour;  // by type
};

Covering covering_of(const FleetProblem& problem);

// The cheapest choice in fractions of nodes, and the prices that prove it.
struct RelaxedCover {
    std::vector<double> nodes;  // by type
    std::vector<double> worth;  // by row: what covering its whole demand is worth, USD per hour
    double usd_per_hour = 0.0;  // the sum of worth: no cover costs less
};

RelaxedCover relaxed_cover(const Covering& covering);

}  // namespace eks::sizing
