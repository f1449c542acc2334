// A probe of a container (KUBELET-39), and when it sees what: pure arithmetic on times since the container's start.
#pragma once

#include "libsim/time.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

struct Probe {
    bool is_set = false;
    sim::Duration initial_delay;
    sim::Duration period;
    sim::Duration timeout;
    std::int32_t failure_threshold = 3;
    friend bool operator==(const Probe&, const Probe&) = default;
};

// The first probe at this instant or after it: the first one of all comes after the initial delay, the others each
// period.
constexpr sim::Duration first_probe_from(const Probe& probe, sim::Duration from) {
    if (from <= probe.initial_delay) return probe.initial_delay;
    const sim::Duration late = from - probe.initial_delay;
    return probe.initial_delay + probe.period * ((late + probe.period - sim::Duration::microseconds(1)) / probe.period);
}

// When the kubelet has seen as many probes in a row fail as it takes to kill a container that has not answered from
// this instant on. That a probe fails is known at the end of its timeout.
constexpr sim::Duration gives_up_at(const Probe& probe, sim::Duration silent_from) {
    return first_probe_from(probe, silent_from) + probe.period * (probe.failure_threshold - 1) + probe.timeout;
}

}  // namespace eks
