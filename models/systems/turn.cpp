#include "models/systems/turn.hpp"

namespace eks {

std::vector<sim::LaneDefinition> lanes(const Spec& spec) {
    const Latencies& l = spec.latencies;
    const auto in_order = [](sim::Rank rank) { return sim::LaneDefinition{sim::Duration::zero(), rank}; };
    return {{l.sandbox_start, SandboxMade::rank},
            {l.sandbox_stop, SandboxStopped::rank},
            {l.scheduling_cycle, SchedulingCycle::rank},
            in_order(ContainersRunning::rank),
            in_order(PodBound::rank),
            in_order(PodAppears::rank),
            in_order(PodRemoved::rank),
            in_order(JobCreated::rank),
            in_order(JobSync::rank),
            in_order(JobStatusWritten::rank),
            in_order(JobDeleted::rank)};
}

void wait_for(World& world, Turn& turn, PodId id, WaitCause cause) {
    Pod& pod = world.pods[id];
    if (pod.was_ready || pod.cause == cause) return;
    turn.note(PodWaitsFact{id, pod.workload, pod.cause, cause, turn.now() - pod.cause_since});
    pod.cause = cause;
    pod.cause_since = turn.now();
}

void end_wait(World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (pod.was_ready) return;
    turn.note(PodStartedFact{id, pod.workload, pod.cause, turn.now() - pod.cause_since, turn.now() - pod.created});
    pod.was_ready = true;
    pod.cause = WaitCause::none;
    pod.cause_since = turn.now();
}

void give_up_wait(World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (pod.was_ready || pod.cause == WaitCause::none) return;
    turn.note(PodGaveUpFact{id, pod.workload, pod.cause, turn.now() - pod.cause_since});
    pod.cause = WaitCause::none;
}

void note_use(const Spec& spec, Turn& turn, const Pod& pod, std::int32_t change) {
    const Usage* usage = spec.usage_of(pod.workload);
    if (usage != nullptr && !usage->follows_traffic) turn.note(PodUsesFact{pod.workload, change});
}

void note_volumes(const Spec& spec, Turn& turn, const Pod& pod) {
    for (const VolumeClaim& claim : spec[pod.pod_template].own_claims) {
        if (claim.takes_attachment) turn.note(VolumeMadeFact{claim.bytes});
    }
}

// What of an instance that has ended is held is paid for by nobody.
void note_room(const World& world, Turn& turn, PodId id, std::int32_t change) {
    const Pod& pod = world.pods[id];
    if (!pod.holds_resources) return;
    const Node& node = world.nodes[pod.node];
    if (node.has_instance()) turn.note(PodRoomFact{pod.workload, pod.pod_template, node.shape, change});
}

void note_readiness(Turn& turn, PodId id, const Pod& pod, std::int32_t change) {
    turn.note(PodReadyFact{pod.workload, pod.node, change});
    if (pod.address == AddressState::undisputed) return;
    const AddressState none = AddressState::undisputed;
    turn.note(change > 0 ? PodAddressFact{id, pod.workload, none, pod.address}
                         : PodAddressFact{id, pod.workload, pod.address, none});
}

void set_phase(World& world, Turn& turn, PodId id, PodPhase phase) {
    Pod& pod = world.pods[id];
    if (pod.phase == phase) return;
    turn.note(PodPhaseFact{pod.workload, pod.phase, phase});
    pod.phase = phase;
}

void mark_disrupted(World& world, Turn& turn, PodId id, Disruption why) {
    Pod& pod = world.pods[id];
    if (is_disrupted(pod)) return;
    pod.disruption = why;
    turn.note(PodDisruptedFact{pod.workload, why});
}

namespace {

Written written(const Spec& spec, const World& world, Turn& turn, CallBudget& budget, CallPace pace,
                std::uint8_t client, sim::Time at) {
    const sim::Time out = call_goes_out(budget, pace, at);
    if (out > at) turn.note(ApiCallFact{client, 1, out - at});
    const sim::Time done = out + write_latency(spec, world);
    return {done, done + spec.latencies.watch_delivery};
}

}  // namespace

Written write_call(const Spec& spec, World& world, Turn& turn, Controller controller, sim::Time at) {
    const auto client = static_cast<std::uint8_t>(controller);
    const CallPace pace = control_plane_pace(spec, world, spec.latencies.controller, turn.now());
    return written(spec, world, turn, world.controller_calls[client], pace, client, at);
}

Written write_call_of_scheduler(const Spec& spec, World& world, Turn& turn) {
    const CallPace pace = control_plane_pace(spec, world, spec.latencies.scheduler, turn.now());
    return written(spec, world, turn, world.scheduler.calls, pace, api_client_scheduler, turn.now());
}

Written write_call_of_kubelet(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const KubeletSettings& kubelet = spec[world.nodes[node].shape].kubelet;
    const ClientLimit limit =
        kubelet.api_qps > 0 ? ClientLimit{kubelet.api_qps, kubelet.api_burst} : spec.latencies.kubelet;
    return written(spec, world, turn, world.nodes[node].kubelet_calls, pace_of(limit), api_client_kubelet, turn.now());
}

}  // namespace eks
