#include "models/systems/autoscaling/advice/goldilocks.hpp"

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
    return static_cast<double>(request + limit) / 2;
}

double cost(const Prices& prices, double cpu_milli, double gib) {
    return static_cast<double>(prices.core) / micro_a_usd * cpu_milli / 1000 +
           static_cast<double>(prices.gib) / micro_a_usd * gib;
}

double to_four_decimals(double usd) {
    constexpr double decimals = 1e4;
    return static_cast<double>(static_cast<std::int64_t>(usd * decimals + std::copysign(0.5, usd))) / decimals;
}

MicroUsd in_micro(double usd) { return static_cast<MicroUsd>(std::llround(usd * micro_a_usd)); }

}  // namespace

Costs costs_of(const Prices& prices, const Shown& set, const vpa::Recommendation& recommendation) {
    const double current = to_four_decimals(
        cost(prices, mean_of_set(set.requests.cpu_milli, set.limits.cpu_milli),
             in_gib(static_cast<Bytes>(mean_of_set(set.requests.memory_bytes, set.limits.memory_bytes)))));
    const vpa::Amounts target = shown(recommendation.target);
    const vpa::Amounts lower = shown(recommendation.lower_bound);
    const vpa::Amounts upper = shown(recommendation.upper_bound);
    const double guaranteed = cost(prices, static_cast<double>(target.cpu_milli), in_gib(target.memory_bytes));
    const double burstable = cost(prices, static_cast<double>(lower.cpu_milli + upper.cpu_milli) / 2,
                                  (in_gib(lower.memory_bytes) + in_gib(upper.memory_bytes)) / 2);
    return {in_micro(current), in_micro(to_four_decimals(guaranteed - current)),
            in_micro(to_four_decimals(burstable - current))};
}

}  // namespace eks::goldilocks
