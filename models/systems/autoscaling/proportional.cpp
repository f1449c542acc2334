// Cluster-proportional autoscalers (DNS-5, CPA-1): a look at the cluster each 10 s. What it sees changes only with the
// nodes, so that it sleeps until they do. That somebody else scales the same workload in between is left out.
#include "models/systems/autoscaling/proportional.hpp"

#include "models/systems/autoscaling/proportional_vertical.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

namespace eks {

namespace {

constexpr sim::Duration poll_period = sim::Duration::microseconds(10'000'000);

// CPA-1: taints do not matter.
ClusterSize size_of(const Spec& spec, const World& world, const ProportionalScaler& scaler) {
    constexpr std::int64_t milli_per_core = 1000;
    ClusterSize size;
    std::int64_t milli = 0;
    for (const NodeId id : world.node_order) {
        const Node& node = world.nodes[id];
        const bool is_schedulable = node.state == NodeState::ready && !node.cordoned;
        if (!is_schedulable && !scaler.counts_unschedulable) continue;
        ++size.nodes;
        milli += spec[node.shape].allocatable.cpu_milli;
    }
    size.cores = (milli + milli_per_core - 1) / milli_per_core;
    return size;
}

}  // namespace

void proportional_size_changes(const Spec& spec, World& world, Turn& turn) {
    const bool has_any = !spec.dns.scalers.empty() || !spec.pod_scaling.proportional_vertical.empty();
    if (!has_any || world.dns.is_look_due) return;
    world.dns.is_look_due = true;
    turn.at(sim::next_tick_after(turn.now(), sim::Duration::zero(), poll_period), ProportionalLook{});
}

void on(const Spec& spec, World& world, Turn& turn, const ProportionalLook&) {
    world.dns.is_look_due = false;
    for (const ProportionalScaler& scaler : spec.dns.scalers) {
        if (world[scaler.pods].ready == 0 || world[scaler.target].deleted) continue;
        const auto wanted = static_cast<std::int32_t>(proportional_replicas(scaler, size_of(spec, world, scaler)));
        if (wanted == world[scaler.target].desired) continue;
        set_desired(world, turn, scaler.target, wanted);
        sync_at(world, turn, scaler.target, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
    }
    size_proportionally(spec, world, turn);
}

}  // namespace eks
