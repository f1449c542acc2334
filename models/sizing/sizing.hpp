// The fleet to buy for a scenario, why, and how sure that is.
//
//     auto sizing = eks::sizing::size_scenario(document, {}, {.headroom = 0.1});
//     if (!sizing) ...                                  // complaints
//     if (const auto* best = sizing->recommended()) std::cout << sizing->sentence() << '\n';
//
// In order: what is to be held (demand.hpp), what can be bought (offers.hpp, density.hpp), the cheapest fleets with
// proven bounds (fleets.hpp), the best of them simulated (judge.hpp), and what would change the answer
// (sensitivity.hpp). The same document, options and wishes give the same answer everywhere, whatever the number of
// threads.
#pragma once

#include "models/sizing/judge.hpp"
#include "models/sizing/sensitivity.hpp"

#include <memory>
#include <string>
#include <vector>

namespace eks::sizing {

struct Sizing {
    Scenario base;
    Wishes wishes;
    std::shared_ptr<const Catalog> catalog_used;  // null: the built-in one
    std::vector<std::string> zones;               // in which the nodes stand
    Demand demand;
    Supply supply;
    std::vector<Problem> problems;          // by purchase of the wishes
    std::vector<PlannedFleet> of_one_type;  // the cheapest of each type, cheapest first
    Judging judging;
    std::vector<Sensitivity> sensitivity;
    bool was_interrupted = false;

    const Catalog& catalog() const { return catalog_used ? *catalog_used : Catalog::builtin(); }
    // None where nothing meets the objectives; the cheapest where nothing was simulated.
    const JudgedFleet* recommended() const;
    // The statically cheapest one, where it is not the recommended one.
    const JudgedFleet* reversed_by_simulation() const;
};

// How many of the cheapest fleets of one type are kept for charts.
inline constexpr std::size_t of_one_type_kept = 30;

// InputError material as complaints: wrong wishes, a scenario that cannot be loaded, or one that Nomad runs.
sim::Result<Sizing, Complaints> size_scenario(std::string_view document, const LoadOptions& options,
                                              const Wishes& wishes, const OnSizingProgress& progress = {});

}  // namespace eks::sizing
