// One scenario, run as often as it asks for and judged: the main job.
//
//     auto plan = eks::plan_metrics(scenario);                 // expectations.hpp: complaints, or what the metrics
//     follow eks::Outcome outcome = eks::run_experiment(scenario, *plan, {.jobs = 2}); outcome.judgement.verdict ...
//
// Replication r of a seed is the same run whatever the number of threads, and so is the outcome.
#pragma once

#include "models/metrics/expectations.hpp"
#include "models/metrics/summary.hpp"
#include "models/metrics/timelines.hpp"
#include "models/metrics/verdict.hpp"
#include "models/planning/run.hpp"
#include "models/systems/autoscaling/advice/container_advice.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eks {

struct ExperimentSettings {
    std::optional<std::uint64_t> seed;              // none: the scenario's own
    std::optional<ReplicationBounds> replications;  // none: the scenario's own; at most 1 is a single run
    bool single_run = false;                        // one run, whatever the scenario says
    std::uint32_t replication = 0;                  // of a single run: which stream of the seed
    std::uint32_t jobs = 1;                         // threads
    std::optional<sim::Duration> until;             // ends earlier than the scenario says
    bool records_timelines = false;                 // of the first run, for pictures
};

struct ExperimentProgress {
    sim::Duration simulated;  // of the run that reports
    sim::Duration of;
    std::uint64_t events = 0;  // of all runs so far
    std::uint32_t replication = 0;
    std::int64_t replications = 1;  // at most
};
// Called on whichever thread has something to report, one at a time. False ends the experiment early.
using OnExperimentProgress = std::function<bool(const ExperimentProgress&)>;

// What is kept of one run.
struct RunOutcome {
    sim::Fingerprint fingerprint;
    std::uint64_t events = 0;
    RunValues values;
    WaitingSummary waiting;
    RunTotals totals;
    double cost_usd = 0.0;
    std::int64_t nodes_at_end = 0;
    sim::Time end;
    std::vector<std::optional<double>> observed;  // by expectation, of this run alone
};

struct Outcome {
    std::uint64_t seed = 0;
    bool replicated = false;
    bool interrupted = false;
    std::vector<RunOutcome> runs;        // in the order of their replication
    std::vector<MetricSummary> metrics;  // of the first run
    Judgement judgement;
    sim::Duration simulated;  // of each run
    double wall_seconds = 0.0;
    std::int64_t peak_memory_bytes = 0;   // of the process
    std::vector<ContainerAdvice> advice;  // at the end of the first run
    std::vector<Timeline> timelines;      // of the first run, where asked for
    std::uint32_t first_replication = 0;  // the number of the first run
    sim::Duration warm_up;                // metrics and costs count from here on

    std::uint64_t events() const;
    // One run: its own; several: of theirs in order.
    sim::Fingerprint fingerprint() const;
};

Outcome run_experiment(const Scenario& scenario, std::shared_ptr<const MetricsPlan> plan,
                       const ExperimentSettings& settings = {}, const OnExperimentProgress& progress = {});

// What is worth keeping of a run that stands at its end.
RunOutcome outcome_of(const Run& run);

// Judges the runs together, and notes what each of them showed alone.
void judge_runs(const MetricsPlan& plan, Outcome& outcome);

}  // namespace eks
