#include "models/planning/explain_hpa.hpp"

#include "models/planning/autoscaler_story.hpp"
#include "models/systems/autoscaling/hpa/loop.hpp"
#include "models/systems/autoscaling/hpa/readings.hpp"
#include "models/systems/autoscaling/hpa/reason_texts.hpp"
#include "models/systems/autoscaling/keda/adapter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace eks {

namespace {

constexpr std::int64_t micros = 1'000'000;

std::string seconds_text(std::int64_t us) { return fmt::format("{} s", us / micros); }

// Thousandths as Kubernetes writes a quantity: of memory they are bytes.
std::string quantity_text(std::int64_t milli, const ScalerMetric& metric) {
    const bool is_of_resource = metric.metric.source == hpa::MetricSource::resource ||
                                metric.metric.source == hpa::MetricSource::container_resource;
    const bool is_memory = is_of_resource && !metric.metric.is_cpu;
    if (is_memory) return fmt::format("{} bytes", milli / 1000);
    return milli % 1000 == 0 ? fmt::format("{}", milli / 1000) : fmt::format("{}m", milli);
}

std::string metric_text(const ScalerMetric& metric) {
    std::string text = fmt::format("{} {}", hpa::name_of(metric.metric.source), metric.name);
    if (!metric.container.empty()) text += " of container " + metric.container;
    if (!metric.trigger.empty()) text += " (trigger " + metric.trigger + ")";
    return text;
}

std::string target_text(const ScalerMetric& metric) {
    switch (metric.metric.target_kind) {
        case hpa::TargetKind::utilization: return fmt::format("{}%", metric.metric.target);
        case hpa::TargetKind::average_value: return quantity_text(metric.metric.target, metric) + " a pod";
        case hpa::TargetKind::value: break;
    }
    return quantity_text(metric.metric.target, metric);
}

std::string reading_text(const ScalerMetric& metric, const hpa::CurrentValue& current) {
    if (current.average_utilization) return fmt::format("{}% of the requests", *current.average_utilization);
    if (current.average_value_milli) return quantity_text(*current.average_value_milli, metric) + " a pod";
    return current.value_milli ? quantity_text(*current.value_milli, metric) : std::string();
}

HpaMetricStory story_of_metric(const HorizontalScaler& scaler, const ScalerMetric& metric,
                               const hpa::Proposal& proposal) {
    HpaMetricStory story;
    story.metric = metric_text(metric);
    story.target = target_text(metric);
    if (proposal.fault != hpa::Fault::none) {
        story.fault = hpa::message_of(proposal.fault);
        return story;
    }
    story.proposes = proposal.replicas;
    story.reading = reading_text(metric, proposal.current);
    story.ratio = proposal.ratio;
    story.is_tolerated = proposal.ratio && scaler.tolerances.keep(*proposal.ratio);
    story.missing = proposal.missing;
    story.unready = proposal.unready;
    story.is_held = proposal.is_held;
    return story;
}

// --- what it remembers

std::string recommendations_within(const hpa::Memory& memory, std::int64_t window_us, std::int64_t now_us) {
    std::vector<hpa::Recommendation> counted;
    if (memory.recommendations) {
        for (const hpa::Recommendation& entry : *memory.recommendations) {
            if (entry.at_us >= now_us - window_us) counted.push_back(entry);
        }
    }
    std::ranges::sort(counted, {}, &hpa::Recommendation::at_us);
    if (counted.empty()) return "no recommendation in it";
    // Those that say the same are told once, by the latest of them.
    std::vector<std::string> told;
    for (std::size_t i = 0; i < counted.size(); ++i) {
        if (i + 1 < counted.size() && counted[i + 1].replicas == counted[i].replicas) continue;
        told.push_back(fmt::format("{} up to {}", counted[i].replicas, seconds_text(counted[i].at_us)));
    }
    return fmt::format("recommended in it: {}", fmt::join(told, ", "));
}

std::vector<std::string> stabilisation_of(const hpa::Autoscaler& autoscaler, const hpa::Memory& memory,
                                          std::int64_t now_us) {
    std::vector<std::string> lines;
    const auto add = [&](std::string_view direction, std::int64_t window_us) {
        lines.push_back(fmt::format(
            "{}: window of {}, {}", direction, seconds_text(window_us),
            window_us == 0 ? "so that nothing is waited for" : recommendations_within(memory, window_us, now_us)));
    };
    if (autoscaler.behavior) add("up", autoscaler.behavior->up.window_us.value_or(0));
    add("down", autoscaler.behavior ? autoscaler.behavior->down.window_us.value_or(autoscaler.downscale_window_us)
                                    : autoscaler.downscale_window_us);
    return lines;
}

std::string policies_text(const hpa::ScalingRules& rules) {
    if (rules.select == hpa::PolicySelect::disabled) return "disabled";
    std::vector<std::string> policies;
    for (const hpa::Policy& policy : rules.policies)
        policies.push_back(
            fmt::format("{}{} in {}", policy.value, policy.is_percent ? "%" : " pods", seconds_text(policy.period_us)));
    return fmt::format("{} of {}", rules.select == hpa::PolicySelect::max ? "the most" : "the least",
                       fmt::join(policies, ", "));
}

std::vector<std::string> limits_of(const hpa::Autoscaler& autoscaler, std::int32_t replicas) {
    if (!autoscaler.behavior) return {fmt::format("up: to {} at once, twice as many or 4", std::max(2 * replicas, 4))};
    return {"up: " + policies_text(autoscaler.behavior->up), "down: " + policies_text(autoscaler.behavior->down)};
}

std::vector<HpaConditionStory> conditions_of(const hpa::Outcome& outcome) {
    std::vector<HpaConditionStory> conditions;
    const auto add = [&](const char* type, const std::optional<hpa::Condition>& condition) {
        if (!condition) return;
        std::string message(hpa::message_of(condition->reason));
        if (condition->reason == hpa::Reason::failed_get_metric && outcome.fault != hpa::Fault::none)
            message += fmt::format(": {}", hpa::message_of(outcome.fault));
        conditions.push_back(
            {type, condition->is_true, hpa::name_of(condition->reason, outcome.failed_source), std::move(message)});
    };
    add("AbleToScale", outcome.conditions.able_to_scale);
    add("ScalingActive", outcome.conditions.scaling_active);
    add("ScalingLimited", outcome.conditions.scaling_limited);
    return conditions;
}

// The looks that it sleeps through found what the last one did, and recommended the same.
void wake_up(const Spec& spec, const sim::DrawSource& key, const HorizontalScaler& scaler, sim::Time now,
             HorizontalScalerState& state) {
    if (!state.sleeps || !state.memory.recommendations || state.memory.recommendations->empty()) return;
    const sim::Duration period = hpa::period_of(spec, key, scaler);
    const sim::Time last = state.last_sync + period * ((now - state.last_sync) / period);
    const auto latest = std::ranges::max_element(*state.memory.recommendations, {}, &hpa::Recommendation::at_us);
    if (latest->at_us == state.last_sync.us()) latest->at_us = last.us();
    state.last_sync = last;
}

void look(const Spec& spec, World& world, const sim::DrawSource& key, std::uint32_t ix, HpaStory& story) {
    const HorizontalScaler& scaler = spec.pod_scaling.horizontal[ix];
    const HorizontalScalerState& state = world.pod_scaling.horizontal[ix];
    const std::int64_t now_us = story.at.us();
    const hpa::Circumstances circumstances{story.replicas, state.was_scaled_to_zero, scaler.is_ambiguous, now_us};
    std::vector<hpa::Proposal> proposals;
    if (!scaler.is_ambiguous && hpa::goes_by_metrics(scaler.autoscaler, circumstances)) {
        const hpa::ScaledPods pods = hpa::pods_of(spec, world, scaler.target);
        const hpa::Scale scale{world[scaler.target].desired, world[scaler.target].active};
        for (const ScalerMetric& metric : scaler.metrics) {
            hpa::Reading reading = hpa::reading_of(spec, world, key, metric, pods, story.at);
            keda::answer(spec, world, scaler, metric, pods, story.at, reading);
            proposals.push_back(
                hpa::proposal_of(metric.metric, reading, pods.views, scale, scaler.tolerances, {}, now_us));
            story.metrics.push_back(story_of_metric(scaler, metric, proposals.back()));
        }
    }
    if (state.policy.is_there()) return;
    const auto best = std::ranges::max_element(story.metrics, {}, [](const HpaMetricStory& metric) {
        return metric.fault.empty() ? std::optional(metric.proposes) : std::nullopt;
    });
    if (best != story.metrics.end() && best->fault.empty()) {
        best->wins = true;
        story.proposed = best->proposes;
    }
    story.stabilisation = stabilisation_of(scaler.autoscaler, state.memory, now_us);
    story.limits = limits_of(scaler.autoscaler, story.replicas);
    const hpa::Outcome outcome = hpa::reconcile(scaler.autoscaler, circumstances, proposals, state.memory);
    story.desired = outcome.replicas;
    story.conditions = conditions_of(outcome);
}

// HPA-9
std::string uncounted_text(const HpaMetricStory& metric) {
    std::vector<std::string> kinds;
    if (metric.missing > 0) kinds.push_back(fmt::format("{} without a sample", metric.missing));
    if (metric.unready > 0) kinds.push_back(fmt::format("{} unready", metric.unready));
    return kinds.empty() ? std::string() : fmt::format(" (pods: {})", fmt::join(kinds, ", "));
}

std::string ratio_text(const HpaMetricStory& metric) {
    if (!metric.ratio) return {};
    return fmt::format(", ratio {:.3f}{}{}", *metric.ratio, uncounted_text(metric),
                       metric.is_tolerated ? ", within the tolerance"
                       : metric.is_held    ? ", which would turn around with them"
                                           : "");
}

}  // namespace

