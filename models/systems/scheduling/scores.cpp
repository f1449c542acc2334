#include "models/systems/scheduling/scores.hpp"

#include <cmath>
#include <numeric>

namespace eks {

namespace {

// SCHED-54.
std::int64_t at_utilization(const std::vector<ShapePoint>& shape, std::int64_t utilization) {
    if (utilization <= shape.front().utilization) return shape.front().score * 10;
    for (std::size_t i = 1; i < shape.size(); ++i) {
        if (utilization > shape[i].utilization) continue;
        const ShapePoint& from = shape[i - 1];
        const ShapePoint& to = shape[i];
        return from.score * 10 + (to.score * 10 - from.score * 10) * (utilization - from.utilization) /
                                     (to.utilization - from.utilization);
    }
    return shape.back().score * 10;
}

std::int64_t requested_to_capacity(const std::vector<ShapePoint>& shape, std::span<const WeightedLoad> loads) {
    std::int64_t sum = 0;
    std::int64_t weights = 0;
    for (const auto& [load, weight] : loads) {
        const std::int64_t used = load.requested > load.allocatable ? 100 : load.requested * 100 / load.allocatable;
        const std::int64_t score = at_utilization(shape, used);
        if (score <= 0) continue;
        sum += score * weight;
        weights += weight;
    }
    if (weights == 0) return 0;
    return std::llround(static_cast<double>(sum) / static_cast<double>(weights));
}

}  // namespace

std::int64_t fit_score(const SchedulerProfile& profile, std::span<const WeightedLoad> loads) {
    if (profile.strategy == ScoringStrategy::requested_to_capacity_ratio)
        return requested_to_capacity(profile.shape, loads);
    std::int64_t sum = 0;
    std::int64_t weights = 0;
    for (const auto& [load, weight] : loads) {
        sum += weight * (profile.strategy == ScoringStrategy::least_allocated
                             ? least_allocated(load, 100)
                             : std::min(load.requested, load.allocatable) * 100 / load.allocatable);
        weights += weight;
    }
    return weights == 0 ? 0 : sum / weights;
}

// `bal` of SCHED-55, over any number of resources.
std::int64_t balance(std::span<const WeightedLoad> loads) {
    std::vector<double> fractions;
    for (const auto& [load, weight] : loads) fractions.push_back(fraction(load));
    double deviation = 0;
    if (fractions.size() == 2) {
        deviation = std::abs((fractions[0] - fractions[1]) / 2);
    } else if (fractions.size() > 2) {
        const auto count = static_cast<double>(fractions.size());
        const double mean = std::accumulate(fractions.begin(), fractions.end(), 0.0) / count;
        double squares = 0;
        for (const double f : fractions) squares += (f - mean) * (f - mean);
        deviation = std::sqrt(squares / count);
    }
    return static_cast<std::int64_t>((1 - deviation) * 100.0);
}

}  // namespace eks
