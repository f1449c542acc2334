// Sizes beyond reason. A scenario that asks for more is refused with the limit named, before any memory is spent on it.
// They lie far above what EKS itself allows, so that nobody meets them but by a slip of the keyboard.
#pragma once

#include <cstddef>
#include <cstdint>

namespace eks::limits {

inline constexpr std::size_t document_bytes = std::size_t{64} << 20;
inline constexpr int document_depth = 100;
inline constexpr std::size_t document_values = 1'000'000;

inline constexpr std::int64_t replicas_per_workload = 200'000;
inline constexpr std::int64_t pods_in_total = 1'000'000;  // wanted at the start, DaemonSets not counted
inline constexpr std::int64_t nodes_in_total = 100'000;   // a group's largest size counts
inline constexpr std::int64_t workloads = 200'000;
inline constexpr std::size_t containers_per_pod = 1'000;  // and as many init containers
inline constexpr std::int64_t node_groups = 2'000;
inline constexpr std::int64_t subnets = 1'000;
inline constexpr std::int64_t timeline_actions = 100'000;
inline constexpr std::size_t object_revisions = 100;  // of the timeline
inline constexpr std::int64_t variants = 10'000;      // combinations of a matrix
inline constexpr std::int64_t replications = 1'000'000;
inline constexpr std::int64_t simulated_days = 3'660;  // ten years
// Of one pod; a million of them still add up without overflow.
inline constexpr std::int64_t usage_cpu_milli = 1'000'000;
inline constexpr std::int64_t usage_memory_bytes = std::int64_t{8} << 40;
inline constexpr std::int64_t volume_gib = 65'536;

}  // namespace eks::limits
