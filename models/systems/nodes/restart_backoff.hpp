// How long a container that ended waits to be started again (KUBELET-37): pure functions.
#pragma once

#include "libsim/time.hpp"

#include <cstdint>

namespace eks {

// From this step on the pause is the longest, and steps are not told apart.
inline constexpr std::uint8_t last_backoff_step = 6;

// After so many restarts in the series: 0, 10, 20, 40, 80, 160, 300, 300 … seconds.
constexpr sim::Duration restart_backoff(std::uint8_t step) {
    if (step == 0) return sim::Duration::zero();
    return sim::Duration::seconds(step >= last_backoff_step ? 300 : std::int64_t{10} << (step - 1));
}

// The step at which a container stands that ended so long after its last restart: one that has run for ten minutes
// begins a new series.
constexpr std::uint8_t backoff_step_at_end(std::uint8_t step, sim::Duration since_restart) {
    return since_restart > sim::Duration::minutes(10) ? std::uint8_t{0} : step;
}

}  // namespace eks
