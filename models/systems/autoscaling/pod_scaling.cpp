// Who wakes those that scale pods, so that they may sleep while nothing changes.
#include "models/systems/autoscaling/pod_scaling.hpp"

#include "models/systems/autoscaling/hpa/loop.hpp"
#include "models/systems/autoscaling/keda/poll.hpp"
#include "models/systems/autoscaling/metric_chain.hpp"
#include "models/systems/autoscaling/metrics_server.hpp"
#include "models/systems/autoscaling/past.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

void wake_all(const Spec& spec, World& world, Turn& turn) {
    for (std::uint32_t i = 0; i < spec.pod_scaling.horizontal.size(); ++i) hpa::wake(spec, world, turn, i);
    for (std::uint32_t i = 0; i < spec.pod_scaling.objects.size(); ++i) keda::wake_poll(spec, world, turn, i);
}

}  // namespace

void open_pod_scaling(const Spec& spec, World& world, Turn& turn) {
    if (spec.pod_scaling.is_empty()) return;
    open_metrics_server(spec, world, turn.key());
    open_metric_chains(spec, world, turn.key());
    open_horizontal_scalers(spec, world, turn);
    open_keda(spec, world, turn);
    open_vertical_scalers(spec, world, turn);
    open_advice(spec, world, turn);
}

void pod_readiness_changed(const Spec& spec, World& world, Turn& turn, PodId pod) {
    if (spec.pod_scaling.is_empty()) return;
    auto& since = world.pod_scaling.ready_since;
    if (pod.slot >= since.size()) since.resize(std::size_t{pod.slot} + 1);
    since[pod.slot] = turn.now();
    const WorkloadIx workload = world.pods[pod].workload;
    const auto is_it = [&](WorkloadIx ix) { return ix == workload; };
    const PodScaling& scaling = spec.pod_scaling;
    if (std::ranges::any_of(scaling.metrics_server.pods, is_it) || std::ranges::any_of(scaling.keda, is_it)) {
        metrics_server_changes(spec, world, turn.now());
        wake_all(spec, world, turn);
    }
    if (metric_chains_change(spec, world, workload, turn.now())) wake_all(spec, world, turn);
    scaled_pods_change(spec, world, turn, workload);
}

void scaled_pods_change(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    if (spec.pod_scaling.is_empty()) return;
    for (const std::uint32_t i : spec.pod_scaling.horizontal_of[workload.value]) hpa::wake(spec, world, turn, i);
    for (const std::uint32_t i : spec.pod_scaling.objects_of[workload.value]) keda::wake_poll(spec, world, turn, i);
}

void traffic_has_changed(const Spec& spec, World& world, Turn& turn) {
    if (spec.pod_scaling.is_empty()) return;
    if (note_past(spec, world, turn.now())) wake_all(spec, world, turn);
}

void kubelets_change(const Spec& spec, World& world, Turn& turn) {
    if (!spec.pod_scaling.is_empty()) wake_all(spec, world, turn);
}

}  // namespace eks
