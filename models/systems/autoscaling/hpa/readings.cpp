#include "models/systems/autoscaling/hpa/readings.hpp"

#include "models/systems/autoscaling/feeds.hpp"
#include "models/systems/autoscaling/metric_chain.hpp"
#include "models/systems/autoscaling/metrics_server.hpp"

#include <algorithm>
#include <string_view>

namespace eks::hpa {

namespace {

PodPhase phase_of(const Pod& pod) {
    switch (pod.phase) {
        case eks::PodPhase::pending: return PodPhase::pending;
        case eks::PodPhase::running: return PodPhase::running;
        case eks::PodPhase::succeeded: return PodPhase::succeeded;
        case eks::PodPhase::failed: return PodPhase::failed;
    }
    return PodPhase::unknown;
}

PodView view_of(const Spec& spec, const World& world, PodId id) {
    const Pod& pod = world.pods[id];
    PodView view;
    view.phase = phase_of(pod);
    view.is_terminating = pod.terminating;
    // The kubelet writes its first status as soon as it sees the pod.
    if (pod.stage == PodStage::queued || pod.stage == PodStage::binding) return view;
    view.ready = counts_as_ready(pod) ? ReadyCondition::is_true : ReadyCondition::is_false;
    view.ready_since_us = ready_since_us(spec, world, id);
    view.started_us = is_from_before(spec, pod) ? long_ago_us : pod.scheduled.us();
    return view;
}

bool is_counted(const ContainerSpec& container, const ScalerMetric& metric) {
    return metric.metric.source != MetricSource::container_resource || container.name == metric.container;
}

// HPA-6: containers and the init containers that restart.
PodRequest request_of(const PodTemplate& pod, const ScalerMetric& metric) {
    PodRequest request;
    bool is_found = false;
    const auto add = [&](const ContainerSpec& container) {
        if (!is_counted(container, metric)) return;
        is_found = true;
        const bool is_stated = metric.metric.is_cpu ? container.states_cpu_request : container.states_memory_request;
        if (!is_stated) request.fault = Fault::missing_request;
        request.milli += metric.metric.is_cpu ? container.requests.cpu_milli : container.requests.memory_bytes * 1000;
    };
    for (const ContainerSpec& container : pod.containers) add(container);
    for (const ContainerSpec& container : pod.init_containers) {
        if (container.is_sidecar) add(container);
    }
    if (!is_found) request.fault = Fault::container_not_found;
    return request;
}

// What a scenario says of a pod's use is its first container's.
bool is_of_first_container(const PodTemplate& pod, const ScalerMetric& metric) {
    return pod.containers.empty() || is_counted(pod.containers.front(), metric);
}

std::optional<Sample> usage_sample(const Spec& spec, const World& world, PodSampler& sampler,
                                   const ScalerMetric& metric, PodId id) {
    const eks::Usage* usage = spec.usage_of(world.pods[id].workload);
    if (usage == nullptr || !(metric.metric.is_cpu ? usage->states_cpu : usage->states_memory)) return std::nullopt;
    const auto sample = sampler.sample_of(id);
    if (!sample) return std::nullopt;
    std::int64_t value = metric.metric.is_cpu ? sample->cpu_milli : sample->memory_bytes * 1000;
    if (!is_of_first_container(spec[world.pods[id].pod_template], metric)) value = 0;
    return Sample{value, sample->at_us, sample->window_us};
}

Reading reading_of_pods(const Spec& spec, const World& world, const sim::DrawSource& key, const ScalerMetric& metric,
                        const ScaledPods& pods, sim::Time now) {
    Reading reading;
    const bool is_of_resource = metric.metric.source != MetricSource::pods;
    const bool wants_requests = metric.metric.target_kind == TargetKind::utilization;
    PodSampler sampler(spec, world, key, now);
    TemplateIx last_template;
    PodRequest request;
    const std::int64_t seen = seen_at(spec, world, metric.feed, now).value_or(now.us());
    reading.samples.resize(pods.ids.size());
    if (wants_requests) reading.requests.resize(pods.ids.size());
    for (std::size_t i = 0; i < pods.ids.size(); ++i) {
        const PodId id = pods.ids[i];
        if (is_of_resource) {
            reading.samples[i] = usage_sample(spec, world, sampler, metric, id);
        } else if (const auto value = value_of_pod(spec, world, metric.feed, id, now)) {
            reading.samples[i] = Sample{*value, seen, metric.feed.window.us()};
        }
        if (!wants_requests) continue;
        const TemplateIx pod_template = world.pods[id].pod_template;
        if (pod_template != last_template) request = request_of(spec[pod_template], metric);
        last_template = pod_template;
        reading.requests[i] = request;
    }
    // An answer without a sample is an error to the controller's client.
    reading.has_failed = std::ranges::none_of(reading.samples, [](const auto& one) { return one.has_value(); });
    return reading;
}

}  // namespace

ScaledPods pods_of(const Spec& spec, const World& world, WorkloadIx target) {
    ScaledPods pods;
    pods.ids.reserve(static_cast<std::size_t>(world[target].active));
    pods.views.reserve(pods.ids.capacity());
    for (PodId id = world[target].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        pods.ids.push_back(id);
        pods.views.push_back(view_of(spec, world, id));
    }
    return pods;
}

Reading reading_of(const Spec& spec, const World& world, const sim::DrawSource& key, const ScalerMetric& metric,
                   const ScaledPods& pods, sim::Time now) {
    if (metric.metric.source != MetricSource::object && metric.metric.source != MetricSource::external)
        return reading_of_pods(spec, world, key, metric, pods, now);
    Reading reading;
    const auto value = value_of_feed(spec, world, metric, now);
    reading.has_failed = !value;
    reading.value_milli = value.value_or(0);
    return reading;
}

}  // namespace eks::hpa
