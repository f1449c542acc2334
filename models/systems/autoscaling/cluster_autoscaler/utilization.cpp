#include "models/systems/autoscaling/cluster_autoscaler/utilization.hpp"

namespace eks::cluster_autoscaler {

namespace {

// What pods ask for of what is left to them. Those that do not count give up their part of the whole, too.
double share_of(std::int64_t CountedAmounts::* resource, const CountedAmounts& allocatable,
                std::span<const PodOnNode> pods, const UtilizationOptions& options) {
    std::int64_t requested = 0;
    std::int64_t whole = allocatable.*resource;
    for (const PodOnNode& pod : pods) {
        const bool is_ignored =
            (options.ignores_daemon_sets && pod.is_of_daemon_set) || (options.ignores_mirror_pods && pod.is_mirror);
        if (is_ignored)
            whole -= pod.requests.*resource;
        else if (!pod.is_long_terminating)
            requested += pod.requests.*resource;
    }
    return static_cast<double>(requested) / static_cast<double>(whole);
}

}  // namespace

std::optional<Utilization> utilization(const CountedAmounts& allocatable, std::span<const PodOnNode> pods,
                                       const UtilizationOptions& options) {
    Utilization result;
    if (options.counts_gpu_only) {
        result.resource = DecisiveResource::gpu;
        if (allocatable.gpu != 0) result.gpu = share_of(&CountedAmounts::gpu, allocatable, pods, options);
        result.share = result.gpu;
        return result;
    }
    if (allocatable.cpu == 0 || allocatable.memory == 0) return std::nullopt;
    result.cpu = share_of(&CountedAmounts::cpu, allocatable, pods, options);
    result.memory = share_of(&CountedAmounts::memory, allocatable, pods, options);
    const bool is_cpu = result.cpu > result.memory;
    result.resource = is_cpu ? DecisiveResource::cpu : DecisiveResource::memory;
    result.share = is_cpu ? result.cpu : result.memory;
    return result;
}

}  // namespace eks::cluster_autoscaler
