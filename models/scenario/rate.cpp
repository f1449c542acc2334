#include "models/scenario/rate.hpp"

#include "libsim/portable_math.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace eks {

namespace {

struct RateUnit {
    std::string_view text;
    double seconds = 1.0;
};
constexpr std::array<RateUnit, 3> rate_units{{{"/s", 1.0}, {"/min", 60.0}, {"/h", 3600.0}}};
constexpr double per_second_max = 1'000'000.0;

// A number in full, or nothing.
std::optional<double> number_in(std::string_view text) {
    double value = 0.0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

// A second; a complaint and nothing for anything but a rate.
std::optional<double> read_per_second(const Reader& at) {
    if (at.is_number()) {
        at.complain(Rule::missing_unit, fmt::format("{} is {} without a unit", at.title(), shown(at.value())),
                    "such as 30/s, 600/min or 5/h");
        return std::nullopt;
    }
    const auto text = at.text();
    if (!text) return std::nullopt;
    for (const RateUnit& unit : rate_units) {
        if (!text->ends_with(unit.text)) continue;
        const auto value = number_in(std::string_view(*text).substr(0, text->size() - unit.text.size()));
        if (!value) break;
        const double per_second = *value / unit.seconds;
        if (!(per_second >= 0.0 && per_second <= per_second_max)) {
            at.complain(Rule::out_of_range,
                        fmt::format("{} must be between 0/s and {:.0f}/s", at.title(), per_second_max));
            return std::nullopt;
        }
        return per_second;
    }
    at.complain(Rule::bad_quantity, fmt::format("{} is \"{}\", which is not a rate", at.title(), *text),
                "such as 30/s, 600/min or 5/h");
    return std::nullopt;
}

}  // namespace

std::optional<std::int32_t> read_rate_milli(const Reader& at) {
    const auto rate = read_per_second(at);
    return rate ? std::optional(static_cast<std::int32_t>(std::lround(*rate * 1000.0))) : std::nullopt;
}

std::optional<std::int64_t> read_rate_micro(const Reader& at) {
    const auto rate = read_per_second(at);
    return rate ? std::optional(std::int64_t{std::llround(*rate * 1e6)}) : std::nullopt;
}

namespace {

std::optional<RateLaw> read_steps(const Reader& at) {
    RateLaw law;
    for (const auto& [time, value] : at.members()) {
        const auto when = sim::parse_duration(time);
        if (!when || *when < sim::Duration::zero()) {
            value.complain(Rule::bad_duration, fmt::format("\"{}\" in {} is not a time", time, at.title()),
                           "such as 90m");
            return std::nullopt;
        }
        const auto rate = read_per_second(value);
        if (!rate) return std::nullopt;
        law.points.push_back({*when, *rate});
    }
    std::ranges::sort(law.points, {}, &RatePoint::at);
    if (std::ranges::adjacent_find(law.points, {}, &RatePoint::at) != law.points.end()) {
        at.complain(Rule::duplicate_key, fmt::format("{} have two rates for one time", at.title()));
        return std::nullopt;
    }
    if (!law.points.empty() && law.points.front().at == sim::Duration::zero()) return law;
    at.complain(Rule::missing_field, fmt::format("{} do not say what holds at the beginning", at.title()),
                "give a rate for 0s");
    return std::nullopt;
}

// As many steps as there are minutes, within reason; each has the mean of its part of the curve.
std::optional<RateLaw> read_sine(const Reader& at) {
    constexpr std::int64_t steps_min = 24;
    constexpr std::int64_t steps_max = 1440;
    constexpr double two_pi = 0x1.921fb54442d18p+2;
    if (!at.expect_map()) return std::nullopt;
    at.refuse_unknown_members(keys::rate_sine);
    const auto mean_at = at.required("mean");
    const auto amplitude_at = at.required("amplitude");
    const auto period_at = at.required("period");
    std::optional<double> mean;
    std::optional<double> amplitude;
    std::optional<sim::Duration> period;
    if (mean_at) mean = read_per_second(*mean_at);
    if (amplitude_at) amplitude = read_per_second(*amplitude_at);
    if (period_at) period = period_at->duration();
    if (!mean || !amplitude || !period) return std::nullopt;
    if (*amplitude > *mean) {
        amplitude_at->complain(
            Rule::out_of_range,
            fmt::format("{} is above the mean, so that the rate would fall below 0", amplitude_at->title()));
        return std::nullopt;
    }
    if (*period < sim::Duration::seconds(steps_min)) {
        period_at->complain(Rule::out_of_range, fmt::format("{} must be {} s or more", period_at->title(), steps_min));
        return std::nullopt;
    }
    const std::int64_t steps = std::clamp(*period / sim::Duration::minutes(1), steps_min, steps_max);
    RateLaw law;
    law.period = *period;
    const double step = 1.0 / static_cast<double>(steps);
    for (std::int64_t i = 0; i < steps; ++i) {
        const double from = static_cast<double>(i) * step;
        const double to = from + step;
        const double mean_of_sine =
            (sim::math::sine_of_turns(from + 0.25) - sim::math::sine_of_turns(to + 0.25)) / (two_pi * step);
        law.points.push_back({*period * i / steps, std::max(0.0, *mean + *amplitude * mean_of_sine)});
    }
    return law;
}

// As whoever resolved the scenario read it from its file.
std::optional<RateLaw> read_rate_trace(const Reader& at) {
    constexpr double longest_seconds = 86'400.0 * static_cast<double>(limits::simulated_days);
    if (at.is_text()) {
        at.complain(Rule::wrong_type,
                    fmt::format("{} names a file, which only a resolved scenario has in it", at.title()),
                    "run `ekssim resolve` on it first");
        return std::nullopt;
    }
    if (!at.expect_map()) return std::nullopt;
    at.refuse_unknown_members(keys::rate_trace);
    const auto rows = at.required("points");
    if (!rows) return std::nullopt;
    RateLaw law;
    std::optional<sim::Duration> last;
    for (const Reader& row : rows->items()) {
        const auto values = row.items();
        if (values.size() != 2) {
            row.complain(Rule::wrong_type, fmt::format("{} is not a time and a rate", row.title()));
            return std::nullopt;
        }
        const auto seconds = values[0].number(0.0, longest_seconds);
        const auto rate = values[1].number(0.0, per_second_max);
        if (!seconds || !rate) return std::nullopt;
        const auto when = sim::Duration::microseconds(std::llround(*seconds * 1e6));
        if (last ? when <= *last : when != sim::Duration::zero()) {
            row.complain(Rule::out_of_range, fmt::format("the times of {} rise from 0", at.title()));
            return std::nullopt;
        }
        last = when;
        if (law.points.empty() || law.points.back().per_second != *rate) law.points.push_back({when, *rate});
    }
    if (!law.points.empty()) return law;
    if (rows->is_list()) rows->complain(Rule::missing_field, fmt::format("{} are none", rows->title()));
    return std::nullopt;
}

}  // namespace

std::optional<RateLaw> read_rate_law(const Reader& at) {
    if (!at.is_map()) {
        const auto rate = read_per_second(at);
        return rate ? std::optional(RateLaw{{{sim::Duration::zero(), *rate}}, {}}) : std::nullopt;
    }
    at.refuse_unknown_members(keys::rate);
    const auto steps = at.member("steps");
    const auto sine = at.member("sine");
    const auto trace = at.member("trace");
    if ((steps ? 1 : 0) + (sine ? 1 : 0) + (trace ? 1 : 0) != 1) {
        at.complain(Rule::contradictory_fields, fmt::format("{} must have one of steps, sine and trace", at.title()),
                    "or be a rate such as 200/s");
        return std::nullopt;
    }
    if (steps) return read_steps(*steps);
    return sine ? read_sine(*sine) : read_rate_trace(*trace);
}

}  // namespace eks
