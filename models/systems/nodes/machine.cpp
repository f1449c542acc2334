// A machine that stops and comes back, a kubelet that is away, and a container runtime that does not answer.
//
// A machine that stops takes all containers with it, and what it was about is void: when it is back its kubelet starts
// anew what is still to run (KUBELET-32). A kubelet or a runtime that does not act leaves containers alone; what is due
// to a pod meanwhile is held in the pod's row, one step a pod, since a worker does one thing at a time (KUBELET-11).
#include "models/systems/nodes/machine.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/nodes/bootstrap.hpp"
#include "models/systems/nodes/eviction.hpp"
#include "models/systems/nodes/images.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/nodes/node_lifecycle.hpp"
#include "models/systems/nodes/readiness.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

// KUBELET-14: a kubelet that is told of many pods at once handles them by age. The order of the chain, which decides
// among pods of one instant, is itself constant.
std::vector<PodId> pods_on(const World& world, NodeId node) {
    std::vector<PodId> pods;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) pods.push_back(id);
    std::ranges::stable_sort(pods, {}, [&](PodId id) { return world.pods[id].created; });
    return pods;
}

void do_held_step(World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    const HeldStep step = pod.held;
    const std::uint32_t epoch = pod.epoch;
    const sim::Time now = turn.now();
    pod.held = HeldStep::none;
    switch (step) {
        case HeldStep::none: break;
        case HeldStep::bound: turn.at(now, PodBound{id}); break;
        case HeldStep::sandbox_made: turn.at(now, SandboxMade{id, epoch}); break;
        case HeldStep::sandbox_retry: turn.at(now, SandboxRetry{id, epoch}); break;
        case HeldStep::endpoint_ready: turn.at(now, EndpointReady{id, epoch}); break;
        case HeldStep::image_pulled: turn.at(now, ImagePulled{id, epoch}); break;
        case HeldStep::containers_go_on: turn.at(now, ContainersGoOn{id, epoch}); break;
        case HeldStep::init_container_done: turn.at(now, InitContainerDone{id, epoch}); break;
        case HeldStep::init_container_restarts: turn.at(now, InitContainerRestarts{id, epoch}); break;
        case HeldStep::containers_running: turn.at(now, ContainersRunning{id, epoch}); break;
        case HeldStep::became_ready: turn.at(now, PodBecameReady{id, epoch}); break;
        case HeldStep::container_exit_seen: turn.at(now, ContainerExitSeen{id, epoch}); break;
        case HeldStep::deletion: turn.at(now, PodDeleteRequested{id}); break;
        case HeldStep::sandbox_stopped: turn.at(now, SandboxStopped{id, epoch}); break;
        case HeldStep::volumes_retry: turn.at(now, VolumesRetry{id, epoch, 0}); break;
    }
}

// Kubelet and runtime act again: what was held is done, and the node is Ready if it was before.
void act_again(const Spec& spec, World& world, Turn& turn, NodeId id) {
    for (const PodId pod : pods_on(world, id)) do_held_step(world, turn, pod);
    sidecars_go_on(spec, world, turn, id);
    const Node& node = world.nodes[id];
    if (node.ready_at != sim::Time::never() || answering_daemon(node).serves)
        kubelet_reports_ready(spec, world, turn, id);
    else if (node.state == NodeState::unreachable)
        set_node_state(spec, world, turn, id, NodeState::registered);
    watch_pressure(spec, world, turn, id);
}

// KUBELET-32: the sandbox died with the machine.
void start_anew(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (pod.stage != PodStage::lost) return;
    if (pod.seems_ready) {
        end_readiness_of(spec, world, turn, id);
        pod.seems_ready = false;
    }
    ++pod.epoch;
    pod.has_sandbox = false;
    pod.is_target = pod.is_healthy_target = false;  // it gets another address
    pod.next_container = 0;
    const bool had_run = pod.started != sim::Time::origin() || pod.phase == PodPhase::running;
    const bool may_not_restart = had_run && spec[pod.pod_template].restart_policy == RestartPolicy::never;
    if (pod.terminating || pod.is_evicted || may_not_restart) {
        pod.stage = PodStage::stopping;
        pod.failed = true;
        pod.finished = turn.now();
        turn.after(lane(Lane::sandbox_stopped), SandboxStopped{id, pod.epoch});
        return;
    }
    if (had_run) {
        ++pod.restarts;
        turn.note(ContainerRestartedFact{pod.workload});
    }
    pod.stage = PodStage::binding;
    start_on_node(spec, world, turn, id);
}

}  // namespace

