// The autoscaling of CoreDNS that EKS does for its add-on (DNS-6), as functions of plain values, and what wakes it.
#pragma once

#include "models/spec/proportional.hpp"
#include "models/systems/autoscaling/proportional.hpp"
#include "models/systems/turn.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

inline constexpr sim::Duration managed_peak_window = sim::Duration::microseconds(600'000'000);
inline constexpr sim::Duration managed_shrink_period = sim::Duration::microseconds(180'000'000);

// A replica for each 16 nodes, and one for each 256 cores. That a part of one counts as a whole one is a guess.
inline std::int64_t managed_replicas(const ManagedScaling& scaling, const ClusterSize& size) {
    constexpr double nodes_per_replica = 16;
    constexpr double cores_per_replica = 256;
    LinearScaling law;
    law.least = scaling.least;
    law.most = scaling.most;
    law.nodes_per_replica = nodes_per_replica;
    law.cores_per_replica = cores_per_replica;
    return linear_replicas(law, size);
}

// One step down: by a third of what there is, rounded down, but by one at least. The rounding is a guess.
constexpr std::int64_t shrunk_replicas(std::int64_t now, std::int64_t wanted) {
    constexpr std::int64_t percent = 33;
    return std::max(wanted, now - std::max<std::int64_t>(now * percent / 100, 1));
}

// The nodes have changed.
void managed_size_changes(const Spec& spec, World& world, Turn& turn);

}  // namespace eks
