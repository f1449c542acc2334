// How long a container that ended waits to be started again (KUBELET-37): a pure function.
#pragma once

#include "libsim/time.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// After `restarts` earlier restarts: 0, 10, 20, 40, 80, 160, 300, 300 … seconds.
constexpr sim::Duration restart_backoff(std::uint32_t restarts) {
    if (restarts == 0) return sim::Duration::zero();
    const std::int64_t seconds = restarts > 6 ? 300 : std::min<std::int64_t>(300, std::int64_t{10} << (restarts - 1));
    return sim::Duration::seconds(seconds);
}

}  // namespace eks
