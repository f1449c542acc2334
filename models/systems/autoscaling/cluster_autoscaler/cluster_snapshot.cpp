#include "models/systems/autoscaling/cluster_autoscaler/cluster_snapshot.hpp"

#include <algorithm>
#include <vector>

namespace eks::cluster_autoscaler {

namespace {

// CA-5: pods that count for nothing.
void leave_out_expendable(const Spec& spec, const World& world, Snapshot& snapshot) {
    const std::int64_t least = spec.cluster_autoscaler.expendable_below;
    if (std::ranges::none_of(spec.templates, [&](const PodTemplate& pod) { return pod.priority < least; })) return;
    for (const auto& [id, pod] : world.pods) {
        if (pod.holds_resources && spec[pod.pod_template].priority < least) snapshot.leave_out(pod);
    }
}

}  // namespace

Snapshot take_snapshot(const Spec& spec, World& world, const ClusterCounts& counts, sim::Time now) {
    Snapshot snapshot(spec, world);
    leave_out_expendable(spec, world, snapshot);
    const ClusterAutoscalerState& state = world.cluster_autoscaler;
    std::vector<std::int32_t> upcoming;
    for (std::size_t group = 0; group < state.groups.size(); ++group)
        upcoming.push_back(upcoming_nodes(spec, world, group, counts.groups[group], now));
    const GroupPlaces places(spec);
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        const NodeId id = snapshot[i].id;
        const Node& row = world.nodes[id];
        const auto place = places.of(spec[row.shape].group);
        // CA-32: one that has registered and is not ready yet stands there as upcoming.
        const bool is_starting = place && upcoming[*place] > 0 && row.state != NodeState::ready &&
                                 row.launched + spec.cluster_autoscaler.max_startup_time > now;
        if (is_starting || removal_of(state, id) != NodeRemoval::none) snapshot.close(i);
    }
    for (const PodId id : world.scheduler.nominated) {
        const Pod& pod = world.pods[id];
        if (const auto place = snapshot.place_of(pod.nominated)) snapshot.place(pod.pod_template, *place, +1);
    }
    for (std::size_t group = 0; group < upcoming.size(); ++group) {
        for (std::int32_t i = 0; i < upcoming[group]; ++i) snapshot.add(state.groups[group].node);
    }
    return snapshot;
}

}  // namespace eks::cluster_autoscaler
