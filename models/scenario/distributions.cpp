// How a scenario writes a law of chance for a duration:
//
//     30s
//     {constant: 30s}
//     {uniform: {min: 10s, max: 40s}}
//     {exponential: {mean: 30s}}
//     {lognormal: {p50: 18s, p95: 45s}}      or p50 and p99
//     {weibull: {scale: 30s, shape: 1.5}}
//     {pareto: {min: 5s, alpha: 2.5}}
//     {empirical: [2s, 3s, 3s, 9s]}          measured values, or
//     {empirical: {p0: 1s, p50: 3s, p100: 9s}}   quantiles of them
//
// The parameters are checked by libsim, which knows what each law can be; the texts of its refusals are passed on.

#include "models/scenario/keys.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace eks {

namespace {

using Law = std::optional<sim::Distribution>;

Law accepted(const Reader& at, const sim::Result<sim::Distribution>& law) {
    if (law) return *law;
    at.complain(Rule::bad_distribution, fmt::format("{}: {}", at.title(), law.error()));
    return std::nullopt;
}

std::optional<sim::Duration> required_duration(const Reader& at, std::string_view key) {
    const auto there = at.required(key);
    return there ? there->duration() : std::nullopt;
}

Law read_uniform(const Reader& at) {
    at.refuse_unknown_members(keys::law_uniform);
    const auto least = required_duration(at, "min");
    const auto most = required_duration(at, "max");
    if (!least || !most) return std::nullopt;
    return accepted(at, sim::Distribution::uniform(*least, *most));
}

Law read_exponential(const Reader& at) {
    at.refuse_unknown_members(keys::law_exponential);
    const auto mean = required_duration(at, "mean");
    if (!mean) return std::nullopt;
    return accepted(at, sim::Distribution::exponential(*mean));
}

Law read_lognormal(const Reader& at) {
    at.refuse_unknown_members(keys::law_lognormal);
    if (at.has("p95") && at.has("p99")) {
        at.complain(Rule::contradictory_fields, fmt::format("{} states both p95 and p99", at.title()),
                    "two quantiles fix a lognormal law: give p50 with one of them");
        return std::nullopt;
    }
    const auto median = required_duration(at, "p50");
    const bool by_p99 = at.has("p99");
    const auto high = required_duration(at, by_p99 ? "p99" : "p95");
    if (!median || !high) return std::nullopt;
    return accepted(at, by_p99 ? sim::Distribution::lognormal_p50_p99(*median, *high)
                               : sim::Distribution::lognormal_p50_p95(*median, *high));
}

constexpr double parameter_min = 0.01;
constexpr double parameter_max = 100.0;

Law read_weibull(const Reader& at) {
    at.refuse_unknown_members(keys::law_weibull);
    const auto scale = required_duration(at, "scale");
    const auto shape_at = at.required("shape");
    const auto shape = shape_at ? shape_at->number(parameter_min, parameter_max) : std::nullopt;
    if (!scale || !shape) return std::nullopt;
    return accepted(at, sim::Distribution::weibull(*scale, *shape));
}

Law read_pareto(const Reader& at) {
    at.refuse_unknown_members(keys::law_pareto);
    const auto least = required_duration(at, "min");
    const auto alpha_at = at.required("alpha");
    const auto alpha = alpha_at ? alpha_at->number(parameter_min, parameter_max) : std::nullopt;
    if (!least || !alpha) return std::nullopt;
    return accepted(at, sim::Distribution::pareto(*least, *alpha));
}

// "p99.9" -> 0.999
std::optional<double> share_of_key(std::string_view key) {
    if (key.size() < 2 || key.front() != 'p') return std::nullopt;
    double percent = 0.0;
    const auto read = std::from_chars(key.data() + 1, key.data() + key.size(), percent);
    if (read.ec != std::errc{} || read.ptr != key.data() + key.size() || !(percent >= 0.0 && percent <= 100.0))
        return std::nullopt;
    return percent / 100.0;
}

Law read_empirical(const Reader& at) {
    if (at.is_list()) {
        std::vector<sim::Duration> samples;
        bool all_read = true;
        for (const Reader& item : at.items()) {
            const auto sample = item.duration();
            all_read = all_read && sample;
            if (sample) samples.push_back(*sample);
        }
        if (!all_read) return std::nullopt;
        return accepted(at, sim::Distribution::from_samples(samples));
    }
    std::vector<sim::QuantilePoint> points;
    bool all_read = true;
    for (const auto& [key, member] : at.members()) {
        const auto share = share_of_key(key);
        const auto value = member.duration();
        if (!share) {
            at.complain_at_key(key, Rule::bad_distribution,
                               fmt::format("{} has \"{}\" where a quantile was expected", at.title(), key),
                               "write quantiles as p50, p95, p99.9");
        }
        all_read = all_read && share && value;
        if (share && value) points.push_back({*share, *value});
    }
    if (!all_read) return std::nullopt;
    std::ranges::sort(points, {}, [](const auto& point) { return std::pair(point.share, point.value); });
    return accepted(at, sim::Distribution::empirical(points));
}

Law read_law(const std::string& name, const Reader& at) {
    if (name == "constant") {
        const auto value = at.duration();
        return value ? Law(sim::Distribution::constant(*value)) : std::nullopt;
    }
    if (name == "empirical") return read_empirical(at);
    if (!at.expect_map()) return std::nullopt;
    if (name == "uniform") return read_uniform(at);
    if (name == "exponential") return read_exponential(at);
    if (name == "lognormal") return read_lognormal(at);
    if (name == "weibull") return read_weibull(at);
    return read_pareto(at);
}

}  // namespace

std::optional<sim::Distribution> Reader::distribution() const {
    if (!is_map()) {
        const auto value = duration();
        return value ? Law(sim::Distribution::constant(*value)) : std::nullopt;
    }
    const auto laws = members();
    if (laws.size() != 1) {
        complain(Rule::bad_distribution, fmt::format("{} must name one law", title()),
                 "such as 30s, or {lognormal: {p50: 18s, p95: 45s}}");
        return std::nullopt;
    }
    const auto& [name, at] = laws.front();
    if (std::find(keys::laws.begin(), keys::laws.end(), name) == keys::laws.end()) {
        complain_at_key(name, Rule::bad_distribution, fmt::format("{} names an unknown law \"{}\"", title(), name),
                        did_you_mean(name, keys::laws));
        return std::nullopt;
    }
    return read_law(name, at);
}

}  // namespace eks
