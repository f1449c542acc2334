// What pods use of a node's memory, and whom the kernel kills where there is too little of it (KUBELET-64).
#pragma once

#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

Bytes pod_memory_used(const Spec& spec, const World& world, const Pod& pod, sim::Time now);
// Less than nothing: there is not enough for all.
Bytes memory_available(const Spec& spec, const World& world, NodeId node, sim::Time now);

// The containers of the pod use more than all of them may have together, or than the node has: one of its containers is
// killed, or those of others are.
void kill_if_out_of_memory(const Spec& spec, World& world, Turn& turn, PodId pod);

// oom_score_adj of the containers of a pod.
constexpr std::int64_t oom_score_adjustment(QualityOfService qos, Bytes requested, Bytes capacity) {
    constexpr std::int64_t of_guaranteed = -997;
    constexpr std::int64_t of_best_effort = 1000;
    if (qos == QualityOfService::guaranteed) return of_guaranteed;
    if (qos == QualityOfService::best_effort) return of_best_effort;
    return std::clamp<std::int64_t>(1000 - 1000 * requested / std::max<Bytes>(capacity, 1), 2, 999);
}

// The kernel kills whoever has most of this (mm/oom_kill.c, oom_badness): what it uses, and the adjustment as
// thousandths of the memory.
constexpr Bytes oom_badness(Bytes used, std::int64_t adjustment, Bytes capacity) {
    return used + capacity / 1000 * adjustment;
}

}  // namespace eks
