// The AWS Load Balancer Controller and the pods whose readiness gates it keeps (FR-30): it registers them with their
// target group, looks each 15 s at who is healthy, and opens their gates. In the same reconcile, and first, it takes
// out targets whose pods have gone. Without it no new pod becomes ready; those that are stay so.
//
// Source: kubernetes-sigs/aws-load-balancer-controller, pkg/targetgroupbinding/resource_manager.go and
// targets_manager.go.
//
// MODEL: its Describe calls, which have a bucket of their own, are left out, and so are the calls for pods without a
// gate. Where connections are looked at, `targetLag` stands for the time that registering and taking out take,
// throttled or not, as long as the controller is there (datapath/run/syncs.cpp).
#include "models/systems/platform/balancer_controller.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/platform/aws_api.hpp"
#include "models/systems/platform/balancers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

std::int32_t gate_of(const Spec& spec, const Pod& pod) { return spec[pod.pod_template].identity.gate; }

constexpr std::int32_t targets_a_call = 200;

bool is_at(const Spec& spec, const Pod& pod, std::uint32_t gate) {
    return gate_of(spec, pod) == static_cast<std::int32_t>(gate);
}

// A pod that is to go, or has ended by itself, is no endpoint any more.
bool stays(const Pod& pod) { return !pod.terminating && !pod.failed && !pod.is_evicted; }

// Of the group's targets, those whose pods are there and stay.
std::int32_t standing_targets(const Spec& spec, const World& world, std::uint32_t gate) {
    std::int32_t standing = 0;
    for (const auto& [id, pod] : world.pods) standing += pod.is_target && stays(pod) && is_at(spec, pod, gate) ? 1 : 0;
    return standing;
}

// So many targets in calls of 200 each: for how many of them a call was answered.
std::int32_t call_for(const Spec& spec, World& world, Turn& turn, AwsAction action, std::int32_t targets) {
    if (targets <= 0) return 0;
    const std::int32_t calls = (targets + targets_a_call - 1) / targets_a_call;
    return std::min(call_aws(spec, world, turn, action, calls) * targets_a_call, targets);
}

bool waits_at(const Spec& spec, const Pod& pod, std::uint32_t gate) {
    return pod.cause == WaitCause::target_health && is_at(spec, pod, gate);
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
    const auto try_again = [&] {
        ++state.attempts;
        sync_soon(world, turn, event.gate, turn.now() + aws_retry_pause(turn, event.gate, state.attempts));
    };
    const std::int32_t gone = state.targets - standing_targets(spec, world, event.gate);
    const std::int32_t taken_out = call_for(spec, world, turn, AwsAction::deregister_targets, gone);
    state.targets -= taken_out;
    if (taken_out < gone) return try_again();
    std::int32_t come = 0;
    for (const auto& [id, pod] : world.pods) come += waits_at(spec, pod, event.gate) && !pod.is_target ? 1 : 0;
    std::int32_t left = call_for(spec, world, turn, AwsAction::register_targets, come);
    state.targets += left;
    const bool are_all_in = left == come;
    for (auto&& [id, pod] : world.pods) {
        if (left == 0) break;
        if (!waits_at(spec, pod, event.gate) || pod.is_target) continue;
        pod.is_target = true;
        --left;
        turn.after(spec.identity.gates[event.gate].healthy, TargetHealthy{id, pod.epoch});
    }
    if (!are_all_in) return try_again();
    state.is_due = false;
    state.attempts = 0;
}

void on(const Spec&, World& world, Turn& turn, const TargetHealthy& event) {
    Pod* pod = world.pods.find(event.pod);
    const bool is_meant = pod != nullptr && pod->epoch == event.epoch && pod->cause == WaitCause::target_health;
    if (!is_meant || !world.identity.controller_runs) return;
    pod->is_healthy_target = true;
    turn.at(turn.now(), PodBecameReady{event.pod, event.epoch});
}

void targets_change(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Pod& pod = world.pods[id];
    const std::int32_t gate = gate_of(spec, pod);
    if (gate < 0 || !pod.is_target || stays(pod)) return;
    sync_soon(world, turn, static_cast<std::uint32_t>(gate), turn.now() + spec.latencies.watch_delivery);
}

void count_settled_targets(const Spec& spec, World& world) {
    for (std::uint32_t gate = 0; gate < world.identity.gates.size(); ++gate)
        world.identity.gates[gate].targets = standing_targets(spec, world, gate);
}

void balancer_controller_changes(const Spec& spec, World& world, Turn& turn) {
    const bool runs = world[spec.identity.balancer_controller].ready > 0;
    if (world.identity.controller_runs == runs) return;
    world.identity.controller_runs = runs;
    balancers_controller_changes(spec, world, turn);
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
