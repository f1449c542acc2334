#include "models/systems/platform/sidecars.hpp"

#include "models/systems/nodes/restart_backoff.hpp"
#include "models/systems/platform/telemetry_shares.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

bool is_sidecar(const Spec& spec, const AgentPod& row) { return agent_of(spec, row).scope == ScrapeScope::own_pod; }

}  // namespace

void restart_sidecar(const Spec& spec, World& world, Turn& turn, AgentPod& row) {
    const Node& node = world.nodes[row.node];
    row.down_until = sim::Time::never();
    if (!node.health.acts()) return;
    constexpr sim::Duration relist = sim::Duration::seconds(1);
    const sim::Time seen = sim::next_tick_after(turn.now(), node.kubelet_phase, relist);
    row.backoff_step = backoff_step_at_end(row.backoff_step, turn.now() - row.up_since);
    row.down_until = seen + restart_backoff(row.backoff_step) + spec.latencies.container_start;
    row.backoff_step = std::min<std::uint8_t>(row.backoff_step + 1, last_backoff_step);
    turn.note(ContainerRestartedFact{world.pods[row.pod].workload});
}

void sidecar_crashes(const Spec& spec, World& world, Turn& turn, PodId pod) {
    for (AgentPod& row : world.telemetry.pods) {
        if (row.pod == pod && row.is_up && is_sidecar(spec, row) && turn.now() >= row.down_until)
            restart_sidecar(spec, world, turn, row);
    }
    telemetry_changes(spec, world, turn);
}

void sidecars_go_on(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (AgentPod& row : world.telemetry.pods) {
        if (row.node != node || row.down_until != sim::Time::never()) continue;
        if (const Pod* pod = world.pods.find(row.pod); pod == nullptr || !is_alive(*pod)) continue;
        restart_sidecar(spec, world, turn, row);
    }
    telemetry_changes(spec, world, turn);
}

}  // namespace eks
