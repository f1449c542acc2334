// It runs in EKS's control plane, so that no pod of it can be missing. What it looks at, and how often, is not
// published: here it counts all Node objects and their processors each ten seconds, as the cluster-proportional
// autoscaler does, and sleeps until something changes.
#include "models/systems/autoscaling/managed_scaling.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

namespace eks {

namespace {

constexpr sim::Duration look_period_of_managed = sim::Duration::microseconds(10'000'000);

ClusterSize size_of_cluster(const Spec& spec, const World& world) {
    ClusterSize size;
    for (const NodeId id : world.node_order) {
        ++size.nodes;
        size.cores += spec[world.nodes[id].shape].vcpus;
    }
    return size;
}

void look_at(ManagedScalingState& state, Turn& turn, sim::Time at) {
    if (state.looks_at <= at) return;
    state.looks_at = at;
    turn.at(at, ManagedScalingLook{});
}

// What is wanted from now on goes to the end; what was wanted before, and less, can no longer be the peak.
void note_wanted(ManagedScalingState& state, std::int32_t wanted, sim::Time now) {
    auto& all = state.wanted;
    if (!all.empty() && all.back().until == sim::Time::never()) all.back().until = now;
    std::erase_if(all, [&](const ManagedScalingState::Wanted& one) {
        return one.replicas <= wanted || one.until + managed_peak_window <= now;
    });
    all.push_back({sim::Time::never(), wanted});
}

}  // namespace

void managed_size_changes(const Spec& spec, World& world, Turn& turn) {
    if (!spec.dns.managed_scaling.target.valid()) return;
    look_at(world.managed_scaling, turn,
            sim::next_tick_after(turn.now(), sim::Duration::zero(), look_period_of_managed));
}

void on(const Spec& spec, World& world, Turn& turn, const ManagedScalingLook&) {
    ManagedScalingState& state = world.managed_scaling;
    if (state.looks_at != turn.now()) return;
    state.looks_at = sim::Time::never();
    const ManagedScaling& scaling = spec.dns.managed_scaling;
    if (world[scaling.target].deleted) return;
    note_wanted(state, static_cast<std::int32_t>(managed_replicas(scaling, size_of_cluster(spec, world))), turn.now());
    const std::int32_t peak = state.wanted.front().replicas;
    std::int32_t replicas = world[scaling.target].desired;
    if (peak > replicas) {
        replicas = peak;
    } else if (peak < replicas && turn.now() >= state.may_shrink) {
        replicas = static_cast<std::int32_t>(shrunk_replicas(replicas, peak));
        state.may_shrink = turn.now() + managed_shrink_period;
    }
    if (replicas != world[scaling.target].desired) {
        set_desired(world, turn, scaling.target, replicas);
        sync_at(world, turn, scaling.target, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
    }
    if (peak < replicas) look_at(state, turn, state.may_shrink);
    if (state.wanted.size() > 1) look_at(state, turn, state.wanted.front().until + managed_peak_window);
}

}  // namespace eks
