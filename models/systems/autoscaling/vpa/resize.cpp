#include "models/systems/autoscaling/vpa/resize.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::int32_t first_minor_with_resizes = 33;
// Of the kubelet's allocation manager: after the first time that it has put one off, and then.
constexpr sim::Duration first_retry = sim::Duration::seconds(30);
constexpr sim::Duration later_retries = sim::Duration::minutes(3);

void resize(const Spec& spec, World& world, Turn& turn, PodId id, TemplateIx to) {
    const TemplateIx from = world.pods[id].pod_template;
    const Resources had = spec[from].requests;
    note_room(world, turn, id, -1);
    resize_pod(spec, world, id, to);
    note_room(world, turn, id, +1);
    const Pod& pod = world.pods[id];
    node_load_changes(spec, world, turn, pod.node);
    traffic_changes(spec, world, turn, pod.workload);  // its limits may be others
    scaled_pods_change(spec, world, turn, pod.workload);
    const Resources& has = spec[to].requests;
    if (has.cpu_milli < had.cpu_milli || has.memory_bytes < had.memory_bytes)
        wake_pool(spec, world, turn, ClusterChange::resources_added, pod.node);
}

ResizeState answer_of_kubelet(const Spec& spec, const World& world, const Pod& pod, TemplateIx to) {
    const Node& node = world.nodes[pod.node];
    const Resources& allocatable = spec[node.shape].allocatable;
    if (!fits(spec[to].requests, allocatable)) return ResizeState::infeasible;
    const Resources with_it = node.requested - spec[pod.pod_template].requests + spec[to].requests;
    return fits(with_it, allocatable) ? ResizeState::asked : ResizeState::deferred;
}

}  // namespace

bool takes_resize(const Spec& spec, const World& world, PodId id, TemplateIx to) {
    return spec.kubernetes.minor >= first_minor_with_resizes && spec[to].qos == spec[world.pods[id].pod_template].qos &&
           quotas_allow_resize(spec, world, id, to);
}

void drop_resizing(const Spec& spec, World& world, Turn& turn, VerticalScalerState& state, std::size_t place) {
    const PodResizing dropped = state.resizings[place];
    state.resizings.erase(state.resizings.begin() + static_cast<std::ptrdiff_t>(place));
    charge_resize(spec, world, turn, dropped.to, dropped.from);
}

void ask_for_resize(const Spec& spec, World& world, Turn& turn, std::uint32_t scaler, PodId id, TemplateIx to) {
    VerticalScalerState& state = world.pod_scaling.vertical[scaler];
    const auto earlier = std::ranges::find(state.resizings, id, &PodResizing::pod);
    if (earlier != state.resizings.end())
        drop_resizing(spec, world, turn, state, static_cast<std::size_t>(earlier - state.resizings.begin()));
    const TemplateIx from = world.pods[id].pod_template;
    state.resizings.push_back({id, to, from, turn.now()});
    charge_resize(spec, world, turn, from, to);
    turn.note(VerticalUpdateFact{scaler, VerticalUpdate::resized});
    turn.after(write_latency(spec, world) + spec.latencies.watch_delivery, PodResize{scaler, id, 0});
}

void on(const Spec& spec, World& world, Turn& turn, const PodResize& event) {
    VerticalScalerState& state = world.pod_scaling.vertical[event.scaler];
    const auto resizing = std::ranges::find(state.resizings, event.pod, &PodResizing::pod);
    if (resizing == state.resizings.end() || resizing->tries != event.tries) return;
    const Pod* const pod = world.pods.find(event.pod);
    if (pod == nullptr || pod->terminating || !containers_run(*pod)) {
        const auto place = static_cast<std::size_t>(resizing - state.resizings.begin());
        return drop_resizing(spec, world, turn, state, place);
    }
    resizing->state = answer_of_kubelet(spec, world, *pod, resizing->to);
    if (resizing->state == ResizeState::infeasible) return;
    if (resizing->state == ResizeState::deferred) {
        const sim::Duration wait = resizing->tries == 0 ? first_retry : later_retries;
        turn.after(wait, PodResize{event.scaler, event.pod, ++resizing->tries});
        return;
    }
    const TemplateIx to = resizing->to;
    state.resizings.erase(resizing);
    resize(spec, world, turn, event.pod, to);
}

void try_deferred_resizes(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (std::uint32_t i = 0; i < spec.pod_scaling.vertical.size(); ++i) {
        for (PodResizing& each : world.pod_scaling.vertical[i].resizings) {
            const Pod* const pod = world.pods.find(each.pod);
            if (each.state != ResizeState::deferred || pod == nullptr || pod->node != node) continue;
            turn.after(sim::Duration::zero(), PodResize{i, each.pod, ++each.tries});
        }
    }
}

}  // namespace eks
