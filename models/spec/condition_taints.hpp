// The taints that come and go with what happens to a node (BOOT-2, NODE-3), as one bit for each well-known key and
// effect. A node has a set of those that it has now, and a pod template of those that it tolerates, so that whether a
// node's state keeps a pod away is one operation.
//
// Nothing here is for clusters of 2018: there the conditions themselves filter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eks {

enum class ConditionTaint : std::uint8_t {
    not_ready,
    unreachable,
    memory_pressure,
    disk_pressure,
    pid_pressure,
    network_unavailable,
    unschedulable,
    uninitialized,
    shutdown,
    out_of_service,
    disrupted,  // Karpenter takes the node away (KARP-47)
};
inline constexpr std::size_t condition_taint_count = 11;

inline constexpr std::array<std::string_view, condition_taint_count> condition_taint_keys{
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/network-unavailable",
    "node.kubernetes.io/unschedulable",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "node.cloudprovider.kubernetes.io/shutdown",
    "node.kubernetes.io/out-of-service",
    "karpenter.sh/disrupted",
};

// Effect NoSchedule in the lower half, NoExecute in the upper.
using ConditionTaints = std::uint32_t;
inline constexpr unsigned no_execute_shift = 16;

constexpr ConditionTaints no_schedule(ConditionTaint taint) {
    return ConditionTaints{1} << static_cast<unsigned>(taint);
}
constexpr ConditionTaints no_execute(ConditionTaint taint) { return no_schedule(taint) << no_execute_shift; }
// Of a set, those with effect NoExecute.
constexpr ConditionTaints no_execute_part(ConditionTaints taints) {
    return taints >> no_execute_shift << no_execute_shift;
}

inline constexpr ConditionTaints all_condition_taints =
    ((ConditionTaints{1} << condition_taint_count) - 1) * ((ConditionTaints{1} << no_execute_shift) + 1);

// What the condition Ready gives a node whose kubelet says no, or nothing.
inline constexpr ConditionTaints taints_of_not_ready =
    no_schedule(ConditionTaint::not_ready) | no_execute(ConditionTaint::not_ready);
inline constexpr ConditionTaints taints_of_unreachable =
    no_schedule(ConditionTaint::unreachable) | no_execute(ConditionTaint::unreachable);

}  // namespace eks
