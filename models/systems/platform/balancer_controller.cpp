// The AWS Load Balancer Controller and the pods whose readiness gates it keeps (FR-30): it registers them with their
// target group, all that are due in one call, looks each 15 s at who is healthy, and opens their gates. Without it no
// new pod becomes ready; those that are stay so.
//
// Source: kubernetes-sigs/aws-load-balancer-controller, pkg/targetgroupbinding/resource_manager.go. Left out: pods are
// not taken out of their group by a call, and what an Ingress itself costs in calls when it is made.
#include "models/systems/platform/balancer_controller.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/platform/aws_api.hpp"
#include "models/systems/signals.hpp"

namespace eks {

namespace {

std::int32_t gate_of(const Spec& spec, const Pod& pod) { return spec[pod.pod_template].identity.gate; }

bool waits_at(const Spec& spec, const Pod& pod, std::uint32_t gate) {
    return pod.cause == WaitCause::target_health && gate_of(spec, pod) == static_cast<std::int32_t>(gate);
}

void sync_soon(World& world, Turn& turn, std::uint32_t gate, sim::Time at) {
    TargetGateState& state = world.identity.gates[gate];
    state.is_due = true;
    if (!world.identity.controller_runs || state.is_scheduled) return;
    state.is_scheduled = true;
    turn.at(at, TargetsSync{gate});
}

}  // namespace

bool waits_for_target(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Pod& pod = world.pods[id];
    const std::int32_t gate = gate_of(spec, pod);
    if (gate < 0 || pod.is_healthy_target) return false;
    if (pod.cause == WaitCause::target_health) return true;
    wait_for(world, turn, id, WaitCause::target_health);
    if (pod.is_target) {  // its containers began anew, behind the address that is registered
        turn.after(spec.identity.gates[static_cast<std::size_t>(gate)].healthy, TargetHealthy{id, pod.epoch});
        return true;
    }
    // Its controller sees it as an address of the slices.
    sync_soon(world, turn, static_cast<std::uint32_t>(gate), turn.now() + spec.latencies.watch_delivery);
    return true;
}

void on(const Spec& spec, World& world, Turn& turn, const TargetsSync& event) {
    TargetGateState& state = world.identity.gates[event.gate];
    state.is_scheduled = false;
    if (!world.identity.controller_runs) return;
    if (call_aws(spec, world, turn, AwsAction::register_targets, 1) == 0) {
        ++state.attempts;
        return sync_soon(world, turn, event.gate, turn.now() + aws_retry_pause(turn, event.gate, state.attempts));
    }
    state = {};
    for (auto&& [id, pod] : world.pods) {
        if (!waits_at(spec, pod, event.gate) || pod.is_target) continue;
        pod.is_target = true;
        turn.after(spec.identity.gates[event.gate].healthy, TargetHealthy{id, pod.epoch});
    }
}

void on(const Spec&, World& world, Turn& turn, const TargetHealthy& event) {
    Pod* pod = world.pods.find(event.pod);
    const bool is_meant = pod != nullptr && pod->epoch == event.epoch && pod->cause == WaitCause::target_health;
    if (!is_meant || !world.identity.controller_runs) return;
    pod->is_healthy_target = true;
    turn.at(turn.now(), PodBecameReady{event.pod, event.epoch});
}

void balancer_controller_changes(const Spec& spec, World& world, Turn& turn) {
    const bool runs = world[spec.identity.balancer_controller].ready > 0;
    if (world.identity.controller_runs == runs) return;
    world.identity.controller_runs = runs;
    if (!runs) return;
    for (std::uint32_t gate = 0; gate < world.identity.gates.size(); ++gate) {
        if (world.identity.gates[gate].is_due) sync_soon(world, turn, gate, turn.now());
    }
    // Targets of before it went have become healthy meanwhile, or will.
    for (const auto& [id, pod] : world.pods) {
        const std::int32_t gate = gate_of(spec, pod);
        if (gate >= 0 && pod.cause == WaitCause::target_health && pod.is_target)
            turn.after(spec.identity.gates[static_cast<std::size_t>(gate)].healthy, TargetHealthy{id, pod.epoch});
    }
}

}  // namespace eks
