#include "models/planning/experiment.hpp"

#include "libsim/experiment.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <sys/resource.h>

namespace eks {

namespace {

std::int64_t peak_memory_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

RunOutcome outcome_of(const Run& run) {
    const Metrics closed = run.metrics().closed_at(run.spec(), run.now());
    RunOutcome outcome;
    outcome.fingerprint = run.fingerprint();
    outcome.events = run.events();
    outcome.values = read_values(run.spec(), closed);
    outcome.waiting = summarize_waiting(run.spec(), closed);
    outcome.totals = closed.totals();
    outcome.cost_usd = cost_usd_of(closed);
    outcome.nodes_at_end = closed.totals().nodes;
    outcome.end = run.now();
    return outcome;
}

void judge_runs(const MetricsPlan& plan, Outcome& outcome) {
    if (outcome.runs.empty()) return;
    std::vector<RunValues> values;
    for (RunOutcome& run : outcome.runs) {
        values.push_back(run.values);
        run.observed.clear();
        for (const ExpectationResult& one : judge(plan, std::span(&run.values, 1)).expectations)
            run.observed.push_back(one.observed);
    }
    outcome.judgement = judge(plan, values, {.replicated = outcome.replicated});
}

std::uint64_t Outcome::events() const {
    std::uint64_t sum = 0;
    for (const RunOutcome& run : runs) sum += run.events;
    return sum;
}

sim::Fingerprint Outcome::fingerprint() const {
    if (runs.size() == 1) return runs.front().fingerprint;
    sim::Fingerprint print;
    for (const RunOutcome& run : runs) print.hash_u64(run.fingerprint.value());
    return print;
}

Outcome run_experiment(const Scenario& scenario, std::shared_ptr<const MetricsPlan> plan,
                       const ExperimentSettings& settings, const OnExperimentProgress& progress) {
    const auto began = std::chrono::steady_clock::now();
    Outcome outcome;
    outcome.seed = settings.seed.value_or(scenario.run.seed);
    outcome.warm_up = scenario.run.warm_up;
    outcome.simulated = std::min(settings.until.value_or(scenario.run.duration), scenario.run.duration);
    std::optional<ReplicationBounds> bounds = settings.replications ? settings.replications : scenario.run.replications;
    if (settings.single_run) bounds.reset();
    outcome.replicated = bounds.has_value() && bounds->maximum > 1;
    const std::int64_t most = outcome.replicated ? bounds->maximum : 1;

    std::mutex reporting;
    std::atomic<bool> cancelled{false};
    std::uint64_t events_of_finished = 0;
    std::vector<MetricSummary> first_metrics;
    std::vector<ContainerAdvice> first_advice;
    std::vector<Timeline> first_timelines;
    const std::shared_ptr<const MetricsPlan> first_plan =
        settings.records_timelines ? with_timelines(*scenario.spec, *plan) : plan;

    const auto one_run = [&](std::uint32_t r) {
        const std::uint32_t replication = outcome.replicated ? r : settings.replication;
        Run run = start(scenario, {.seed = outcome.seed, .replication = replication}, r == 0 ? first_plan : plan);
        OnRunProgress on_run;
        if (progress) {
            on_run = [&](const RunProgress& at) {
                const std::lock_guard lock(reporting);
                if (cancelled) return false;
                const ExperimentProgress state{at.now.since_origin(), outcome.simulated, events_of_finished + at.events,
                                               replication, most};
                if (!progress(state)) cancelled = true;
                return !cancelled;
            };
        }
        const bool reached = run.until(outcome.simulated, on_run);
        RunOutcome result = outcome_of(run);
        const std::lock_guard lock(reporting);
        events_of_finished += result.events;
        if (r == 0) {
            first_metrics = summarize(run.spec(), run.metrics().closed_at(run.spec(), run.now()));
            first_advice = container_advice(run.spec(), run.world());
            first_timelines = read_timelines(run.metrics());
        }
        if (reached && progress && !cancelled) {
            const ExperimentProgress state{outcome.simulated, outcome.simulated, events_of_finished, replication, most};
            if (!progress(state)) cancelled = true;
        }
        return result;
    };

    if (!outcome.replicated) {
        outcome.runs.push_back(one_run(0));
    } else {
        sim::ExperimentOptions options;
        options.min = static_cast<std::uint32_t>(bounds->minimum);
        options.max = static_cast<std::uint32_t>(bounds->maximum);
        options.threads = settings.jobs;
        options.cancel = &cancelled;
        const auto decided = [&](std::span<const RunOutcome> so_far) {
            std::vector<RunValues> values;
            values.reserve(so_far.size());
            for (const RunOutcome& run : so_far) values.push_back(run.values);
            return !judge(*plan, values, {.replicated = true}).needs_more_runs;
        };
        outcome.runs = sim::replicate(options, one_run, decided).results;
    }
    outcome.interrupted = cancelled;
    outcome.metrics = std::move(first_metrics);
    outcome.advice = std::move(first_advice);
    outcome.timelines = std::move(first_timelines);
    outcome.first_replication = outcome.replicated ? 0 : settings.replication;
    judge_runs(*plan, outcome);
    outcome.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    outcome.peak_memory_bytes = peak_memory_bytes();
    return outcome;
}

}  // namespace eks
