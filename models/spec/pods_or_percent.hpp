// A number of pods, or a share of them: maxSurge, maxUnavailable, minAvailable.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace eks {

struct PodsOrPercent {
    std::int64_t value = 0;
    bool is_percent = false;
    friend constexpr bool operator==(const PodsOrPercent&, const PodsOrPercent&) = default;
};

enum class Rounding : std::uint8_t { down, up };

constexpr std::int32_t pods_of(PodsOrPercent amount, std::int32_t whole, Rounding rounding) {
    constexpr std::int64_t hundred = 100;
    const std::int64_t pods = amount.is_percent
                                  ? (amount.value * whole + (rounding == Rounding::up ? hundred - 1 : 0)) / hundred
                                  : amount.value;
    return static_cast<std::int32_t>(std::min<std::int64_t>(pods, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace eks
