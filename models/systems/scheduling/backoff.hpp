// How long the scheduler lets a pod rest after a failed attempt: pure functions of plain values.
#pragma once

#include "libsim/time.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// SCHED-4: 1 s doubling to 10 s; `failures` counts the unschedulable results so far. None gives no back-off.
constexpr sim::Duration backoff_after(std::uint32_t failures) {
    if (failures == 0) return sim::Duration::zero();
    const std::int64_t seconds = failures > 4 ? 10 : std::min<std::int64_t>(10, std::int64_t{1} << (failures - 1));
    return sim::Duration::seconds(seconds);
}

// in 1.10 a pod's own wait doubles from 1 s to 60 s.
constexpr sim::Duration backoff_of_2018(std::uint32_t failures) {
    if (failures == 0) return sim::Duration::zero();
    const std::int64_t seconds = failures > 6 ? 60 : std::min<std::int64_t>(60, std::int64_t{1} << (failures - 1));
    return sim::Duration::seconds(seconds);
}

// SCHED-4: the expiry is cut down to the whole second of wall time; a run starts on a whole second, so simulated
// seconds are wall seconds.
constexpr sim::Time backoff_expiry(sim::Time since, std::uint32_t failures, bool truncates) {
    const sim::Time expiry = since + backoff_after(failures);
    return truncates ? expiry.floor_to(sim::Duration::seconds(1)) : expiry;
}

// SCHED-5: inclusive of the second in which it ends.
constexpr bool is_backing_off(sim::Time expiry, sim::Time now, bool truncates) {
    return expiry >= (truncates ? now.floor_to(sim::Duration::seconds(1)) : now);
}

}  // namespace eks