sim::Result<HpaStory, std::string> explain_hpa(const Scenario& scenario, const StartOptions& options,
                                               std::string_view name, sim::Duration at) {
    const auto& scalers = scenario.spec->pod_scaling.horizontal;
    std::vector<std::string> known;
    std::optional<std::uint32_t> ix;
    for (std::uint32_t i = 0; i < scalers.size(); ++i) {
        known.push_back(fmt::format("{}/{}", scalers[i].namespace_name, scalers[i].name));
        if (known.back() == name) ix = i;
    }
    if (!ix)
        return sim::failure(known.empty() ? std::string("the scenario has no HorizontalPodAutoscaler")
                                          : fmt::format("no HorizontalPodAutoscaler is called {}; there are: {}", name,
                                                        fmt::join(known, ", ")));
    Run run = start(scenario, options);
    run.until(at);
    World world = run.world();
    const HorizontalScaler& scaler = scalers[*ix];
    const Workload& target = run.spec()[scaler.target];
    HpaStory story;
    story.hpa = name;
    story.target = fmt::format("{}/{}/{}", kind_name(target.kind), target.namespace_name, target.name);
    story.at = run.now();
    const sim::DrawSource key(run.simulation().key());
    HorizontalScalerState& state = world.pod_scaling.horizontal[*ix];
    wake_up(run.spec(), key, scaler, run.now(), state);
    if (state.memory.recommendations) story.last_look = state.last_sync;
    story.least = scaler.autoscaler.least;
    story.most = scaler.autoscaler.most;
    story.replicas = world[scaler.target].desired;
    story.is_by_policy = state.policy.is_there();
    if (story.is_by_policy) story.decided = story.desired = story.last_look ? state.desired : story.replicas;
    if (world[scaler.target].deleted)
        story.conditions.push_back({"AbleToScale", false, "FailedGetScale", "its target is not there"});
    else
        look(run.spec(), world, key, *ix, story);
    return story;
}

