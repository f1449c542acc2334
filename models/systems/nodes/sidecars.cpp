// Containers of agents of telemetry that run beside others in a pod, and end while the pod goes on (FR-25): the kubelet
// starts them again once it has seen their end (KUBELET-12) and their back-off is over (KUBELET-37).
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/nodes/restart_backoff.hpp"

#include <algorithm>

namespace eks {

namespace {

bool is_up_beside_others(const Spec& spec, const World& world, const AgentPod& row) {
    const Pod* pod = world.pods.find(row.pod);
    return row.is_up && pod != nullptr && is_alive(*pod) &&
           spec.telemetry.agents[row.agent].scope == ScrapeScope::own_pod;
}

}  // namespace

void plan_restart(const Spec& spec, const World& world, sim::Time now, AgentPod& row) {
    row.down_until = sim::Time::never();
    if (!world.nodes[row.node].health.acts()) return;
    const auto before = static_cast<std::uint8_t>(row.restarts_in_series - 1);
    row.down_until =
        relist_after(spec, world, row.node, now) + restart_backoff(before) + spec.latencies.container_start;
}

void sidecar_ends(const Spec& spec, const World& world, sim::Time now, AgentPod& row) {
    row.restarts_in_series = backoff_step_at_end(row.restarts_in_series, now - row.up_since);
    row.restarts_in_series = std::min<std::uint8_t>(row.restarts_in_series + 1, last_backoff_step + 1);
    plan_restart(spec, world, now, row);
}

void sidecar_crashes(const Spec& spec, World& world, Turn& turn, PodId pod) {
    for (AgentPod& row : world.telemetry.pods) {
        const bool has_crashed = row.down_until != sim::Time::origin();  // in this instant
        if (row.pod == pod && is_up_beside_others(spec, world, row) && !has_crashed)
            sidecar_ends(spec, world, turn.now(), row);
    }
    telemetry_changes(spec, world, turn);
}

void sidecars_go_on(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (AgentPod& row : world.telemetry.pods) {
        const Pod* pod = world.pods.find(row.pod);
        if (row.node == node && row.down_until == sim::Time::never() && pod != nullptr && is_alive(*pod))
            plan_restart(spec, world, turn.now(), row);
    }
    telemetry_changes(spec, world, turn);
}

}  // namespace eks
