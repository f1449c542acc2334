// The pauses of KUBELET-36 and the non-blocking token bucket of KUBELET-35: pure functions.
#pragma once

#include "libsim/time.hpp"
#include "models/world/rows.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

inline constexpr sim::Duration longest_image_backoff = sim::Duration::microseconds(300'000'000);

// After so many failures in the series: 10, 20, 40, 80, 160, 300, 300 … seconds.
constexpr sim::Duration image_backoff(std::uint8_t failures) {
    constexpr std::uint8_t last_step = 6;
    if (failures == 0) return sim::Duration::zero();
    return failures >= last_step ? longest_image_backoff : sim::Duration::seconds(std::int64_t{10} << (failures - 1));
}

// A series ends when nothing has failed for twice the longest pause.
constexpr bool series_is_over(const ImageBackoff& entry, sim::Time now) {
    return now - entry.last_failure > longest_image_backoff * 2;
}
constexpr bool is_in_backoff(const ImageBackoff& entry, sim::Time now) {
    return !series_is_over(entry, now) && now - entry.last_failure < image_backoff(entry.failures);
}

// Takes a token of a bucket that holds `burst` and fills at one each `interval`; false if there is none.
constexpr bool take_token(CallBudget& budget, sim::Duration interval, std::int32_t burst, sim::Time now) {
    const sim::Time used = std::max(budget.used_until, now);
    if (used - now > interval * (burst - 1)) return false;
    budget.used_until = used + interval;
    return true;
}

}  // namespace eks
