#include "models/scenario/pod_scaling.hpp"

#include "models/systems/autoscaling/keda/scaled_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace eks {
namespace {

// KEDA-2: the one external metric that stands for all triggers of a formula.
ScalerMetric composite_metric(const keda::Composite& composite) {
    ScalerMetric metric;
    metric.name = "composite-metric";
    metric.metric = {hpa::MetricSource::external,
                     composite.is_value_in_all ? hpa::TargetKind::value : hpa::TargetKind::average_value, false,
                     composite.target_milli};
    metric.feed.kind = FeedKind::formula;
    return metric;
}

// KEDA-5: the HPA that KEDA makes of a ScaledObject; metrics sorted by type. Of one that is paused there is none.
void add_scaler_of(ScenarioBuilder& builder, std::uint32_t ix) {
    PodScaling& scaling = builder.spec.pod_scaling;
    const Scaled& scaled = scaling.objects[ix];
    if (scaled.makes_jobs || scaled.object.pauses.is_paused || scaled.object.pauses.at_replicas) return;
    HorizontalScaler scaler;
    scaler.namespace_name = scaled.namespace_name;
    scaler.name = "keda-hpa-" + scaled.name;
    scaler.stable_key = stable_key_of(fmt::format("HorizontalPodAutoscaler/{}/{}", scaler.namespace_name, scaler.name));
    scaler.target = scaled.target;
    scaler.scaled_object = static_cast<std::int32_t>(ix);
    scaler.autoscaler = keda::autoscaler_of(scaled.object);
    scaler.tolerances = scaled.object.tolerances;
    scaler.metrics = scaled.triggers;
    if (scaled.object.composite) {
        std::erase_if(scaler.metrics,
                      [](const ScalerMetric& metric) { return metric.metric.source == hpa::MetricSource::external; });
        scaler.metrics.push_back(composite_metric(*scaled.object.composite));
    }
    std::ranges::stable_sort(scaler.metrics, [](const ScalerMetric& a, const ScalerMetric& b) {
        const auto place = [](const ScalerMetric& metric) {
            return metric.metric.source == hpa::MetricSource::external ? 0 : 1;
        };
        return place(a) < place(b);
    });
    for (const ScalerMetric& metric : scaler.metrics) scaler.autoscaler.metrics.push_back(metric.metric.source);
    scaling.horizontal.push_back(std::move(scaler));
    builder.horizontal_objects.push_back(builder.object_of(scaled.target));
}

// HPA-3: none of them scales then.
void mark_ambiguous(ScenarioBuilder& builder) {
    auto& scalers = builder.spec.pod_scaling.horizontal;
    for (std::size_t i = 0; i < scalers.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            if (scalers[i].target != scalers[k].target) continue;
            scalers[i].is_ambiguous = scalers[k].is_ambiguous = true;
            builder.horizontal_objects[i].warn(
                Rule::scalers_of_same_pods,
                fmt::format("the HorizontalPodAutoscalers {}/{} and {}/{} both scale {}", scalers[k].namespace_name,
                            scalers[k].name, scalers[i].namespace_name, scalers[i].name,
                            builder.title_of(scalers[i].target)),
                "condition ScalingActive is False, AmbiguousSelector, for both, and neither scales; keep one");
            break;
        }
    }
}

bool reads_usage(const HorizontalScaler& scaler) {
    return std::ranges::any_of(scaler.metrics,
                               [](const ScalerMetric& metric) { return metric.feed.kind == FeedKind::usage; });
}

void warn_of_missing_server(const ScenarioBuilder& builder) {
    const PodScaling& scaling = builder.spec.pod_scaling;
    if (!scaling.metrics_server.pods.empty()) return;
    for (std::size_t i = 0; i < scaling.horizontal.size(); ++i) {
        if (!reads_usage(scaling.horizontal[i])) continue;
        builder.horizontal_objects[i].warn(
            Rule::no_metrics_server,
            fmt::format("{}/{} scales by CPU or memory, and there is no metrics-server: on EKS it is not there by "
                        "default",
                        scaling.horizontal[i].namespace_name, scaling.horizontal[i].name),
            "condition ScalingActive is False, FailedGetResourceMetric; add metrics-server to cluster.addons, or its "
            "manifests");
        return;
    }
}

bool states(const Usage& usage, const ScalerMetric& metric) {
    return metric.metric.is_cpu ? usage.states_cpu : usage.states_memory;
}

bool states_request(const PodTemplate& pod, const ScalerMetric& metric) {
    return std::ranges::all_of(pod.containers, [&](const ContainerSpec& container) {
        const bool is_counted =
            metric.metric.source != hpa::MetricSource::container_resource || container.name == metric.container;
        return !is_counted || (metric.metric.is_cpu ? container.states_cpu_request : container.states_memory_request);
    });
}

