#include "models/systems/autoscaling/advice/krr.hpp"

#include "models/quantities.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace eks::krr {

namespace {

constexpr Millicores least_cpu_milli = 10;
constexpr Bytes least_memory_bytes = 100 * mebibyte;

std::int64_t count(std::span<const Series> pods) {
    std::int64_t all = 0;
    for (const Series& pod : pods) {
        for (const Points& points : pod) all += points.times;
    }
    return all;
}

// The one at this place of sorted points.
double value_at(const Series& sorted, std::int64_t place) {
    for (const Points& points : sorted) {
        if (place < points.times) return points.value;
        place -= points.times;
    }
    return sorted.back().value;
}

// Interpolated between the two nearest points.
double percentile_of(Series points, double percent) {
    std::ranges::sort(points, {}, &Points::value);
    const double rank = percent / 100 * static_cast<double>(count(std::span(&points, 1)) - 1);
    const auto place = static_cast<std::int64_t>(rank);
    const double below = value_at(points, place);
    return below + (value_at(points, place + 1) - below) * (rank - static_cast<double>(place));
}

Series all_points(std::span<const Series> pods) {
    Series all;
    for (const Series& pod : pods) all.insert(all.end(), pod.begin(), pod.end());
    return all;
}

Silence silence_about(std::span<const Series> pods, bool is_scaled_by_hpa, const Settings& settings) {
    const std::int64_t points = count(pods);
    if (points == 0) return Silence::no_data;
    if (points < settings.least_points) return Silence::not_enough_data;
    return is_scaled_by_hpa && !settings.allows_hpa ? Silence::scaled_by_hpa : Silence::none;
}

std::int64_t rounded_cpu(double cores) {
    constexpr double milli_per_core = 1000;
    return std::max(static_cast<Millicores>(std::ceil(cores * milli_per_core)), least_cpu_milli);
}

std::int64_t rounded_memory(double bytes) {
    const auto mebibytes = static_cast<std::int64_t>(std::ceil(bytes / static_cast<double>(mebibyte)));
    return std::max(mebibytes * mebibyte, least_memory_bytes);
}

double peak_of(std::span<const Series> pods) {
    double peak = 0;
    for (const Series& pod : pods) {
        for (const Points& points : pod) peak = std::max(peak, points.value);
    }
    return peak;
}

double with_buffer(double amount, double percent) { return amount * (1 + percent / 100); }

struct Steps {
    std::int64_t ok;
    std::int64_t warning;
    std::int64_t critical;
};

Severity severity_of(std::optional<std::int64_t> set, std::optional<std::int64_t> advised, const Steps& steps) {
    if (!set && !advised) return Severity::good;
    if (!set || !advised) return Severity::warning;
    const std::int64_t difference = std::abs(*set - *advised);
    if (difference >= steps.critical) return Severity::critical;
    if (difference >= steps.warning) return Severity::warning;
    return difference >= steps.ok ? Severity::ok : Severity::good;
}

}  // namespace

Advice cpu_advice(std::span<const Series> pods, bool is_scaled_by_hpa, const Settings& settings) {
    Advice advice;
    advice.silence = silence_about(pods, is_scaled_by_hpa, settings);
    if (advice.silence != Silence::none) return advice;
    if (settings.strategy == Strategy::simple_limit) {
        advice.request = rounded_cpu(percentile_of(all_points(pods), settings.cpu_request_percentile));
        advice.limit = rounded_cpu(percentile_of(all_points(pods), settings.cpu_limit_percentile));
        return advice;
    }
    double most = 0;
    for (const Series& pod : pods)
        if (!pod.empty()) most = std::max(most, percentile_of(pod, settings.cpu_percentile));
    advice.request = rounded_cpu(most);
    return advice;
}

Advice memory_advice(std::span<const Series> pods, double oom_limit_bytes, bool is_scaled_by_hpa,
                     const Settings& settings) {
    Advice advice;
    advice.silence = silence_about(pods, is_scaled_by_hpa, settings);
    if (advice.silence != Silence::none) return advice;
    const double peak = with_buffer(peak_of(pods), settings.memory_buffer_percent);
    advice.request = rounded_memory(std::max(peak, with_buffer(oom_limit_bytes, settings.oom_buffer_percent)));
    advice.limit = advice.request;
    return advice;
}

Severity cpu_severity(std::optional<std::int64_t> set_milli, std::optional<std::int64_t> advised_milli) {
    return severity_of(set_milli, advised_milli, {100, 250, 500});
}

Severity memory_severity(std::optional<std::int64_t> set_bytes, std::optional<std::int64_t> advised_bytes) {
    return severity_of(set_bytes, advised_bytes, {100 * mebibyte, 250 * mebibyte, 500 * mebibyte});
}

Severity worse_cpu_severity(const Set& set, const Advice& advice) {
    if (advice.silence != Silence::none) return Severity::unknown;
    return std::max(cpu_severity(set.request, advice.request), cpu_severity(set.limit, advice.limit));
}

Severity worse_memory_severity(const Set& set, const Advice& advice) {
    if (advice.silence != Silence::none) return Severity::unknown;
    return std::max(memory_severity(set.request, advice.request), memory_severity(set.limit, advice.limit));
}

}  // namespace eks::krr
