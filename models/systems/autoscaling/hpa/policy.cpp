#include "models/systems/autoscaling/hpa/policy.hpp"

#include <algorithm>

namespace eks::hpa {

namespace {

constexpr double milli = 1000.0;

const char* name_of(TargetKind kind) {
    switch (kind) {
        case TargetKind::utilization: return "Utilization";
        case TargetKind::average_value: return "AverageValue";
        case TargetKind::value: break;
    }
    return "Value";
}

std::optional<double> value_of(const CurrentValue& current) {
    if (current.average_utilization) return *current.average_utilization;
    if (current.average_value_milli) return static_cast<double>(*current.average_value_milli) / milli;
    if (current.value_milli) return static_cast<double>(*current.value_milli) / milli;
    return std::nullopt;
}

PolicyMetric shown(const ScalerMetric& metric, const Proposal& proposal) {
    const bool is_per_cent = metric.metric.target_kind == TargetKind::utilization;
    PolicyMetric view{metric.name, name_of(metric.metric.target_kind), value_of(proposal.current),
                      static_cast<double>(metric.metric.target) / (is_per_cent ? 1.0 : milli), std::nullopt};
    if (proposal.fault == Fault::none) view.wants = proposal.replicas;
    return view;
}

}  // namespace

PolicyView view_of(const World& world, const HorizontalScaler& scaler, std::span<const Proposal> proposals,
                   sim::Time now) {
    const WorkloadState& target = world[scaler.target];
    PolicyView view{now.since_origin().in_seconds(),
                    target.desired,
                    target.active,
                    target.ready,
                    scaler.autoscaler.least,
                    scaler.autoscaler.most,
                    {}};
    for (std::size_t i = 0; i < proposals.size(); ++i) view.metrics.push_back(shown(scaler.metrics[i], proposals[i]));
    return view;
}

Outcome decided_by(ScalerPolicy& policy, const PolicyView& view, Memory memory) {
    PolicyAnswer answer = (*policy.decide)(view, policy.state);
    policy.state = std::move(answer.state);
    const auto within = std::clamp<std::int64_t>(answer.replicas, view.least, view.most);
    Outcome outcome;
    outcome.memory = std::move(memory);
    if (!outcome.memory.recommendations)
        outcome.memory.recommendations = {{view.replicas, static_cast<std::int64_t>(view.now_seconds * 1e6)}};
    outcome.replicas = static_cast<std::int32_t>(within);
    outcome.is_rescaled = outcome.replicas != view.replicas;
    outcome.conditions.able_to_scale = {true,
                                        outcome.is_rescaled ? Reason::succeeded_rescale : Reason::ready_for_new_scale};
    outcome.conditions.scaling_active = {true, Reason::valid_metric_found};
    const Reason limit = within == answer.replicas  ? Reason::desired_within_range
                         : within < answer.replicas ? Reason::too_many_replicas
                                                    : Reason::too_few_replicas;
    outcome.conditions.scaling_limited = {within != answer.replicas, limit};
    return outcome;
}

}  // namespace eks::hpa
