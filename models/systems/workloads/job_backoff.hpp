// How long a Job waits after failures before it makes another pod (JOB-6; X-6 in 1.10): pure functions.
#pragma once

#include "libsim/time.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// JOB-6: 10 s doubling to 10 min, counted from the last failure.
constexpr sim::Duration job_backoff(std::int32_t failures) {
    if (failures <= 0) return sim::Duration::zero();
    return sim::Duration::seconds(failures > 6 ? 600 : std::min<std::int64_t>(600, std::int64_t{10} << (failures - 1)));
}

// the work queue's own delay, 10 s doubling to 6 min.
constexpr sim::Duration job_backoff_of_2018(std::int32_t failures) {
    if (failures <= 0) return sim::Duration::zero();
    return sim::Duration::seconds(failures > 6 ? 360 : std::min<std::int64_t>(360, std::int64_t{10} << (failures - 1)));
}

}  // namespace eks
