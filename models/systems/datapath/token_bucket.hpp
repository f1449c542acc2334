// EC2's allowances as token buckets: bytes, packets, the resolver's packets (DPC-39). Pure functions of plain values.
#pragma once

#include "models/spec/datapath.hpp"

#include <algorithm>
#include <optional>

namespace eks::datapath {

// Anything that is counted: bytes, packets. Without credit the rate is `fill_per_second`, with it up to
// `peak_per_second`.
struct TokenBucket {
    double fill_per_second = 0;
    double peak_per_second = 0;
    double capacity = 0;
    double level = 0;
};

// Credit for so many minutes at the peak, of which AWS says 5 to 60 (DPD-27).
constexpr TokenBucket bandwidth_bucket(double baseline_per_second, double burst_per_second, double minutes) {
    const double credit = (burst_per_second - baseline_per_second) * 60 * minutes;
    return {baseline_per_second, burst_per_second, credit, credit};
}

constexpr double served_per_second(const TokenBucket& bucket, double demand_per_second) {
    return std::min(demand_per_second, bucket.level > 0 ? bucket.peak_per_second : bucket.fill_per_second);
}

// When the credit is spent, or back, at constant demand; none: never.
constexpr std::optional<double> empty_after_seconds(const TokenBucket& bucket, double demand_per_second) {
    const double spent = std::min(demand_per_second, bucket.peak_per_second) - bucket.fill_per_second;
    if (spent <= 0) return {};
    return bucket.level / spent;
}
constexpr std::optional<double> full_after_seconds(const TokenBucket& bucket, double demand_per_second) {
    const double saved = bucket.fill_per_second - demand_per_second;
    if (saved <= 0) return {};
    return (bucket.capacity - bucket.level) / saved;
}

// What the network takes of a demand, and what becomes of the rest: it queues for a moment and is lost.
struct Excess {
    double lost_share = 0;
    double delay_us = 0;
};
constexpr Excess excess_of(double demand_per_second, double served, const Coefficients& c) {
    if (demand_per_second <= served) return {};
    return {1 - served / demand_per_second, c[Coefficient::bucket_queue]};
}

// What a lost segment of an open connection costs, on average over all segments.
constexpr double segment_delay_us(const Excess& excess, const Coefficients& c) {
    return excess.lost_share * c[Coefficient::rto];
}
// What losing the first `lost` SYNs of a connection costs: 1 s, 3 s, 7 s, ...
constexpr double syn_delay_seconds(int lost, const Coefficients& c) {
    double delay = 0;
    double pause = c[Coefficient::syn_retry];
    for (; lost > 0; --lost) {
        delay += pause;
        pause *= 2;
    }
    return delay;
}

}  // namespace eks::datapath