void warn_of_what_cannot_be_seen(const ScenarioBuilder& builder, std::size_t ix) {
    const HorizontalScaler& scaler = builder.spec.pod_scaling.horizontal[ix];
    const Usage* usage = builder.spec.usage_of(scaler.target);
    const PodTemplate& pod = builder.spec.template_of(scaler.target);
    for (const ScalerMetric& metric : scaler.metrics) {
        if (metric.feed.kind != FeedKind::usage) continue;
        if (usage == nullptr || !states(*usage, metric)) {
            builder.horizontal_objects[ix].warn(
                Rule::usage_not_said,
                fmt::format("{}/{} scales {} by {}, of which nobody says how much its pods use", scaler.namespace_name,
                            scaler.name, builder.title_of(scaler.target), metric.name),
                "it stays as large as it is; say `usage` under `behaviour`, or who asks it under `traffic`");
        } else if (metric.metric.target_kind == hpa::TargetKind::utilization && !states_request(pod, metric)) {
            builder.horizontal_objects[ix].warn(
                Rule::scaling_needs_requests,
                fmt::format("{}/{} scales {} by its share of the requested {}, and a container requests none",
                            scaler.namespace_name, scaler.name, builder.title_of(scaler.target), metric.name),
                "condition ScalingActive is False, FailedGetResourceMetric; set the request, or aim at an "
                "averageValue");
        }
    }
}

void warn_of_vertical_ones(const ScenarioBuilder& builder) {
    const PodScaling& scaling = builder.spec.pod_scaling;
    for (std::size_t i = 0; i < scaling.vertical.size(); ++i) {
        const VerticalScaler& scaler = scaling.vertical[i];
        const std::string title = fmt::format("VerticalPodAutoscaler/{}/{}", scaler.namespace_name, scaler.name);
        if (scaling.metrics_server.pods.empty())
            builder.vertical_objects[i].warn(Rule::no_metrics_server,
                                             fmt::format("{} learns from metrics-server, which is not there", title),
                                             "add metrics-server to cluster.addons, or its manifests");
        if (builder.spec.usage_of(scaler.target) == nullptr)
            builder.vertical_objects[i].warn(Rule::usage_not_said,
                                             fmt::format("{} watches {}, of which nobody says how much its pods use",
                                                         title, builder.title_of(scaler.target)),
                                             "say `usage` under `behaviour`, or who asks it under `traffic`");
    }
}

// Three scrapes, their spread and a little, and behind that what an adapter answers late.
sim::Duration horizon_of(const PodScaling& scaling) {
    constexpr std::int64_t scrapes = 3;
    sim::Duration latest;
    const auto look = [&](const std::vector<ScalerMetric>& metrics) {
        for (const ScalerMetric& metric : metrics)
            latest = std::max(latest, longest_delay(scaling, metric.feed) + metric.feed.window);
    };
    for (const HorizontalScaler& scaler : scaling.horizontal) look(scaler.metrics);
    for (const Scaled& scaled : scaling.objects) look(scaled.triggers);
    if (scaling.advice.is_asked) latest = std::max(latest, scaling.advice.krr.step);
    return std::max(scaling.metrics_server.resolution * scrapes + sim::Duration::seconds(5), latest);
}

}  // namespace

void finish_pod_scaling(ScenarioBuilder& builder) {
    PodScaling& scaling = builder.spec.pod_scaling;
    for (std::uint32_t i = 0; i < scaling.objects.size(); ++i) {
        scaling.objects[i].first_trigger = scaling.trigger_count;
        scaling.trigger_count += static_cast<std::uint32_t>(scaling.objects[i].triggers.size());
        add_scaler_of(builder, i);
    }
    if (scaling.is_empty()) return;
    mark_ambiguous(builder);
    warn_of_missing_server(builder);
    for (std::size_t i = 0; i < scaling.horizontal.size(); ++i) warn_of_what_cannot_be_seen(builder, i);
    warn_of_vertical_ones(builder);
    scaling.horizontal_of.resize(builder.spec.workloads.size());
    scaling.objects_of.resize(builder.spec.workloads.size());
    for (std::uint32_t i = 0; i < scaling.horizontal.size(); ++i)
        scaling.horizontal_of[scaling.horizontal[i].target.value].push_back(i);
    for (std::uint32_t i = 0; i < scaling.objects.size(); ++i)
        scaling.objects_of[scaling.objects[i].target.value].push_back(i);
    scaling.horizon = horizon_of(scaling);
}

}  // namespace eks
