// Which of a kubelet's thresholds are met (KUBELET-60 to KUBELET-62): pure functions over what is left of a resource.
//
// A set of thresholds is a set of bits: hard ones in the lower half, soft ones in the upper, by EvictionSignal.
#pragma once

#include "models/spec/kubelet_settings.hpp"

#include <cstdint>

namespace eks {

using Thresholds = std::uint8_t;
inline constexpr unsigned soft_shift = 4;

constexpr Thresholds hard_bit(std::size_t signal) { return static_cast<Thresholds>(1U << signal); }
constexpr Thresholds soft_bit(std::size_t signal) { return static_cast<Thresholds>(1U << (signal + soft_shift)); }
inline constexpr Thresholds hard_thresholds = (1U << soft_shift) - 1;
inline constexpr Thresholds memory_thresholds = hard_bit(0) | soft_bit(0);
inline constexpr Thresholds disk_thresholds = hard_bit(1) | hard_bit(2) | soft_bit(1) | soft_bit(2);

// One threshold as an amount of which less is too little. 0: it is never met.
struct Bound {
    Thresholds bit = 0;
    Bytes least = 0;
};

// Calls `visit` with each bound of these thresholds, by signal, the hard one first. Those in `with_reclaim` hold until
// their minimum reclaim is there.
template <class F>
constexpr void for_each_bound(const KubeletSettings& kubelet, Thresholds which, Bytes capacity, Thresholds with_reclaim,
                              F&& visit) {
    for (std::size_t i = 0; i < eviction_signal_count; ++i) {
        const Bytes reclaim = kubelet.minimum_reclaim[i].of(capacity);
        const auto one = [&](Thresholds bit, const EvictionThreshold& threshold) {
            const Bytes least = threshold.of(capacity);
            if ((which & bit) != 0 && least > 0) visit(Bound{bit, least + ((with_reclaim & bit) != 0 ? reclaim : 0)});
        };
        one(hard_bit(i), kubelet.hard(static_cast<EvictionSignal>(i)));
        one(soft_bit(i), kubelet.soft[i].bound);
    }
}

// Strictly less than the threshold meets it.
constexpr Thresholds met_thresholds(const KubeletSettings& kubelet, Thresholds which, Bytes capacity, Bytes available,
                                    Thresholds with_reclaim) {
    Thresholds met = 0;
    for_each_bound(kubelet, which, capacity, with_reclaim, [&](const Bound& bound) {
        if (available < bound.least) met |= bound.bit;
    });
    return met;
}

}  // namespace eks
