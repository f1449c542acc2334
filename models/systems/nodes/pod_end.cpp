// The end of a pod: containers that exit by themselves, pods that are told to stop, and the address that cools
// afterwards (KUBELET-50 to KUBELET-52, IPAM-175).
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/nodes/eviction.hpp"
#include "models/systems/nodes/images.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/nodes/machine.hpp"
#include "models/systems/nodes/own_end.hpp"
#include "models/systems/nodes/readiness.hpp"
#include "models/systems/nodes/restart_backoff.hpp"
#include "models/systems/signals.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

bool run_fails(const Spec& spec, Turn& turn, const Pod& pod) {
    const PodTemplate& t = spec[pod.pod_template];
    if (!t.runs_to_completion) return own_end(spec, turn, pod, answers_after(spec, turn, pod)).fails;
    if (t.failure_rate_ppm == 0) return false;
    const std::uint64_t draw = sim::draw_below(
        turn.key(), {stream::failure, spec[pod.workload].stable_key, pod.ordinal, pod.restarts}, 1'000'000);
    return draw < static_cast<std::uint64_t>(t.failure_rate_ppm);
}

// From the moment at which the kubelet started the container to its end, which is seen a little later.
sim::Duration ran_since_restart(const Spec& spec, Turn& turn, const Pod& pod) {
    if (!spec[pod.pod_template].runs_to_completion || pod.forced_end != ForcedEnd::none)
        return spec.latencies.container_start + (turn.now() - pod.started);
    const double unit =
        sim::draw_unit(turn.key(), {stream::run_time, spec[pod.workload].stable_key, pod.ordinal, pod.restarts});
    return spec.latencies.container_start + spec[pod.pod_template].run_time.sample(unit);
}

// It has been ready until now.
void end_readiness(const Spec& spec, World& world, Turn& turn, PodId id, bool still_answers = false) {
    Pod& pod = world.pods[id];
    end_hiding(spec, world, turn, pod);
    if (pod.stage != PodStage::ready) return;
    pod.stage = PodStage::running;
    end_readiness_of(spec, world, turn, id, still_answers);
}

}  // namespace

void leave_crash_loop(Turn& turn, const Pod& pod) {
    if (is_in_crash_loop(pod)) turn.note(CrashLoopFact{pod.workload, -1});
}

// When the pod's worker looks again and finds the back-off over: it sleeps for what is left of it, for a minute at
// most, stretched by a draw, and then until the kubelet's tick (KUBELET-11, KUBELET-37).
sim::Time restarts_at(const Spec& spec, const World& world, Turn& turn, const Pod& pod, sim::Duration pause) {
    constexpr std::uint32_t draws_a_restart = 16;   // five minutes are five sleeps
    constexpr std::uint32_t first_draw = 1U << 24;  // below are those of the sandbox's retries
    const Node& node = world.nodes[pod.node];
    const sim::Time over = turn.now() + pause;
    sim::Time looks = sim::next_tick(turn.now(), node.kubelet_phase, spec.latencies.kubelet_tick);
    for (std::uint32_t n = 0; looks < over; ++n) {
        const sim::Duration left = std::min(over - looks, sim::Duration::minutes(1));
        const double stretch =
            0.5 * sim::draw_unit(turn.key(), {stream::kubelet_retry, spec[pod.workload].stable_key, pod.ordinal,
                                              first_draw + draws_a_restart * pod.restarts + n});
        const sim::Duration longer =
            sim::Duration::microseconds(static_cast<std::int64_t>(stretch * static_cast<double>(left.us())));
        looks = sim::next_tick(looks + left + longer, node.kubelet_phase, spec.latencies.kubelet_tick);
    }
    return looks;
}

