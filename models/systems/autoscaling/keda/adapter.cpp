#include "models/systems/autoscaling/keda/adapter.hpp"

#include "models/systems/autoscaling/feeds.hpp"
#include "models/systems/autoscaling/keda/formula.hpp"
#include "models/systems/autoscaling/keda/scaled_object.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace eks::keda {

bool operator_runs(const Spec& spec, const World& world) {
    const auto& pods = spec.pod_scaling.keda;
    return pods.empty() || std::ranges::any_of(pods, [&](WorkloadIx ix) { return world[ix].ready > 0; });
}

namespace {

// What one trigger says, asked now or at the last poll (KEDA-6); none: it has failed once more.
std::optional<std::int64_t> ask(ScaledState& state, const ScalerMetric& trigger, std::optional<std::int64_t> now) {
    const auto place = static_cast<std::size_t>(trigger.place);
    if (trigger.is_cached && now && place < state.values_milli.size()) now = state.values_milli[place];
    std::int32_t& failures = state.failures[place];
    failures = now ? 0 : failures + 1;
    return now;
}

// With a formula all triggers are asked at once (KEDA-2). The failures are those of the trigger that has failed
// longest.
struct Answer {
    std::optional<std::int64_t> value;
    std::int32_t failures = 0;
};
Answer answer_of_formula(const Spec& spec, const World& world, const Scaled& scaled, ScaledState& state,
                         sim::Time now) {
    Answer answer;
    std::vector<std::int64_t> values;
    for (const ScalerMetric& trigger : scaled.triggers) {
        values.push_back(0);
        if (trigger.metric.source != hpa::MetricSource::external) continue;
        const auto value = ask(state, trigger, value_of_feed(spec, world, trigger, now));
        values.back() = value.value_or(0);
        answer.failures = std::max(answer.failures, state.failures[static_cast<std::size_t>(trigger.place)]);
    }
    // Below nothing the HPA would do the same as at nothing.
    if (answer.failures == 0)
        answer.value = std::max<std::int64_t>(composite_milli(scaled.object.composite->formula, values), 0);
    return answer;
}

}  // namespace

void answer(const Spec& spec, World& world, const HorizontalScaler& scaler, const ScalerMetric& metric,
            const hpa::ScaledPods& pods, sim::Time now, hpa::Reading& reading) {
    if (scaler.scaled_object < 0 || metric.metric.source != hpa::MetricSource::external) return;
    if (!operator_runs(spec, world)) {
        reading.has_failed = true;
        return;
    }
    const auto object = static_cast<std::size_t>(scaler.scaled_object);
    const Scaled& scaled = spec.pod_scaling.objects[object];
    ScaledState& state = world.pod_scaling.objects[object];
    Answer answer;
    if (metric.feed.kind == FeedKind::formula) {
        answer = answer_of_formula(spec, world, scaled, state, now);
    } else {
        answer.value =
            ask(state, metric, reading.has_failed ? std::nullopt : std::optional<std::int64_t>(reading.value_milli));
        answer.failures = state.failures[static_cast<std::size_t>(metric.place)];
    }
    if (!answer.value && scaled.object.fallback) {
        FallbackCase failed;
        failed.failures = answer.failures;
        failed.target_milli = metric.metric.target;
        failed.is_value_in_all = metric.metric.target_kind == hpa::TargetKind::value;
        failed.replicas = world[scaler.target].desired;
        failed.ready_pods = static_cast<std::int32_t>(std::ranges::count_if(
            pods.views, [](const hpa::PodView& pod) { return pod.ready == hpa::ReadyCondition::is_true; }));
        answer.value = fallback_milli(*scaled.object.fallback, failed);
    }
    reading.has_failed = !answer.value;
    reading.value_milli = answer.value.value_or(0);
}

}  // namespace eks::keda
