// A fleet put to the test: the scenario with other node groups, run and looked at for pods that cannot start.
//
// What is asked of it are the scenario's own expectations; where it has none, that every pod finds a node, and that
// pods start within a minute (99th percentile). Where the loss of a zone is to be survived and the timeline says
// nothing of zones, each zone fails once, one after the other.
#pragma once

#include "models/planning/experiment.hpp"
#include "models/scenario/group_choice.hpp"
#include "models/sizing/wishes.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks::sizing {

// From then on a pod that is not running is stuck, unless it is on a machine that has failed. A choice: five times what
// is asked of the start of pods.
inline constexpr sim::Duration stuck_after = sim::Duration::minutes(5);

struct Trial {
    Scenario scenario;
    std::shared_ptr<const MetricsPlan> plan;  // its last expectation is ours: the 99th percentile of pod start
    std::size_t start_measure = 0;            // into the plan's measures
    std::vector<Assumption> assumptions;      // what was added to the scenario
};

struct TrialRun {
    RunOutcome outcome;
    std::optional<double> start_p99_seconds;  // none: no pod started
    bool is_stuck = false;                    // some pod was, after the warm-up
    // By WorkloadIx, pods without a node at the instant with the most of them.
    std::vector<std::int64_t> unplaced;
    bool was_interrupted = false;
};

// `misfits`: workloads that no node holds; what is asked by default is not asked of them.
sim::Result<Trial, Complaints> trial_of(std::string_view document, const LoadOptions& options,
                                        std::span<const WrittenGroup> written, std::span<const ChosenGroup> chosen,
                                        const Wishes& wishes, std::span<const std::string> misfits);

TrialRun run_trial(const Trial& trial, std::uint64_t seed, std::uint32_t replication,
                   const OnRunProgress& progress = {});

}  // namespace eks::sizing
