// How many replicas a cluster-proportional autoscaler wants (DNS-5, CPA-2 and CPA-3): functions of plain values, as in
// kubernetes-sigs/cluster-proportional-autoscaler, pkg/autoscaler/controller/{linear,ladder}controller.
#pragma once

#include "models/spec/proportional.hpp"
#include "models/systems/turn.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace eks {

// What it counts: nodes, and the cores of all of them rounded up.
struct ClusterSize {
    std::int64_t nodes = 0;
    std::int64_t cores = 0;
};

inline std::int64_t linear_replicas(const LinearScaling& law, std::int64_t amount, double per_replica,
                                    std::int64_t least) {
    if (per_replica == 0) return 1;
    const auto wanted = static_cast<std::int64_t>(std::ceil(static_cast<double>(amount) / per_replica));
    return std::max(law.most > 0 ? std::min(wanted, law.most) : wanted, least);
}

inline std::int64_t linear_replicas(const LinearScaling& law, const ClusterSize& size) {
    const std::int64_t by_cores = linear_replicas(law, size.cores, law.cores_per_replica, law.least);
    std::int64_t by_nodes = linear_replicas(law, size.nodes, law.nodes_per_replica, law.least);
    if (law.prevents_single_point_of_failure && size.nodes > 1) by_nodes = std::max<std::int64_t>(by_nodes, 2);
    return std::max(by_cores, by_nodes);
}

// The entry with the greatest threshold that is not above the amount, below the first one that one.
inline std::int64_t ladder_replicas(const std::vector<LadderStep>& steps, std::int64_t amount) {
    if (steps.empty()) return 0;
    std::int64_t replicas = steps.front().replicas;
    for (const LadderStep& step : steps) {
        if (step.threshold <= amount) replicas = step.replicas;
    }
    return replicas;
}

inline std::int64_t proportional_replicas(const ProportionalScaler& scaler, const ClusterSize& size) {
    if (!scaler.is_ladder) return linear_replicas(scaler.linear, size);
    return std::max(ladder_replicas(scaler.by_cores, size.cores), ladder_replicas(scaler.by_nodes, size.nodes));
}

// Nodes or its own pod are not as they were: it looks at them at its next tick.
void proportional_size_changes(const Spec& spec, World& world, Turn& turn);

}  // namespace eks
