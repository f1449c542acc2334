#include "models/metrics/summary.hpp"

#include <algorithm>

namespace eks {

LabelValues labels_of(const Spec& spec, const MetricDefinition& metric, std::uint32_t row, std::uint32_t column,
                      const NodeName& node) {
    LabelValues labels;
    for (const MetricLabel& label : metric.labels()) {
        std::string value = label_value(spec, label.source, row, column, node);
        if (!value.empty()) labels.emplace_back(label.name, std::move(value));
    }
    return labels;
}

double accrued(const MetricDefinition& metric, const Metrics& closed, std::uint32_t row, std::uint32_t column) {
    const SeriesLayout& layout = closed.plan().layout;
    const GaugeSeries* level = closed.gauge(layout.series(metric.family, row, column));
    const double passed =
        level == nullptr ? 0.0 : sim::as_double(level->integral) / static_cast<double>(metric.us_per_unit);
    const auto once = family_charged_once(metric.family);
    if (!once || column >= shape_of(*once).columns) return passed;
    return passed + static_cast<double>(closed.counter(layout.series(*once, row, column)));
}

namespace {

constexpr double us_per_second = 1e6;

// Fills in a gauge; false if it was zero throughout.
bool add_gauge(const MetricDefinition& metric, const GaugeSeries& gauge, const TimePool& pool, double lasted_us,
               SeriesSummary& into) {
    if (!gauge.has_lasted() || (gauge.least == 0 && gauge.greatest == 0)) return false;
    const double base = base_per_unit(metric.unit);
    const auto quantile = [&](double share) {
        return static_cast<double>(pool.quantile(gauge.buckets, share, gauge.least, gauge.greatest)) / base;
    };
    into.mean = sim::as_double(gauge.integral) / lasted_us / base;
    into.min = static_cast<double>(gauge.least) / base;
    into.max = static_cast<double>(gauge.greatest) / base;
    into.last = static_cast<double>(gauge.value) / base;
    into.p50 = quantile(0.5);
    into.p90 = quantile(0.9);
    into.p95 = quantile(0.95);
    into.p99 = quantile(0.99);
    return true;
}

bool add_samples(const MetricDefinition& metric, const SampleSeries& samples, const TallyPool& pool,
                 SeriesSummary& into) {
    if (samples.count == 0) return false;
    const double base = base_per_unit(metric.unit);
    const auto quantile = [&](double share) {
        return static_cast<double>(pool.quantile(samples.buckets, share, samples.least, samples.greatest)) / base;
    };
    into.count = samples.count;
    into.total = sim::as_double(samples.sum) / base;
    into.mean = sim::as_double(samples.sum) / static_cast<double>(samples.count) / base;
    into.min = static_cast<double>(samples.least) / base;
    into.max = static_cast<double>(samples.greatest) / base;
    into.p50 = quantile(0.5);
    into.p90 = quantile(0.9);
    into.p95 = quantile(0.95);
    into.p99 = quantile(0.99);
    pool.each(samples.buckets, [&](const BucketBounds& bounds, std::uint32_t count) {
        into.buckets.push_back(
            {static_cast<double>(bounds.low) / base, static_cast<double>(bounds.high) / base, std::int64_t{count}});
    });
    return true;
}

// A counter adds to the series before it if that has the same labels: one name may sum several columns.
void add_total(MetricSummary& summary, LabelValues labels, double total) {
    if (total == 0.0) return;
    if (!summary.series.empty() && summary.series.back().labels == labels) {
        *summary.series.back().total += total;
        return;
    }
    SeriesSummary series;
    series.labels = std::move(labels);
    series.total = total;
    summary.series.push_back(std::move(series));
}

void add_node_series(const Spec& spec, const Metrics& closed, const MetricDefinition& metric, MetricSummary& summary) {
    for (std::uint32_t row = 0; row < closed.nodes().size(); ++row) {
        const NodeSeries& node = closed.nodes()[row];
        const sim::Time from = std::max(node.launched, closed.plan().warm_up);
        const double lasted_us = static_cast<double>(std::min(node.left, closed.now()).us() - from.us());
        for (std::uint32_t column = 0; column < shape_of(metric.family).columns; ++column) {
            if (!metric.has_column(column)) continue;
            if (metric.family == Family::node_counts) {
                if (node.counts[column] == 0) continue;
                add_total(summary, labels_of(spec, metric, row, column, node.name),
                          static_cast<double>(node.counts[column]));
                continue;
            }
            SeriesSummary series;
            if (!add_gauge(metric, node.levels[column], closed.times(), lasted_us, series)) continue;
            series.labels = labels_of(spec, metric, row, column, node.name);
            summary.series.push_back(std::move(series));
        }
    }
}

}  // namespace

std::vector<MetricSummary> summarize(const Spec& spec, const Metrics& closed) {
    const MetricsPlan& plan = closed.plan();
    const double lasted_us = static_cast<double>(closed.now().us() - plan.warm_up.us());
    std::vector<MetricSummary> summaries;
    for (const MetricDefinition& metric : all_metrics()) {
        MetricSummary summary{&metric, {}};
        const FamilyShape& shape = shape_of(metric.family);
        if (shape.axis == Axis::node && is_exported(spec, metric)) add_node_series(spec, closed, metric, summary);
        for (std::uint32_t row = 0; row < plan.layout.rows(metric.family); ++row) {
            if (!reads_row(spec, metric, row)) continue;
            for (std::uint32_t column = 0; column < shape.columns; ++column) {
                if (!metric.has_column(column)) continue;
                const std::uint32_t at = plan.layout.series(metric.family, row, column);
                SeriesSummary series;
                bool is_there = false;
                if (metric.accrues()) {
                    add_total(summary, labels_of(spec, metric, row, column, {}),
                              accrued(metric, closed, row, column) / base_per_unit(metric.unit));
                } else if (metric.kind == MetricKind::counter) {
                    const std::int64_t total = closed.counter(at);
                    if (total == 0) continue;
                    add_total(summary, labels_of(spec, metric, row, column, {}),
                              static_cast<double>(total) / base_per_unit(metric.unit));
                } else if (metric.kind == MetricKind::gauge) {
                    const GaugeSeries* gauge = closed.gauge(at);
                    is_there = gauge != nullptr && add_gauge(metric, *gauge, closed.times(), lasted_us, series);
                } else {
                    const SampleSeries* samples = closed.samples(at);
                    is_there = samples != nullptr && add_samples(metric, *samples, closed.tallies(), series);
                }
                if (!is_there) continue;
                series.labels = labels_of(spec, metric, row, column, {});
                summary.series.push_back(std::move(series));
            }
        }
        if (!summary.series.empty()) summaries.push_back(std::move(summary));
    }
    return summaries;
}

WaitingSummary summarize_waiting(const Spec& spec, const Metrics& closed) {
    WaitingSummary summary;
    summary.pods = closed.pods_waited();
    for (std::uint32_t workload = 0; workload < spec.workloads.size(); ++workload) {
        for (std::uint32_t cause = 1; cause < wait_cause_count; ++cause) {
            const GaugeSeries* gauge = closed.gauge(closed.plan().layout.series(Family::waiting, workload, cause));
            if (gauge == nullptr) continue;
            summary.by_cause_us[cause] += static_cast<std::int64_t>(gauge->integral);
            summary.total_us += static_cast<std::int64_t>(gauge->integral);
        }
    }
    return summary;
}

double cost_usd_of(const Metrics& closed) {
    const MetricDefinition* const cost = find_metric("ekssim_cost_usd_total");
    double usd = 0.0;
    for (std::uint32_t row = 0; row < closed.plan().layout.rows(Family::cost_rate); ++row) {
        for (std::uint32_t column = 0; column < shape_of(Family::cost_rate).columns; ++column)
            usd += accrued(*cost, closed, row, column);
    }
    return usd / base_per_unit(MetricUnit::usd);
}

// --- measures

namespace {

std::optional<double> value_of_samples(const Measure& measure, const sim::Sketch& sketch, double window_s) {
    if (measure.aggregate == Aggregate::count) return static_cast<double>(sketch.count());
    if (measure.aggregate == Aggregate::rate) return static_cast<double>(sketch.count()) / window_s;
    if (sketch.empty()) return std::nullopt;
    if (const auto share = quantile_of(measure.aggregate)) return static_cast<double>(sketch.quantile(*share));
    switch (measure.aggregate) {
        case Aggregate::min: return static_cast<double>(sketch.min());
        case Aggregate::max: return static_cast<double>(sketch.max());
        case Aggregate::mean: return sketch.mean();
        case Aggregate::total: return sim::as_double(sketch.sum());
        default: return std::nullopt;
    }
}

std::optional<double> value_of_level(const Measure& measure, const View& view) {
    if (measure.window.at_end) {
        if (view.has_ended) return std::nullopt;
        return static_cast<double>(view.value);
    }
    if (measure.aggregate == Aggregate::last) {
        if (view.sketch.empty()) return std::nullopt;
        return static_cast<double>(view.last);
    }
    return value_of_samples(measure, view.sketch, 1.0);
}

std::optional<double> value_of(const Measure& measure, const View& view, sim::Time end) {
    const sim::Time until = std::min(measure.window.until, end);
    if (until <= measure.window.from && !measure.window.at_end) return std::nullopt;
    const double window_s = static_cast<double>(until.us() - measure.window.from.us()) / us_per_second;
    if (measure.aggregate == Aggregate::share_of_time) {
        if (view.passed_us == 0) return std::nullopt;
        return static_cast<double>(view.true_us) / static_cast<double>(view.passed_us);
    }
    switch (measure.metric().kind) {
        case MetricKind::gauge: return value_of_level(measure, view);
        case MetricKind::distribution: return value_of_samples(measure, view.sketch, window_s);
        case MetricKind::counter: break;
    }
    double total = static_cast<double>(view.total);
    if (measure.accrues()) total += sim::as_double(view.sketch.sum()) / measure.us_per_unit();
    return measure.aggregate == Aggregate::rate ? total / window_s : total;
}

}  // namespace

RunValues read_values(const Spec& spec, const Metrics& closed) {
    const MetricsPlan& plan = closed.plan();
    RunValues values;
    values.end = closed.now();
    values.measures.resize(plan.measures.size());
    for (const View& view : closed.views()) {
        const Measure& measure = plan.measures[view.group.measure];
        const bool is_of_node = shape_of(measure.leaves[view.group.leaf].metric->family).axis == Axis::node;
        GroupValue group;
        group.labels =
            group_labels(spec, plan, view.group, is_of_node ? closed.nodes()[view.group.row].name : NodeName{});
        group.value = value_of(measure, view, closed.now());
        if (view.first_breach != sim::Time::never()) group.first_breach = view.first_breach;
        values.measures[view.group.measure].push_back(std::move(group));
    }
    return values;
}

}  // namespace eks
