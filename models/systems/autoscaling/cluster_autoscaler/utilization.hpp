// How full a node is, as scale-down sees it (CA-43), after cluster-autoscaler 1.36.1 simulator/utilization/info.go.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace eks::cluster_autoscaler {

// In one unit each: processor time in millicores, memory in bytes, accelerators in devices.
struct CountedAmounts {
    std::int64_t cpu = 0;
    std::int64_t memory = 0;
    std::int64_t gpu = 0;
};

struct PodOnNode {
    CountedAmounts requests;  // by the scheduler's rule, with overhead
    bool is_of_daemon_set = false;
    bool is_mirror = false;
    bool is_long_terminating = false;
};

// CA-43 and CA-47: terminating for more than its grace and half a minute.
inline constexpr std::int64_t default_grace_us = 30'000'000;
constexpr bool is_long_terminating(std::int64_t deletion_us, std::int64_t grace_us, std::int64_t now_us) {
    constexpr std::int64_t further_us = 30'000'000;
    return deletion_us + grace_us + further_us < now_us;
}

struct UtilizationOptions {
    bool ignores_daemon_sets = false;
    bool ignores_mirror_pods = false;
    bool counts_gpu_only = false;  // of a node with accelerators
};

enum class DecisiveResource : std::uint8_t { cpu, memory, gpu };

struct Utilization {
    double share = 0;  // of the decisive one
    DecisiveResource resource = DecisiveResource::memory;
    double cpu = 0;
    double memory = 0;
    double gpu = 0;
};

// Nothing where the node has no processor or memory to allocate. An accelerator that is not there yet counts as unused.
std::optional<Utilization> utilization(const CountedAmounts& allocatable, std::span<const PodOnNode> pods,
                                       const UtilizationOptions& options);

}  // namespace eks::cluster_autoscaler
