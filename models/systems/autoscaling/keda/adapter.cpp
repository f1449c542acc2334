#include "models/systems/autoscaling/keda/adapter.hpp"

#include "models/systems/autoscaling/keda/scaled_object.hpp"

#include <algorithm>

namespace eks::keda {

bool operator_runs(const Spec& spec, const World& world) {
    const auto& pods = spec.pod_scaling.keda;
    return pods.empty() || std::ranges::any_of(pods, [&](WorkloadIx ix) { return world[ix].ready > 0; });
}

void answer(const Spec& spec, World& world, const HorizontalScaler& scaler, const ScalerMetric& metric,
            const hpa::ScaledPods& pods, hpa::Reading& reading) {
    if (scaler.scaled_object < 0 || metric.metric.source != hpa::MetricSource::external) return;
    if (!operator_runs(spec, world)) {
        reading.has_failed = true;
        return;
    }
    const auto object = static_cast<std::size_t>(scaler.scaled_object);
    const auto place = static_cast<std::size_t>(metric.place);
    ScaledState& state = world.pod_scaling.objects[object];
    if (metric.is_cached && !reading.has_failed && place < state.values_milli.size())
        reading.value_milli = state.values_milli[place];
    std::int32_t& failures = state.failures[place];
    failures = reading.has_failed ? failures + 1 : 0;
    const auto& fallback = spec.pod_scaling.objects[object].object.fallback;
    if (!reading.has_failed || !fallback) return;
    FallbackCase failed;
    failed.failures = failures;
    failed.target_milli = metric.metric.target;
    failed.is_value_in_all = metric.metric.target_kind == hpa::TargetKind::value;
    failed.replicas = world[scaler.target].desired;
    failed.ready_pods = static_cast<std::int32_t>(std::ranges::count_if(
        pods.views, [](const hpa::PodView& pod) { return pod.ready == hpa::ReadyCondition::is_true; }));
    const auto value = fallback_milli(*fallback, failed);
    reading.has_failed = !value;
    reading.value_milli = value.value_or(0);
}

}  // namespace eks::keda
