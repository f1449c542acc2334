#include "models/systems/autoscaling/advice/usage_points.hpp"

#include "models/systems/autoscaling/metrics_server.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <cmath>

namespace eks {

namespace {

constexpr double micros = 1e6;

std::uint32_t steps_of_history(const krr::Settings& krr) {
    return static_cast<std::uint32_t>(std::max<std::int64_t>(krr.history.us() / krr.step.us(), 1));
}

// The first step that a query still sees.
std::uint32_t oldest_step(const Spec& spec, const World& world) {
    const std::uint32_t steps = steps_of_history(spec.pod_scaling.advice.krr);
    const std::uint32_t taken = world.pod_scaling.advice.steps;
    return taken > steps ? taken - steps : 0;
}

void add_point(std::vector<UsagePoints>& points, std::uint32_t step, std::int64_t value) {
    if (!points.empty() && points.back().value == value && points.back().end() == step)
        ++points.back().times;
    else
        points.push_back({step, 1, value});
}

// The pod's place, behind all others if it is new. Pods are asked for in about the order in which they stand there, so
// that the search begins at the last one found.
std::size_t place_of(std::vector<PodUsage>& pods, PodId id, std::size_t from) {
    for (std::size_t i = 0; i < pods.size(); ++i) {
        const std::size_t place = (from + i) % pods.size();
        if (pods[place].pod == id) return place;
    }
    pods.push_back({id, {}, {}});
    return pods.size() - 1;
}

// cAdvisor is part of the kubelet, which tells nothing while it is silent.
bool is_scraped(const World& world, const Pod& pod) {
    if (!containers_run(pod)) return false;
    const Node& node = world.nodes[pod.node];
    return !node.health.is_silent() && node.has_instance();
}

void take_points_of(const Spec& spec, World& world, std::size_t row, sim::Time now) {
    const AdviceSettings& advice = spec.pod_scaling.advice;
    const WorkloadIx workload = advice.workloads[row];
    const Usage* usage = spec.usage_of(workload);
    if (usage == nullptr) return;
    AdviceState& state = world.pod_scaling.advice;
    std::size_t place = 0;
    for_each_pod(world, workload, [&](PodId id, const Pod& pod) {
        if (!is_scraped(world, pod)) return;
        const std::int64_t from = now.us() - advice.krr.step.us();
        const PodUse used = use_of_pod(spec, world, id, from, now.us());
        place = place_of(state.pods[row], id, place);
        PodUsage& kept = state.pods[row][place];
        const std::int64_t started = is_from_before(spec, pod) ? long_ago_us : pod.started.us();
        if (usage->states_cpu && started <= from) {
            const double cores = used.core_seconds / advice.krr.step.in_seconds();
            add_point(kept.cpu, state.steps, static_cast<std::int64_t>(std::llround(cores * micros)));
        }
        if (usage->states_memory) add_point(kept.memory, state.steps, used.memory);
    });
}

void forget_before(std::vector<UsagePoints>& points, std::uint32_t step) {
    std::erase_if(points, [step](const UsagePoints& one) { return one.end() <= step; });
}

}  // namespace

sim::Time first_advice_step(const Spec& spec) {
    const std::int64_t step = spec.pod_scaling.advice.krr.step.us();
    const std::int64_t into = spec.start_unix_seconds * static_cast<std::int64_t>(micros) % step;
    return sim::Time::origin() + sim::Duration::microseconds(into == 0 ? step : step - into);
}

void take_advice_points(const Spec& spec, World& world, sim::Time now) {
    for (std::size_t row = 0; row < spec.pod_scaling.advice.workloads.size(); ++row)
        take_points_of(spec, world, row, now);
    ++world.pod_scaling.advice.steps;
}

void forget_old_points(const Spec& spec, World& world) {
    const std::uint32_t oldest = oldest_step(spec, world);
    if (oldest == 0) return;
    for (auto& pods : world.pod_scaling.advice.pods) {
        for (PodUsage& pod : pods) {
            forget_before(pod.cpu, oldest);
            forget_before(pod.memory, oldest);
        }
        std::erase_if(pods, [](const PodUsage& pod) { return pod.cpu.empty() && pod.memory.empty(); });
    }
}

std::vector<krr::Series> usage_series(const Spec& spec, const World& world, std::size_t row, UsageKind kind) {
    const std::uint32_t oldest = oldest_step(spec, world);
    std::vector<krr::Series> series;
    for (const PodUsage& pod : world.pod_scaling.advice.pods[row]) {
        krr::Series points;
        for (const UsagePoints& one : kind == UsageKind::cpu ? pod.cpu : pod.memory) {
            if (one.end() <= oldest) continue;
            const double value = static_cast<double>(one.value);
            points.push_back(
                {kind == UsageKind::cpu ? value / micros : value, one.end() - std::max(one.first, oldest)});
        }
        if (!points.empty()) series.push_back(std::move(points));
    }
    return series;
}

}  // namespace eks
