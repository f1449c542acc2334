#include "models/sizing/trial.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace eks::sizing {

namespace {

constexpr std::string_view start_limit = "60s";

bool has_zone_outage(const Spec& spec) {
    return std::any_of(spec.timeline.begin(), spec.timeline.end(), [](const TimelineAction& action) {
        return action.kind == TimelineKind::fault_begins && action.fault.kind == FaultKind::zone_outage;
    });
}

std::vector<std::string> zones_of_groups(const Spec& spec) {
    std::vector<std::string> zones;
    for (const NodeGroup& group : spec.node_groups) {
        for (const NodeShapeIx shape : group.shapes) {
            const std::string& zone = spec.zones[spec[shape].zone.value];
            if (std::find(zones.begin(), zones.end(), zone) == zones.end()) zones.push_back(zone);
        }
    }
    return zones;
}

// One zone after the other, each for a third of its part of what comes after the warm-up, half an hour at most.
std::vector<std::pair<sim::Duration, std::string>> outages(const Scenario& scenario) {
    const std::vector<std::string> zones = zones_of_groups(*scenario.spec);
    std::vector<std::pair<sim::Duration, std::string>> changes;
    const auto parts = static_cast<std::int64_t>(zones.size());
    const sim::Duration part = (scenario.run.duration - scenario.run.warm_up) / std::max<std::int64_t>(parts, 1);
    const sim::Duration lasts = std::min(part / 3, sim::Duration::minutes(30));
    for (std::int64_t z = 0; z < parts; ++z) {
        changes.emplace_back(scenario.run.warm_up + part * z + part / 4,
                             fmt::format(R"({{"fault":"zone-outage","zone":"{}","for":"{}s"}})",
                                         zones[static_cast<std::size_t>(z)], lasts.us() / 1'000'000));
    }
    return changes;
}

void add_expectation(Scenario& scenario, std::string name, std::string that, ExpectationSeverity severity) {
    ExpectationText text;
    text.name = std::move(name);
    text.that = std::move(that);
    text.severity = severity;
    text.allow_empty = true;
    scenario.expectations.push_back(std::move(text));
}

void add_objectives(Trial& trial, std::span<const std::string> misfits) {
    const bool has_own =
        std::any_of(trial.scenario.expectations.begin(), trial.scenario.expectations.end(),
                    [](const ExpectationText& text) { return text.severity == ExpectationSeverity::error; });
    if (!has_own) {
        const std::string who =
            misfits.empty() ? std::string() : fmt::format("{{workload!~\"{}\"}}", fmt::join(misfits, "|"));
        add_expectation(trial.scenario, "every pod is placed", fmt::format("max(ekssim_pods_unplaced{}) == 0", who),
                        ExpectationSeverity::error);
        add_expectation(trial.scenario, "pods start within a minute",
                        fmt::format("p99(ekssim_pod_start_seconds) < {}", start_limit), ExpectationSeverity::error);
        trial.assumptions.push_back({"objectives",
                                     fmt::format("every pod is placed; p99 of pod start below {}", start_limit),
                                     "the scenario expects nothing"});
    }
    add_expectation(trial.scenario, "p99 of pod start", fmt::format("p99(ekssim_pod_start_seconds) < {}", start_limit),
                    ExpectationSeverity::warn);
}

// Karpenter would launch what is missing, and so hide that it is missing.
std::shared_ptr<const Spec> without_launches(const std::shared_ptr<const Spec>& spec) {
    if (!spec->karpenter.is_there()) return spec;
    Spec changed = *spec;
    for (NodePool& pool : changed.karpenter.pools) pool.limits = {{"cpu", 0}, {"nodes", 0}};
    return std::make_shared<const Spec>(std::move(changed));
}

// What a look at the World tells between two stretches of a run.
void look(const Run& run, TrialRun& into) {
    std::vector<std::int64_t> unplaced(run.spec().workloads.size(), 0);
    std::int64_t all = 0;
    for (const auto& [id, pod] : run.world().pods) {
        if (pod.terminating || pod.phase != PodPhase::pending || pod.was_ready) continue;
        // What was bound to a machine that failed is made again elsewhere, whatever the fleet.
        const Node* node = run.world().nodes.find(pod.node);
        if (node != nullptr && node->state >= NodeState::unreachable) continue;
        if (run.now() - pod.created >= stuck_after) into.is_stuck = true;
        if (pod.node.valid() || pod.unplaced == WaitCause::none) continue;
        ++unplaced[pod.workload.value];
        ++all;
    }
    std::int64_t before = 0;
    for (const std::int64_t pods : into.unplaced) before += pods;
    if (all > before) into.unplaced = std::move(unplaced);
}

}  // namespace

sim::Result<Trial, Complaints> trial_of(std::string_view document, const LoadOptions& options,
                                        std::span<const WrittenGroup> written, std::span<const ChosenGroup> chosen,
                                        const Wishes& wishes, std::span<const std::string> misfits) {
    LoadOptions with_groups = options;
    with_groups.set.emplace_back("matrix", "{}");
    with_groups.set.emplace_back("variants", "[]");
    for (auto& pair : groups_as_set(written, chosen)) with_groups.set.push_back(std::move(pair));
    auto scenario = load_scenario_json(document, with_groups);
    if (!scenario) return sim::failure(scenario.error());
    Trial trial;
    if (wishes.survive_zone_loss && !has_zone_outage(*scenario->spec)) {
        with_groups.changes = outages(*scenario);
        scenario = load_scenario_json(document, with_groups);
        if (!scenario) return sim::failure(scenario.error());
        trial.assumptions.push_back(
            {"loss of a zone", "each zone fails once, one after the other", "the timeline has no zone-outage"});
    }
    trial.scenario = std::move(*scenario);
    trial.scenario.spec = without_launches(trial.scenario.spec);
    add_objectives(trial, misfits);
    auto plan = plan_metrics(trial.scenario);
    if (!plan) return sim::failure(plan.error());
    trial.plan = std::move(*plan);
    const Expectation& ours = trial.plan->expectations.back();
    trial.start_measure = ours.nodes[ours.root].measure;
    return trial;
}

TrialRun run_trial(const Trial& trial, std::uint64_t seed, std::uint32_t replication, const OnRunProgress& progress) {
    constexpr std::int64_t looks = 240;
    TrialRun made;
    Run run = start(trial.scenario, {.seed = seed, .replication = replication}, trial.plan);
    const sim::Duration end = trial.scenario.run.duration;
    const sim::Duration step = std::max(end / looks, sim::Duration::seconds(1));
    for (sim::Duration at = step; run.now().since_origin() < end; at = at + step) {
        if (!run.until(std::min(at, end), progress)) {
            made.was_interrupted = true;
            break;
        }
        if (run.now().since_origin() >= trial.scenario.run.warm_up) look(run, made);
    }
    made.outcome = outcome_of(run);
    const Measure& measure = trial.plan->measures[trial.start_measure];
    for (const GroupValue& group : made.outcome.values.measures[trial.start_measure]) {
        if (group.value) made.start_p99_seconds = *group.value / measure.base_per_unit;
    }
    return made;
}

}  // namespace eks::sizing
