// What the recommender of VerticalPodAutoscalers has learnt.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/vertical_scaler.hpp"
#include "models/world/decaying_histogram.hpp"
#include "models/world/ids.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace eks::vpa {

// All instances of a container name of a workload together.
struct Aggregate {
    DecayingHistogram cpu{cpu_buckets};
    DecayingHistogram memory{memory_buckets};
    std::int64_t first_cpu_us = year_one_us;
    std::int64_t last_cpu_us = year_one_us;
    std::int64_t cpu_samples = 0;
    friend bool operator==(const Aggregate&, const Aggregate&) = default;
};

// One instance.
struct Instance {
    std::int64_t memory_request_bytes = 0;
    std::int64_t last_cpu_us = year_one_us;
    std::int64_t last_memory_us = year_one_us;
    std::int64_t interval_end_us = year_one_us;  // of the interval whose peak is in the histogram
    std::int64_t usage_peak_bytes = 0;           // in that interval
    std::int64_t oom_peak_bytes = 0;
    friend bool operator==(const Instance&, const Instance&) = default;
};

}  // namespace eks::vpa

namespace eks {

struct WatchedPod {
    PodId pod;
    vpa::Instance instance;
    // Its container was killed for want of memory, and had started then (VPA-21); never: it was not.
    sim::Time killed = sim::Time::never();
    sim::Time had_started;
    friend bool operator==(const WatchedPod&, const WatchedPod&) = default;
};

enum class ResizeState : std::uint8_t { asked, deferred, infeasible };

// A pod whose kubelet has been asked for other requests, and has not set them (VPA-20).
struct PodResizing {
    PodId pod;
    TemplateIx to;
    TemplateIx from;
    sim::Time asked;
    ResizeState state = ResizeState::asked;
    std::uint32_t tries = 0;
    friend bool operator==(const PodResizing&, const PodResizing&) = default;
};

struct VerticalScalerState {
    vpa::Aggregate aggregate;
    std::vector<WatchedPod> pods;  // by slot
    std::vector<PodResizing> resizings;
    // What it recommends, as it last said it.
    vpa::Amounts lower_bound;
    vpa::Amounts target;
    vpa::Amounts upper_bound;
    friend bool operator==(const VerticalScalerState&, const VerticalScalerState&) = default;
};

// None: it has no row.
inline const WatchedPod* find_watched(const VerticalScalerState& state, PodId pod) {
    const auto at = std::ranges::lower_bound(state.pods, pod.slot, {}, [](const WatchedPod& w) { return w.pod.slot; });
    return at != state.pods.end() && at->pod == pod ? &*at : nullptr;
}

}  // namespace eks
