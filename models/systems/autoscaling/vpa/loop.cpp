// The recommender's loop, once a minute over all VerticalPodAutoscalers (VPA-14): it reads metrics-server, learns, and
// recommends. It begins without a history.
#include "models/systems/autoscaling/metrics_server.hpp"
#include "models/systems/autoscaling/pod_scaling.hpp"
#include "models/systems/autoscaling/vpa/admission.hpp"
#include "models/systems/autoscaling/vpa/new_pods.hpp"
#include "models/systems/autoscaling/vpa/recommendation.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/world/sizing.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

std::int64_t unix_us(const Spec& spec, std::int64_t at_us) { return spec.start_unix_seconds * 1'000'000 + at_us; }

// The row of the pod, which is made for one that is new.
WatchedPod& watched_pod(const Spec& spec, const World& world, VerticalScalerState& state, PodId pod) {
    auto at = std::ranges::lower_bound(state.pods, pod.slot, {}, [](const WatchedPod& each) { return each.pod.slot; });
    if (at == state.pods.end() || at->pod != pod) at = state.pods.insert(at, {pod, {}});
    const PodTemplate& t = spec[world.pods[pod].pod_template];
    at->instance.memory_request_bytes = t.containers.front().requests.memory_bytes;
    return *at;
}

void learn(const Spec& spec, World& world, const Turn& turn, const VerticalScaler& scaler, VerticalScalerState& state) {
    std::erase_if(state.pods, [&](const WatchedPod& watched) { return world.pods.find(watched.pod) == nullptr; });
    const Usage* usage = spec.usage_of(scaler.target);
    if (usage == nullptr) return;
    for_each_pod(world, scaler.target, [&](PodId id, const Pod&) {
        const auto sample = sample_of_pod(spec, world, turn.key(), id, turn.now());
        if (!sample) return;
        vpa::Instance& instance = watched_pod(spec, world, state, id).instance;
        const std::int64_t at = unix_us(spec, sample->at_us);
        if (usage->states_cpu) vpa::add_cpu(state.aggregate, instance, at, sample->cpu_milli);
        if (usage->states_memory) vpa::add_memory(state.aggregate, instance, at, sample->memory_bytes);
    });
}

// Nothing of a resource that it does not control, or whose use nobody states.
vpa::Recommendation recommended(const Spec& spec, const VerticalScaler& scaler, const VerticalScalerState& state) {
    vpa::Recommendation advice =
        vpa::capped(vpa::recommendation_of(state.aggregate, 1, spec.pod_scaling.vertical_processes.recommends),
                    vpa::amounts_in(spec.template_of(scaler.target).containers.front()), scaler.policy, {});
    const Usage& usage = *spec.usage_of(scaler.target);
    for (vpa::Amounts* const each : {&advice.target, &advice.lower_bound, &advice.upper_bound}) {
        if (!scaler.policy.controls_cpu || !usage.states_cpu) each->cpu_milli = 0;
        if (!scaler.policy.controls_memory || !usage.states_memory) each->memory_bytes = 0;
    }
    return advice;
}

void show_amounts(Turn& turn, std::uint32_t scaler, AdviceBound bound, vpa::Amounts& was, const vpa::Amounts& is) {
    if (was == is) return;
    turn.note(AdviceFact{scaler, bound, is.cpu_milli - was.cpu_milli, is.memory_bytes - was.memory_bytes});
    was = is;
}

}  // namespace

void open_vertical_scalers(const Spec& spec, World&, Turn& turn) {
    if (spec.pod_scaling.vertical.empty()) return;
    turn.after(spec.pod_scaling.vertical_processes.recommends.period, VpaLoop{});
    open_vertical_updater(spec, turn);
}

void on(const Spec& spec, World& world, Turn& turn, const VpaLoop&) {
    turn.after(spec.pod_scaling.vertical_processes.recommends.period, VpaLoop{});
    if (!runs_vertical_process(spec, world, &VerticalProcesses::recommender)) return;
    bool is_new = false;
    for (std::uint32_t i = 0; i < spec.pod_scaling.vertical.size(); ++i) {
        const VerticalScaler& scaler = spec.pod_scaling.vertical[i];
        VerticalScalerState& state = world.pod_scaling.vertical[i];
        learn(spec, world, turn, scaler, state);
        if (state.aggregate.cpu_samples == 0 && state.aggregate.memory.is_empty()) continue;
        const vpa::Recommendation advice = recommended(spec, scaler, state);
        is_new = is_new || advice.target != state.target;
        show_amounts(turn, i, AdviceBound::lower, state.lower_bound, advice.lower_bound);
        show_amounts(turn, i, AdviceBound::target, state.target, advice.target);
        show_amounts(turn, i, AdviceBound::upper, state.upper_bound, advice.upper_bound);
    }
    if (!is_new) return;
    vpa::renew_admissions(spec, world);
    if (world.sizing.spec != nullptr) forget_idle_templates(*world.sizing.spec, world);
}

// VPA-6
void container_out_of_memory(const Spec& spec, World& world, Turn& turn, PodId pod) {
    if (!runs_vertical_process(spec, world, &VerticalProcesses::recommender)) return;
    for (std::size_t i = 0; i < spec.pod_scaling.vertical.size(); ++i) {
        if (spec.pod_scaling.vertical[i].target != world.pods[pod].workload) continue;
        VerticalScalerState& state = world.pod_scaling.vertical[i];
        WatchedPod& watched = watched_pod(spec, world, state, pod);
        watched.killed = turn.now();
        watched.had_started = world.pods[pod].started;
        vpa::add_oom(state.aggregate, watched.instance, unix_us(spec, turn.now().us()));
    }
}

void pod_templates_change(const Spec& spec, World& world) {
    if (!spec.pod_scaling.vertical.empty()) vpa::renew_admissions(spec, world);
}

}  // namespace eks
