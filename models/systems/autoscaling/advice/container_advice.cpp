#include "models/systems/autoscaling/advice/container_advice.hpp"

#include "models/systems/autoscaling/advice/usage_points.hpp"

#include <algorithm>

namespace eks {

namespace {

// KRR looks at what an HPA says of a resource's utilisation alone.
bool is_scaled_by(const Spec& spec, WorkloadIx workload, bool is_cpu) {
    return std::ranges::any_of(spec.pod_scaling.horizontal, [&](const HorizontalScaler& scaler) {
        return scaler.target == workload && std::ranges::any_of(scaler.metrics, [&](const ScalerMetric& each) {
                   return each.metric.source == hpa::MetricSource::resource && each.metric.is_cpu == is_cpu &&
                          each.metric.target_kind == hpa::TargetKind::utilization;
               });
    });
}

// Its own ones come first: people give them other policies than a VerticalPodAutoscaler that acts.
std::optional<std::uint32_t> scaler_shown_for(const Spec& spec, WorkloadIx workload) {
    std::optional<std::uint32_t> found;
    for (std::uint32_t i = 0; i < spec.pod_scaling.vertical.size(); ++i) {
        const VerticalScaler& scaler = spec.pod_scaling.vertical[i];
        if (scaler.target != workload) continue;
        if (scaler.name == "goldilocks-" + spec[workload].name) return i;
        if (!found) found = i;
    }
    return found;
}

vpa::Amounts amounts_of(const Resources& resources) { return {resources.cpu_milli, resources.memory_bytes}; }

std::optional<std::int64_t> if_set(std::int64_t amount) { return amount > 0 ? std::optional(amount) : std::nullopt; }

void read_goldilocks(const Spec& spec, const World& world, ContainerAdvice& advice) {
    advice.vertical = scaler_shown_for(spec, advice.workload);
    if (!advice.vertical) return;
    const VerticalScalerState& state = world.pod_scaling.vertical[*advice.vertical];
    if (state.target == vpa::Amounts{}) return;
    advice.recommendation = {state.target, state.lower_bound, state.upper_bound};
    const AdviceSettings& settings = spec.pod_scaling.advice;
    advice.costs = goldilocks::costs_of({settings.core_hour, settings.gib_hour}, advice.set, *advice.recommendation);
}

}  // namespace

ContainerAdvice advice_of(const Spec& spec, const World& world, std::size_t row) {
    const AdviceSettings& settings = spec.pod_scaling.advice;
    ContainerAdvice advice;
    advice.workload = settings.workloads[row];
    const ContainerSpec& container = spec.template_of(advice.workload).containers.front();
    advice.set = {amounts_of(container.requests), amounts_of(container.limits)};
    read_goldilocks(spec, world, advice);
    advice.cpu = krr::cpu_advice(usage_series(spec, world, row, UsageKind::cpu),
                                 is_scaled_by(spec, advice.workload, true), settings.krr);
    advice.memory = krr::memory_advice(usage_series(spec, world, row, UsageKind::memory), 0,
                                       is_scaled_by(spec, advice.workload, false), settings.krr);
    const auto& [requests, limits] = advice.set;
    advice.severity = std::max(
        krr::worse_cpu_severity({if_set(requests.cpu_milli), if_set(limits.cpu_milli)}, advice.cpu),
        krr::worse_memory_severity({if_set(requests.memory_bytes), if_set(limits.memory_bytes)}, advice.memory));
    return advice;
}

std::vector<ContainerAdvice> container_advice(const Spec& spec, const World& world) {
    std::vector<ContainerAdvice> all;
    for (std::size_t row = 0; row < spec.pod_scaling.advice.workloads.size(); ++row)
        all.push_back(advice_of(spec, world, row));
    return all;
}

}  // namespace eks
