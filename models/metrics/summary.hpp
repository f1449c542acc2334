// The numbers of one run as a result document shows them: every series that was not zero throughout, how long pods
// waited and for what, and what each measure of the expectations came to.
//
// All functions take Metrics that are closed at the end of the run (Metrics::closed_at).
#pragma once

#include "models/metrics/metrics.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eks {

using LabelValues = std::vector<std::pair<std::string, std::string>>;

// In the unit of the metric. Which members are there follows from its kind: a gauge has mean, min, max, last and
// quantiles over time; a counter its total; a distribution count, total, mean, min, max and quantiles of its samples.
// Quantiles are within 1/32 of the exact value, all else is exact; a bucket's bounds are 1/16 apart or less.
// So many samples from `low` up to `high`.
struct HistogramBucket {
    double low = 0.0;
    double high = 0.0;
    std::int64_t count = 0;
};

struct SeriesSummary {
    LabelValues labels;  // those with an empty value left out
    std::optional<double> mean, min, max, last, p50, p90, p95, p99, total;
    std::optional<std::int64_t> count;
    std::vector<HistogramBucket> buckets;  // of a distribution: those with samples, the least first
};

struct MetricSummary {
    const MetricDefinition* metric = nullptr;
    std::vector<SeriesSummary> series;
};

// Those with an empty value left out; `node` where the metric is one of nodes.
LabelValues labels_of(const Spec& spec, const MetricDefinition& metric, std::uint32_t row, std::uint32_t column,
                      const NodeName& node);

// Of a counter that grows with time: what has accrued of its level by now, and what was charged at once. In units of
// the base series.
double accrued(const MetricDefinition& metric, const Metrics& closed, std::uint32_t row, std::uint32_t column);

// In the order of all_metrics(), then of workloads, nodes, …; metrics and series that were zero throughout are left
// out.
std::vector<MetricSummary> summarize(const Spec& spec, const Metrics& closed);

// Time integrals of ekssim_pods_waiting over all workloads since the warm-up: pods that still wait at the end are in it
// with what they have waited, so the causes sum to the whole exactly.
struct WaitingSummary {
    std::int64_t pods = 0;  // that waited at some time
    std::int64_t total_us = 0;
    std::array<std::int64_t, wait_cause_count> by_cause_us{};
    friend bool operator==(const WaitingSummary&, const WaitingSummary&) = default;
};

WaitingSummary summarize_waiting(const Spec& spec, const Metrics& closed);

// What all nodes and the control plane cost since the warm-up: the sum over ekssim_cost_usd_total.
double cost_usd_of(const Metrics& closed);

// --- what the measures of the expectations came to

struct GroupValue {
    std::vector<std::string> labels;        // values of the measure's `by` labels
    std::optional<double> value;            // in units of the base series; none: no sample
    std::optional<sim::Time> first_breach;  // when the signal itself broke the limit for the first time
};

struct RunValues {
    std::vector<std::vector<GroupValue>> measures;  // by position in the plan's measures
    sim::Time end;
};

RunValues read_values(const Spec& spec, const Metrics& closed);

}  // namespace eks