void on(const Spec& spec, World& world, Turn& turn, const ContainerExitSeen& event) {
    Pod* pod = world.pods.find(event.pod);
    if (pod == nullptr || pod->epoch != event.epoch) return;
    if (has_to_wait(world, turn, event.pod, HeldStep::container_exit_seen)) return;
    if (pod->terminating || pod->stage == PodStage::stopping) {
        end_readiness(spec, world, turn, event.pod);
        turn.after(lane(Lane::sandbox_stopped), SandboxStopped{event.pod, pod->epoch});
        return;
    }
    note_use(spec, turn, *pod, -1);
    outside_use_changes(spec, world, turn, pod->node);
    telemetry_changes(spec, world, turn);
    const PodTemplate& t = spec[pod->pod_template];
    const bool was_killed = pod->forced_end != ForcedEnd::none;  // KUBELET-64
    const bool fails = was_killed || run_fails(spec, turn, *pod);
    end_readiness(spec, world, turn, event.pod);
    if (t.restart_policy == RestartPolicy::always || (fails && t.restart_policy == RestartPolicy::on_failure)) {
        // KUBELET-37, KUBELET-38: the container starts again in the same sandbox after its back-off.
        turn.note(ContainerRestartedFact{pod->workload});
        pod->backoff_step = backoff_step_at_end(pod->backoff_step, ran_since_restart(spec, turn, *pod));
        pod->forced_end = ForcedEnd::none;
        const sim::Time again = restarts_at(spec, world, turn, *pod, restart_backoff(pod->backoff_step));
        pod->backoff_step = std::min<std::uint8_t>(pod->backoff_step + 1, last_backoff_step);
        ++pod->restarts;
        pod->stage = PodStage::crashed;
        if (is_in_crash_loop(*pod)) turn.note(CrashLoopFact{pod->workload, +1});
        pod_use_changes(spec, world, turn, event.pod);
        wait_for(world, turn, event.pod, WaitCause::crash_backoff);
        turn.at(again + spec.latencies.container_start, ContainersRunning{event.pod, pod->epoch});
        pod_ended(spec, world, turn, event.pod, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
        return;
    }
    pod->failed = fails;
    pod->finished = turn.now();
    turn.after(lane(Lane::sandbox_stopped), SandboxStopped{event.pod, pod->epoch});
}

bool begin_stopping(const Spec& spec, World& world, Turn& turn, PodId id, sim::Time begins, sim::Duration grace) {
    Pod& pod = world.pods[id];
    const bool runs = pod.stage == PodStage::running || pod.stage == PodStage::ready;
    const bool uses = containers_run(pod);
    if (pod.stage == PodStage::ready && spec.data_paths.are_used)
        turn.at(begins + stop_duration(spec, turn, pod, grace), EndpointEnds{pod.workload});
    end_readiness(spec, world, turn, id, true);
    leave_crash_loop(turn, pod);
    if (pod.stage == PodStage::stuck && !waits_for_network(pod)) --world.nodes[pod.node].stuck_pods;
    if (uses) note_use(spec, turn, pod, -1);
    give_up_wait(world, turn, id);
    pod.stage = PodStage::stopping;
    ++pod.epoch;
    if (uses) outside_use_changes(spec, world, turn, pod.node);
    telemetry_changes(spec, world, turn);
    return runs;
}

void on(const Spec& spec, World& world, Turn& turn, const PodDeleteRequested& event) {
    Pod* pod = world.pods.find(event.pod);
    if (pod == nullptr || pod->stage == PodStage::stopping) return;
    // Its controller takes it out of the load balancer even if it has never been ready.
    if (pod->is_target) platform_pods_change(spec, world, turn, event.pod);
    if (pod->node.valid()) node_load_changes(spec, world, turn, pod->node);
    if (pod->stage == PodStage::lost)
        return;  // KUBELET-53: the object stays until its machine is back, or its node goes
    // Never bound, or ended already: the API server removes it at once (KUBELET-50).
    if (pod->stage == PodStage::queued || pod->stage == PodStage::finished) {
        turn.at(turn.now(), PodRemoved{event.pod});
        return;
    }
    if (has_to_wait(world, turn, event.pod, HeldStep::deletion)) return;
    sim::Time ends = turn.now();
    const sim::Duration grace = spec[pod->pod_template].termination_grace;
    if (begin_stopping(spec, world, turn, event.pod, ends, grace))
        ends = relist_after(spec, world, pod->node, ends + stop_duration(spec, turn, *pod, grace));
    turn.at(ends, ContainerExitSeen{event.pod, pod->epoch});
}

void on(const Spec& spec, World& world, Turn& turn, const SandboxStopped& event) {
    Pod* pod = world.pods.find(event.pod);
    if (pod == nullptr || pod->epoch != event.epoch) return;
    if (has_to_wait(world, turn, event.pod, HeldStep::sandbox_stopped)) return;
    const NodeId node = pod->node;
    if (pod->eni.valid() || pod->given_by != AddressGiver::only) take_back_address(spec, world, turn, event.pod);
    const Written status = write_call_of_kubelet(spec, world, turn, node);
    if (pod->terminating) {
        turn.at(lane(Lane::pod_removed), status.seen, PodRemoved{event.pod});
        return;
    }
    // SCHED-11: the terminal phase frees what it requested. The scheduler hears of it with the status, a few
    // milliseconds later.
    pod->stage = PodStage::finished;
    set_phase(world, turn, event.pod, pod->failed ? PodPhase::failed : PodPhase::succeeded);
    --world[pod->workload].active;
    note_room(world, turn, event.pod, -1);
    release_resources(spec, world, event.pod);
    release_branch_eni(spec, world, turn, event.pod);
    wake_pool(spec, world, turn, ClusterChange::pod_gone, node, pod->pod_template);
    pod_ended(spec, world, turn, event.pod, status.seen);
    if (pod->is_evicted)
        evicted_pod_is_gone(world, turn, node);
    else
        pod_use_changes(spec, world, turn, event.pod);
}

void on(const Spec& spec, World& world, Turn& turn, const PodRemoved& event) {
    Pod* pod = world.pods.find(event.pod);
    if (pod == nullptr) return;
    const NodeId nominated = pod->nominated;
    if (pod->place != QueuePlace::none || pod->unplaced != WaitCause::none) leave_queue(world, turn, event.pod);
    give_up_wait(world, turn, event.pod);
    // The end of a pod that is being deleted may be seen before it is told to stop.
    if (containers_run(*pod)) {
        note_use(spec, turn, *pod, -1);
        outside_use_changes(spec, world, turn, pod->node);
    }
    release_branch_eni(spec, world, turn, event.pod);
    forget_images_of(spec, world, event.pod, turn.now());
    const Pod gone = *pod;
    turn.note(PodRemovedFact{event.pod, gone.workload, gone.phase});
    note_room(world, turn, event.pod, -1);
    remove_pod(spec, world, event.pod);
    telemetry_changes(spec, world, turn);
    if (gone.holds_resources) wake_pool(spec, world, turn, ClusterChange::pod_gone, gone.node, gone.pod_template);
    // The room that it waited for is no longer meant for it (SCHED-11).
    if (nominated.valid()) wake_pool(spec, world, turn, ClusterChange::pod_gone, nominated, gone.pod_template);
    pod_gone(spec, world, turn, gone);
    if (gone.node.valid()) watch_pressure(spec, world, turn, gone.node);
    if (gone.node.valid())
        node_load_changes(spec, world, turn, gone.node);
    else
        waiting_pod_gone(spec, world, turn);
    pod_left_node(spec, world, turn, gone.node);
}

}  // namespace eks
