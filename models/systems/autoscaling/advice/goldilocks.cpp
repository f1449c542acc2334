#include "models/systems/autoscaling/advice/goldilocks.hpp"

#include <algorithm>
#include <cmath>

namespace eks::goldilocks {

namespace {

constexpr double micro_a_usd = 1e6;

// Whole units of the largest kind of which there are more than ten: the rest is cut off. What is not even ten kibibytes
// is taken for gibibytes as it stands.
double in_gib(Bytes bytes) {
    constexpr std::int64_t enough = 10;
    if (bytes > enough * gibibyte) return static_cast<double>(bytes / gibibyte);
    if (bytes > enough * mebibyte) return static_cast<double>(bytes / mebibyte) / 1024;
    if (bytes > enough * kibibyte) return static_cast<double>(bytes / kibibyte) / (1024 * 1024);
    return static_cast<double>(bytes);
}

double mean_of_set(std::int64_t request, std::int64_t limit) {
    if (request == 0) return static_cast<double>(limit);
    if (limit == 0) return static_cast<double>(request);
    return (static_cast<double>(request) + static_cast<double>(limit)) / 2;
}

double cost(const Prices& prices, double cpu_milli, double gib) {
    return static_cast<double>(prices.core) / micro_a_usd * cpu_milli / 1000 +
           static_cast<double>(prices.gib) / micro_a_usd * gib;
}

// Beyond any bill, and so far from the end of the integers that two of them can be added.
constexpr double most_usd = 4e12;

MicroUsd in_micro(double usd) {
    constexpr double decimals = 1e4;
    constexpr auto micro_a_step = static_cast<MicroUsd>(micro_a_usd / decimals);
    return static_cast<MicroUsd>(std::clamp(usd, -most_usd, most_usd) * decimals + std::copysign(0.5, usd)) *
           micro_a_step;
}

double in_usd(MicroUsd micro) { return static_cast<double>(micro) / micro_a_usd; }

// What is paid for.
struct Paid {
    double cpu_milli = 0;
    double gib = 0;
};

bool is_unlimited(const vpa::Amounts& amounts) {
    return amounts.cpu_milli >= vpa::unlimited_amount || amounts.memory_bytes >= vpa::unlimited_amount;
}

}  // namespace

Costs costs_of(const Prices& prices, const Shown& set, const vpa::Recommendation& recommendation) {
    const Paid is{mean_of_set(set.requests.cpu_milli, set.limits.cpu_milli),
                  in_gib(static_cast<Bytes>(mean_of_set(set.requests.memory_bytes, set.limits.memory_bytes)))};
    const vpa::Amounts target = guaranteed(recommendation).requests;
    const auto [lower, upper] = burstable(recommendation);
    const auto cost_of = [&](const Paid& paid) { return cost(prices, paid.cpu_milli, paid.gib); };
    Costs costs;
    costs.current = in_micro(cost_of(is));
    const auto more = [&](const Paid& paid) { return in_micro(cost_of(paid) - in_usd(costs.current)); };
    Paid fixed = is;
    Paid between = is;
    if (target.cpu_milli > 0) {
        fixed.cpu_milli = static_cast<double>(target.cpu_milli);
        between.cpu_milli = static_cast<double>(lower.cpu_milli + upper.cpu_milli) / 2;
    }
    if (target.memory_bytes > 0) {
        fixed.gib = in_gib(target.memory_bytes);
        between.gib = (in_gib(lower.memory_bytes) + in_gib(upper.memory_bytes)) / 2;
    }
    costs.guaranteed_difference = more(fixed);
    costs.burstable_difference = is_unlimited(recommendation.upper_bound) ? std::nullopt : std::optional(more(between));
    return costs;
}

}  // namespace eks::goldilocks
