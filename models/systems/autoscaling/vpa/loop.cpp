// The recommender's loop, once a minute over all VerticalPodAutoscalers: it reads metrics-server, learns, and
// recommends. What it recommends is shown and no more: requests of pods do not change in a run. That Kubernetes knows
// of killed containers (VPA-6) is left out.
#include "models/systems/autoscaling/metrics_server.hpp"
#include "models/systems/autoscaling/pod_scaling.hpp"
#include "models/systems/autoscaling/vpa/admission.hpp"
#include "models/systems/autoscaling/vpa/recommendation.hpp"
#include "models/systems/handlers.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr sim::Duration recommender_period = sim::Duration::minutes(1);

// The row of the pod, which is made for one that is new.
vpa::Instance& instance_of(VerticalScalerState& state, PodId pod, Bytes memory_request) {
    const auto known = std::ranges::find(state.pods, pod, &WatchedPod::pod);
    if (known != state.pods.end()) return known->instance;
    state.pods.push_back({pod, {}});
    state.pods.back().instance.memory_request_bytes = memory_request;
    return state.pods.back().instance;
}

void learn(const Spec& spec, World& world, const Turn& turn, const VerticalScaler& scaler, VerticalScalerState& state) {
    std::erase_if(state.pods, [&](const WatchedPod& watched) { return world.pods.find(watched.pod) == nullptr; });
    const Usage* usage = spec.usage_of(scaler.target);
    if (usage == nullptr) return;
    for (PodId id = world[scaler.target].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const auto sample = sample_of_pod(spec, world, turn.key(), id, turn.now());
        if (!sample) continue;
        const PodTemplate& pod = spec[world.pods[id].pod_template];
        vpa::Instance& instance = instance_of(state, id, pod.containers.front().requests.memory_bytes);
        const std::int64_t at = spec.start_unix_seconds * 1'000'000 + sample->at_us;
        if (usage->states_cpu) vpa::add_cpu(state.aggregate, instance, at, sample->cpu_milli);
        if (usage->states_memory) vpa::add_memory(state.aggregate, instance, at, sample->memory_bytes);
    }
}

vpa::Recommendation recommended(const Spec& spec, const VerticalScaler& scaler, const VerticalScalerState& state) {
    const ContainerSpec& container = spec.template_of(scaler.target).containers.front();
    const auto amounts = [](const Resources& resources) {
        return vpa::Amounts{resources.cpu_milli, resources.memory_bytes};
    };
    return vpa::capped(vpa::recommendation_of(state.aggregate, 1),
                       {amounts(container.requests), amounts(container.limits)}, scaler.policy, {});
}

void show_amounts(Turn& turn, std::uint32_t scaler, AdviceBound bound, vpa::Amounts& was, const vpa::Amounts& is) {
    if (was == is) return;
    turn.note(AdviceFact{scaler, bound, is.cpu_milli - was.cpu_milli, is.memory_bytes - was.memory_bytes});
    was = is;
}

}  // namespace

void open_vertical_scalers(const Spec& spec, World&, Turn& turn) {
    if (!spec.pod_scaling.vertical.empty()) turn.after(recommender_period, VpaLoop{});
}

void on(const Spec& spec, World& world, Turn& turn, const VpaLoop&) {
    for (std::uint32_t i = 0; i < spec.pod_scaling.vertical.size(); ++i) {
        const VerticalScaler& scaler = spec.pod_scaling.vertical[i];
        VerticalScalerState& state = world.pod_scaling.vertical[i];
        learn(spec, world, turn, scaler, state);
        if (state.aggregate.cpu_samples == 0 && state.aggregate.memory.is_empty()) continue;
        const vpa::Recommendation advice = recommended(spec, scaler, state);
        show_amounts(turn, i, AdviceBound::lower, state.lower_bound, advice.lower_bound);
        show_amounts(turn, i, AdviceBound::target, state.target, advice.target);
        show_amounts(turn, i, AdviceBound::upper, state.upper_bound, advice.upper_bound);
    }
    turn.after(recommender_period, VpaLoop{});
}

}  // namespace eks
