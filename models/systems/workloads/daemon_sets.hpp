// The DaemonSet controller: a pod for each node that the set belongs on and whose taints of the moment its pods bear
// (DS-1 to DS-4; X-7 in 1.10).
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// Makes what is missing, deletes what has ended, and goes on with a rollout.
void keep_daemons(const Spec& spec, World& world, Turn& turn, WorkloadIx daemon_set);
// How many nodes it belongs on is counted anew: its template is another one.
void count_nodes_of(const Spec& spec, World& world, Turn& turn, WorkloadIx daemon_set);

// DS-3: how long the deletion of a failed pod waits after the one before it on the node: 1 s doubling to 15 min.
constexpr sim::Duration daemon_backoff(std::uint32_t failures) {
    constexpr sim::Duration most = sim::Duration::minutes(15);
    if (failures == 0) return sim::Duration::zero();
    return failures > 10 ? most : std::min(most, sim::Duration::seconds(std::int64_t{1} << (failures - 1)));
}

}  // namespace eks