std::vector<std::string> to_lines(const HpaStory& story) {
    std::vector<std::string> lines;
    lines.push_back(fmt::format(
        "HorizontalPodAutoscaler {} at {}: {} has {} replicas, between {} and {}; {}.", story.hpa, story_time(story.at),
        story.target, story.replicas, story.least, story.most,
        story.last_look ? "it last looked at " + story_time(*story.last_look) : std::string("it has not looked yet")));
    for (const HpaMetricStory& metric : story.metrics) {
        if (!metric.fault.empty()) {
            lines.push_back(fmt::format("  {}: target {}, no answer: {}", metric.metric, metric.target, metric.fault));
            continue;
        }
        lines.push_back(fmt::format("  {}: {}, target {}{}; proposes {}{}", metric.metric,
                                    metric.reading.empty() ? "no value" : metric.reading, metric.target,
                                    ratio_text(metric), metric.proposes, metric.wins ? ", which counts" : ""));
    }
    if (story.is_by_policy) {
        lines.push_back(fmt::format(
            "  A policy of the caller's decides{}; tolerance, stabilisation and behavior do not apply.",
            story.last_look ? fmt::format(": at {} it set {}", story_time(*story.last_look), story.decided) : ""));
        return lines;
    }
    for (const std::string& line : story.stabilisation) lines.push_back("  Stabilisation " + line + ".");
    for (const std::string& line : story.limits) lines.push_back("  Limit " + line + ".");
    lines.push_back(fmt::format("  It would set {}.", story.desired));
    for (const HpaConditionStory& condition : story.conditions)
        lines.push_back(fmt::format("  {} {} {}: {}", condition.type, condition.is_true ? "True" : "False",
                                    condition.reason, condition.message));
    return lines;
}

}  // namespace eks