void lose_pod(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (pod.stage == PodStage::finished || pod.stage == PodStage::lost) return;
    if (containers_run(pod)) note_use(spec, turn, pod, -1);
    if (pod.stage == PodStage::stuck && !waits_for_network(pod)) --world.nodes[pod.node].stuck_pods;
    leave_crash_loop(turn, pod);
    pod.seems_ready = pod.stage == PodStage::ready;
    if (pod.seems_ready || spec[pod.pod_template].runs_to_completion) traffic_changes(spec, world, turn, pod.workload);
    scaled_pods_change(spec, world, turn, pod.workload);
    end_hiding(spec, world, turn, pod);
    pod.held = HeldStep::none;
    pod.forced_end = ForcedEnd::none;
    pod.stage = PodStage::lost;
    ++pod.epoch;
    telemetry_changes(spec, world, turn);
}

void wait_for_node(World& world, Turn& turn, PodId id) {
    if (world.pods[id].cause != WaitCause::none) wait_for(world, turn, id, WaitCause::node_down);
}

bool has_to_wait(World& world, Turn& turn, PodId id, HeldStep step) {
    Pod& pod = world.pods[id];
    if (world.nodes[pod.node].health.acts()) return false;
    pod.held = step;
    if (!containers_run(pod)) wait_for_node(world, turn, id);
    return true;
}

void stop_machine(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (node.health.is_down || !node.has_instance()) return;
    if (!node.health.kubelet_is_away) kubelet_fell_silent(spec, world, turn, id);
    node.health.is_down = true;
    ++node.health.outage;
    node.health.kubelet_is_away = node.health.runtime_is_frozen = false;
    for (const PodId pod : pods_on(world, id)) {
        if (world.pods[pod].stage == PodStage::binding) continue;  // lost when it gets there
        lose_pod(spec, world, turn, pod);
        wait_for_node(world, turn, pod);
    }
    kernel_is_lost(spec, world, turn, id);
    end_pulls(spec, world, turn, id);
    outside_use_changes(spec, world, turn, id);
    stop_cni(spec, world, turn, id);
    turn.after(spec.latencies.instance_impaired, InstanceImpaired{id, node.health.outage});
}

void start_machine(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (!node.health.is_down || !node.has_instance()) return;
    node.health.is_down = false;
    kernel_is_back(world, turn, id);
    kubelets_change(spec, world, turn);
    back_in_service(spec, world, turn, id);
    kubelet_is_heard(world, turn, id);
    // One that was on its way into the cluster begins again.
    if (node.state == NodeState::launching) {
        turn.after(spec.latencies.node_register, NodeRegistered{id});
        return;
    }
    if (!node.cni.is_placed) turn.after(spec.latencies.node_ready, NodeNetworkReady{id});
    act_again(spec, world, turn, id);
    for (const PodId pod : pods_on(world, id)) start_anew(spec, world, turn, pod);
    run_cni(spec, world, turn, id);
}

void stop_kubelet(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (node.health.is_silent() || !node.has_instance()) return;
    kubelet_fell_silent(spec, world, turn, id);
    node.health.kubelet_is_away = true;
}

void start_kubelet(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (!node.health.kubelet_is_away || !node.has_instance()) return;
    node.health.kubelet_is_away = false;
    kubelets_change(spec, world, turn);
    kubelet_is_heard(world, turn, id);
    if (node.health.runtime_is_frozen) return runtime_fell_silent(spec, world, turn, id);
    act_again(spec, world, turn, id);
}

void freeze_runtime(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (node.health.is_down || node.health.runtime_is_frozen || !node.has_instance()) return;
    node.health.runtime_is_frozen = true;
    if (!node.health.kubelet_is_away) runtime_fell_silent(spec, world, turn, id);
}

void thaw_runtime(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (!node.health.runtime_is_frozen || !node.has_instance()) return;
    node.health.runtime_is_frozen = false;
    if (node.health.kubelet_is_away) return;
    kubelet_is_heard(world, turn, id);
    act_again(spec, world, turn, id);
}

}  // namespace eks
