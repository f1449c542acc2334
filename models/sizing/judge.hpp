// Which of a few fleets to buy: the cheapest that does what is asked of it, found out by simulation.
//
// What a fleet costs is known; whether it meets the objectives is not, so that what is to be found is the cheapest
// feasible system of a handful. Each gets the least number of replications, and then, in order of price, more until its
// objectives are decided: the first phase of the fully sequential procedures for constrained systems (Andradottir and
// Kim, 2010, "Fully sequential procedures for comparing constrained systems via simulation", Naval Research Logistics
// 57), where the second, that of comparing an uncertain performance, falls away. The confidence of 95 % is shared over
// the fleets (Bonferroni), so that it holds for all verdicts together. As soon as one passes, dearer ones get nothing
// more.
//
// The packing knows nothing of the order in which the scheduler sees pods. Where pods find no node, the fleet is
// enlarged by what the pods left over would need, and judged with that.
#pragma once

#include "models/sizing/fleets.hpp"
#include "models/sizing/trial.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks::sizing {

struct JudgedFleet {
    PlannedFleet fleet;
    std::size_t static_rank = 0;               // by price before anything ran, from 1
    std::vector<std::int64_t> nodes_of_group;  // by group of the fleet, with those added
    std::string added_because;                 // empty: none were
    double usd_per_hour = 0.0;                 // with those added
    Complaints complaints;                     // not empty: no such cluster can be run
    std::shared_ptr<const Trial> trial;        // none: not simulated
    std::vector<TrialRun> runs;
    Judgement judgement;  // the last expectation is ours, see Trial

    std::int64_t nodes() const;
    std::int64_t nodes_added() const { return nodes() - fleet.nodes(); }
    bool passes() const { return trial != nullptr && judgement.verdict == Verdict::pass; }
    std::int64_t stuck_runs() const;
};

struct Judging {
    std::vector<JudgedFleet> fleets;  // in order of rank
    std::int64_t replications = 0;    // of all
    bool was_interrupted = false;
};

struct SizingProgress {
    std::string_view stage;  // "packing", "simulating"
    sim::Duration simulated;
    sim::Duration of;
    std::uint64_t events = 0;
    std::int64_t run = 0;  // of those expected at least
    std::int64_t runs = 1;
};
// Called from several threads, one at a time. False ends the work early.
using OnSizingProgress = std::function<bool(const SizingProgress&)>;

struct JudgeInput {
    std::string_view document;
    const LoadOptions& options;
    const Scenario& base;
    const Supply& supply;
    const Demand& demand;
    const Wishes& wishes;
    std::vector<std::string> misfits;  // names of workloads
};

// Of the fleets, with the problems that they are solutions of, by purchase: see problem_of().
Judging judge_fleets(const JudgeInput& input, std::vector<PlannedFleet> fleets,
                     const std::function<const Problem&(Purchase)>& problem, const OnSizingProgress& progress = {});

// The groups of a fleet for a cluster: the dearest bears the name that is written, so that what names it still finds
// it.
std::vector<ChosenGroup> groups_of(const PlannedFleet& fleet, const std::vector<std::int64_t>& nodes_of_group,
                                   const Supply& supply, const Wishes& wishes);

}  // namespace eks::sizing
