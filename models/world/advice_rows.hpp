// What is kept for KRR of what pods use (VPA-31): a point each step, as Prometheus would have it, in the form of runs
// of equal points, so that a pod whose use stays the same costs one of them.
#pragma once

#include "models/quantities.hpp"
#include "models/world/ids.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks {

struct UsagePoints {
    std::uint32_t first = 0;  // the step of the first of them, counted from the run's beginning
    std::uint32_t times = 0;  // they follow each other
    std::int64_t value = 0;   // millionths of a core, or bytes
    std::uint32_t end() const { return first + times; }
    friend bool operator==(const UsagePoints&, const UsagePoints&) = default;
};

// A pod that ran within the history, whether or not it still does.
struct PodUsage {
    PodId pod;
    std::vector<UsagePoints> cpu;
    std::vector<UsagePoints> memory;
    friend bool operator==(const PodUsage&, const PodUsage&) = default;
};

// What the metrics last heard of a workload.
struct ShownAdvice {
    std::int64_t cpu_request_milli = 0;  // 0: there is no advice
    std::int64_t cpu_limit_milli = 0;
    Bytes memory_request = 0;
    Bytes memory_limit = 0;
    MicroUsd cost_now = 0;
    MicroUsd cost_guaranteed = 0;
    MicroUsd cost_burstable = 0;
    friend bool operator==(const ShownAdvice&, const ShownAdvice&) = default;
};

struct AdviceState {
    std::uint32_t steps = 0;                  // that have been taken
    std::vector<std::vector<PodUsage>> pods;  // by AdviceSettings::workloads
    std::vector<ShownAdvice> shown;           // likewise
    friend bool operator==(const AdviceState&, const AdviceState&) = default;
};

}  // namespace eks
