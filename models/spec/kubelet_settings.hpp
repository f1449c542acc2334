// What a node's kubelet is configured with, as far as images, logs and evictions go: KubeletConfiguration, constant for
// the nodes of a group. The defaults are those of the EKS AMI where it differs from the upstream ones.
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace eks {

// A bound on what is left of a resource: an amount, or a share of the capacity where that is not 0. Neither: no bound.
struct EvictionThreshold {
    Bytes bytes = 0;
    std::int32_t ppm = 0;
    constexpr Bytes of(Bytes capacity) const {
        return ppm == 0 ? bytes : capacity / 1'000'000 * ppm + capacity % 1'000'000 * ppm / 1'000'000;
    }
    friend constexpr bool operator==(const EvictionThreshold&, const EvictionThreshold&) = default;
};

// A bound that may be passed for a while (KUBELET-61).
struct SoftThreshold {
    EvictionThreshold bound;
    sim::Duration grace;
    friend constexpr bool operator==(const SoftThreshold&, const SoftThreshold&) = default;
};

// What a kubelet watches of its node, in the order in which it deals with them. Both of the last two are on the same
// disk (KUBELET-60).
enum class EvictionSignal : std::uint8_t { memory_available, nodefs_available, imagefs_available };
inline constexpr std::size_t eviction_signal_count = 3;

struct KubeletSettings {
    // Calls to the API server (KUBELET-13). No rate: that of the version.
    std::int32_t api_qps = 0;
    std::int32_t api_burst = 0;

    // Images.
    std::int32_t parallel_pulls = 0;  // so many at a time; 0: any number (KUBELET-34)
    std::int32_t pull_qps = 5;        // 0: no limit (KUBELET-35)
    std::int32_t pull_burst = 10;
    std::int32_t image_gc_high_percent = 85;  // KUBELET-55
    std::int32_t image_gc_low_percent = 80;

    // Logs of containers (KUBELET-54). No files: they are not rotated at all.
    Bytes log_bytes_max = 10 * mebibyte;
    std::int32_t log_files_max = 5;

    // Hard eviction thresholds (KUBELET-23, KUBELET-60).
    EvictionThreshold memory_available{100 * mebibyte, 0};
    EvictionThreshold nodefs_available{0, 100'000};
    EvictionThreshold imagefs_available;                            // on the same disk
    sim::Duration pressure_transition = sim::Duration::minutes(5);  // KUBELET-63
    // By EvictionSignal: soft thresholds, and how much more than a threshold must be there before all is well again.
    std::array<SoftThreshold, eviction_signal_count> soft;
    std::array<EvictionThreshold, eviction_signal_count> minimum_reclaim;
    sim::Duration soft_grace_most;  // that a pod has which a soft threshold evicts

    const EvictionThreshold& hard(EvictionSignal signal) const {
        switch (signal) {
            case EvictionSignal::memory_available: return memory_available;
            case EvictionSignal::nodefs_available: return nodefs_available;
            case EvictionSignal::imagefs_available: break;
        }
        return imagefs_available;
    }

    friend bool operator==(const KubeletSettings&, const KubeletSettings&) = default;
};

}  // namespace eks
