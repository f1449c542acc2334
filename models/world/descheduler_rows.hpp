// What is known of the descheduler from run to run: it remembers nothing itself.
#pragma once

#include "libsim/time.hpp"

#include <cstdint>

namespace eks {

struct DeschedulerState {
    bool runs = false;         // its process, where it runs by itself again and again
    std::uint32_t starts = 0;  // of the process, or of a CronJob's pods
    sim::Time runs_at = sim::Time::never();
    friend bool operator==(const DeschedulerState&, const DeschedulerState&) = default;
};

}  // namespace eks
