#include "models/report/openmetrics.hpp"

#include "libsim/check.hpp"
#include "libsim/wide.hpp"
#include "models/metrics/summary.hpp"
#include "models/report/histogram_bounds.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>

namespace eks {

namespace {

constexpr double is_absent = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view total_suffix = "_total";
constexpr std::string_view state_metrics = "kube-state-metrics";

// The names that kubernetes-mixin's rules select by, as kube-prometheus sets them (kubernetes-mixin/config.libsonnet:
// cadvisorSelector and its like). Where there is none, the exporter's own name.
std::string job_labels(std::string_view exporter) {
    if (exporter == "cAdvisor") return R"(job="kubelet",metrics_path="/metrics/cadvisor")";
    if (exporter == "kubelet") return R"(job="kubelet",metrics_path="/metrics")";
    std::string name;
    for (const char c : exporter)
        name += c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return fmt::format(R"(job="{}")", name);
}

void append_escaped(std::string& text, std::string_view value) {
    for (const char c : value) {
        if (c == '\n') {
            text += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') text += '\\';
        text += c;
    }
}

std::string label_text(const LabelValues& labels, const MetricDefinition& metric) {
    std::string text = job_labels(metric.exporter);
    for (const auto& [name, value] : labels) {
        text += ',';
        text += name;
        text += "=\"";
        append_escaped(text, value);
        text += '"';
    }
    return text;
}

bool is_named_as_counter(const MetricDefinition& metric) {
    return metric.kind == MetricKind::counter && metric.name.ends_with(total_suffix);
}

std::string_view family_name(const MetricDefinition& metric) {
    std::string_view name = metric.name;
    if (is_named_as_counter(metric)) name.remove_suffix(total_suffix.size());
    return name;
}

std::string_view type_name(const MetricDefinition& metric) {
    switch (metric.kind) {
        case MetricKind::gauge: return "gauge";
        case MetricKind::counter: return is_named_as_counter(metric) ? "counter" : "unknown";
        case MetricKind::distribution: return "histogram";
    }
    return "unknown";
}

// A unit may only be stated of a family whose name ends in it.
std::string_view stated_unit(std::string_view family) {
    for (const std::string_view unit : {"seconds", "bytes", "cores", "usd"}) {
        if (family.size() > unit.size() && family.ends_with(unit) && family[family.size() - unit.size() - 1] == '_')
            return unit;
    }
    return {};
}

std::string family_header(const MetricDefinition& metric) {
    const std::string_view family = family_name(metric);
    std::string text = fmt::format("# TYPE {} {}\n", family, type_name(metric));
    if (const std::string_view unit = stated_unit(family); !unit.empty())
        text += fmt::format("# UNIT {} {}\n", family, unit);
    text += fmt::format("# HELP {} ", family);
    append_escaped(text, metric.meaning);
    text += fmt::format(" ({})\n", metric.exporter);
    return text;
}

// As OpenMetrics writes a bound: always with a fraction.
std::string bound_text(double bound) {
    return bound == std::floor(bound) ? fmt::format("{:.1f}", bound) : fmt::format("{}", bound);
}

std::string instant_text_of(std::int64_t ms) {
    return ms % 1000 == 0 ? fmt::format("{}", ms / 1000) : fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

// kube-state-metrics shows what objects there are, and a reason for waiting only while a container has it.
bool shows_zeros(const MetricDefinition& metric) {
    return metric.exporter == state_metrics && metric.family != Family::container_waiting;
}

// Of the samples in buckets whose middle is no more than the bound.
std::uint64_t samples_up_to(std::int64_t bound, const SampleSeries& samples, const TallyPool& pool) {
    std::uint64_t count = 0;
    pool.each(samples.buckets, [&](const BucketBounds& bucket, std::uint32_t weight) {
        if ((bucket.low + bucket.high) / 2 <= bound) count += weight;
    });
    return count;
}

void add_samples_up_to(const std::vector<double>& bounds, double base, const SampleSeries& samples,
                       const TallyPool& pool, double* numbers) {
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const auto bound = static_cast<std::int64_t>(std::llround(bounds[i] * base));
        // Exact where all samples are on one side.
        const std::uint64_t below = samples.greatest <= bound ? static_cast<std::uint64_t>(samples.count)
                                    : samples.least > bound   ? 0
                                                              : samples_up_to(bound, samples, pool);
        numbers[i] += static_cast<double>(below);
    }
    numbers[bounds.size()] += static_cast<double>(samples.count);
    numbers[bounds.size() + 1] += sim::as_double(samples.sum) / base;
}

}  // namespace

OpenMetricsRecorder::OpenMetricsRecorder(const Spec& spec) : start_ms_(spec.start_unix_seconds * 1000) {
    for (const MetricDefinition& metric : all_metrics()) {
        if (!is_exported(spec, metric)) continue;
        FamilyLines family;
        family.metric = &metric;
        family.starts_at_once = shows_zeros(metric);
        if (metric.kind == MetricKind::distribution) {
            family.bounds = histogram_bounds(metric);
            family.width = family.bounds.size() + 2;
        }
        families_.push_back(std::move(family));
    }
}

void OpenMetricsRecorder::scrape(const Spec& spec, const Metrics& metrics, sim::Time now) {
    const std::int64_t at_ms = start_ms_ + now.us() / 1000;
    CHECK(at_ms_.empty() || at_ms > at_ms_.back(), "scrapes go forward in time");
    at_ms_.push_back(at_ms);
    const Metrics closed = metrics.closed_at(spec, now);
    for (FamilyLines& family : families_) {
        if (shape_of(family.metric->family).axis == Axis::node)
            scrape_nodes(spec, closed, family);
        else
            scrape_rows(spec, closed, family);
    }
}

void OpenMetricsRecorder::scrape_nodes(const Spec& spec, const Metrics& closed, FamilyLines& family) {
    const MetricDefinition& metric = *family.metric;
    const double base = base_per_unit(metric.unit);
    for (std::uint32_t row = 0; row < closed.nodes().size(); ++row) {
        const NodeSeries& node = closed.nodes()[row];
        if (node.has_left) continue;
        // An instance is no node before it has registered.
        const bool is_node = node.levels[static_cast<std::size_t>(NodeLevel::known)].value > 0;
        if (metric.exporter == state_metrics && !is_node) continue;
        for (std::uint32_t column = 0; column < shape_of(metric.family).columns; ++column) {
            if (!metric.has_column(column)) continue;
            if (metric.family == Family::node_counts) {
                *numbers(spec, family, row, column, node.name) += static_cast<double>(node.counts[column]) / base;
                continue;
            }
            const GaugeSeries& level = node.levels[column];
            if (level.since == sim::Time::never()) continue;
            *numbers(spec, family, row, column, node.name) += static_cast<double>(level.value) / base;
        }
    }
}

void OpenMetricsRecorder::scrape_rows(const Spec& spec, const Metrics& closed, FamilyLines& family) {
    const MetricDefinition& metric = *family.metric;
    const SeriesLayout& layout = closed.plan().layout;
    const double base = base_per_unit(metric.unit);
    for (std::uint32_t row = 0; row < layout.rows(metric.family); ++row) {
        if (!reads_row(spec, metric, row)) continue;
        for (std::uint32_t column = 0; column < shape_of(metric.family).columns; ++column) {
            if (!metric.has_column(column)) continue;
            const std::uint32_t at = layout.series(metric.family, row, column);
            if (metric.kind == MetricKind::distribution) {
                const SampleSeries* samples = closed.samples(at);
                if (samples == nullptr || samples->count == 0) continue;
                add_samples_up_to(family.bounds, base, *samples, closed.tallies(),
                                  numbers(spec, family, row, column, {}));
                continue;
            }
            double value = 0.0;
            bool is_touched = false;
            if (metric.accrues()) {
                value = accrued(metric, closed, row, column);
                is_touched = value != 0.0;
            } else if (metric.kind == MetricKind::counter) {
                value = static_cast<double>(closed.counter(at));
                is_touched = value != 0.0;
            } else if (const GaugeSeries* gauge = closed.gauge(at); gauge != nullptr) {
                value = static_cast<double>(gauge->value);
                is_touched = true;
            }
            if (is_touched || family.starts_at_once) *numbers(spec, family, row, column, {}) += value / base;
        }
    }
}

double* OpenMetricsRecorder::numbers(const Spec& spec, FamilyLines& family, std::uint32_t row, std::uint32_t column,
                                     const NodeName& node) {
    const std::size_t columns = shape_of(family.metric->family).columns;
    const std::size_t cell = row * columns + column;
    if (cell >= family.by_cell.size()) family.by_cell.resize(cell + columns, 0);
    const std::size_t scrape = at_ms_.size() - 1;
    if (family.by_cell[cell] == 0) {
        std::string labels = label_text(labels_of(spec, *family.metric, row, column, node), *family.metric);
        const auto [place, is_new] = family.by_labels.try_emplace(labels, family.lines.size());
        if (is_new) family.lines.push_back({std::move(labels), scrape, {}});
        family.by_cell[cell] = place->second + 1;
    }
    Line& line = family.lines[family.by_cell[cell] - 1];
    const std::size_t begin = (scrape - line.first) * family.width;
    if (line.values.size() <= begin) {
        line.values.resize(begin, is_absent);
        line.values.resize(begin + family.width, 0.0);
        samples_ += family.metric->kind == MetricKind::distribution ? family.width + 1 : 1;
    }
    return line.values.data() + begin;
}

void OpenMetricsRecorder::append(std::string& text, const FamilyLines& family, const Line& line) const {
    auto out = std::back_inserter(text);
    const std::string_view name = family.metric->name;
    for (std::size_t i = 0; i * family.width < line.values.size(); ++i) {
        const double* numbers = line.values.data() + i * family.width;
        if (std::isnan(numbers[0])) continue;
        const std::string at = instant_text_of(at_ms_[line.first + i]);
        if (family.metric->kind != MetricKind::distribution) {
            fmt::format_to(out, "{}{{{}}} {} {}\n", name, line.labels, numbers[0], at);
            continue;
        }
        const std::size_t bounds = family.bounds.size();
        for (std::size_t b = 0; b < bounds; ++b)
            fmt::format_to(out, "{}_bucket{{{},le=\"{}\"}} {} {}\n", name, line.labels, bound_text(family.bounds[b]),
                           numbers[b], at);
        fmt::format_to(out, "{}_bucket{{{},le=\"+Inf\"}} {} {}\n", name, line.labels, numbers[bounds], at);
        fmt::format_to(out, "{}_count{{{}}} {} {}\n", name, line.labels, numbers[bounds], at);
        fmt::format_to(out, "{}_sum{{{}}} {} {}\n", name, line.labels, numbers[bounds + 1], at);
    }
}

std::string OpenMetricsRecorder::next_text() {
    while (next_family_ < families_.size()) {
        FamilyLines& family = families_[next_family_];
        if (next_line_ == family.lines.size()) {
            family = {};
            ++next_family_;
            next_line_ = 0;
            continue;
        }
        Line& line = family.lines[next_line_];
        std::string text = next_line_ == 0 ? family_header(*family.metric) : std::string();
        append(text, family, line);
        line.values = {};
        ++next_line_;
        return text;
    }
    if (has_ended_) return {};
    has_ended_ = true;
    return "# EOF\n";
}

}  // namespace eks
