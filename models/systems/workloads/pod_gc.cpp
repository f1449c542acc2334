// The pod garbage collector: pods that have ended stay until there are too many of them (PODGC-1).
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/systems/workloads/controllers.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr sim::Duration looks_each = sim::Duration::seconds(20);

}  // namespace

void watch_for_terminated_pods(const Spec& spec, World& world, Turn& turn) {
    // While there are no more pods than that there cannot be too many that have ended.
    if (world.pod_gc_is_due || world.pods.size() <= static_cast<std::size_t>(spec.latencies.terminated_pods)) return;
    world.pod_gc_is_due = true;
    turn.at(sim::next_tick_after(turn.now(), sim::Duration::zero(), looks_each), PodGarbageCollection{});
}

void on(const Spec& spec, World& world, Turn& turn, const PodGarbageCollection&) {
    world.pod_gc_is_due = false;
    std::vector<PodId> ended;
    for (const auto& [id, pod] : world.pods) {
        if (pod.stage == PodStage::finished && !pod.terminating) ended.push_back(id);
    }
    const std::int64_t surplus = static_cast<std::int64_t>(ended.size()) - spec.latencies.terminated_pods;
    if (surplus > 0) {
        // Evicted ones first, then the oldest.
        std::ranges::sort(ended, [&](PodId a, PodId b) {
            const Pod& x = world.pods[a];
            const Pod& y = world.pods[b];
            if (is_disrupted(x) != is_disrupted(y)) return is_disrupted(x);
            return x.created != y.created ? x.created < y.created : a < b;
        });
        ended.resize(static_cast<std::size_t>(surplus));
        const sim::Time seen = turn.now() + write_latency(spec, world) + spec.latencies.watch_delivery;
        for (const PodId id : ended) request_delete(world, turn, id, seen);
    }
    watch_for_terminated_pods(spec, world, turn);
}

}  // namespace eks
