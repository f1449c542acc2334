#include "libsim/statistics.hpp"

#include "libsim/check.hpp"
#include "libsim/portable_math.hpp"

#include <limits>
#include <vector>

namespace sim {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

void check_level(double level) { CHECK(level > 0.0 && level < 1.0, "a level of confidence lies between 0 and 1"); }

// The probability above |t|, from the side on which it does not come out as a difference of nearly equal numbers.
double student_tail(double t, double degrees_of_freedom) {
    const double square = t * t;
    if (square < degrees_of_freedom) {
        return 0.5 * (1.0 - math::incomplete_beta(0.5, degrees_of_freedom / 2, square / (degrees_of_freedom + square)));
    }
    return 0.5 * math::incomplete_beta(degrees_of_freedom / 2, 0.5, degrees_of_freedom / (degrees_of_freedom + square));
}

Interval interval_of(const Moments& moments, double level) {
    check_level(level);
    if (moments.count == 0) return {-unbounded, 0.0, unbounded};
    if (moments.count == 1) return {-unbounded, moments.mean, unbounded};
    const auto n = static_cast<double>(moments.count);
    const double half = student_quantile(0.5 + level / 2, n - 1) * math::sqrt(moments.variance() / n);
    return {moments.mean - half, moments.mean, moments.mean + half};
}

}  // namespace

void Moments::add(double value) {
    ++count;
    const double from_old_mean = value - mean;
    mean += from_old_mean / static_cast<double>(count);
    squares += from_old_mean * (value - mean);
}

double student_probability(double t, double degrees_of_freedom) {
    CHECK(degrees_of_freedom > 0.0, "Student's distribution needs positive degrees of freedom");
    if (t == 0.0) return 0.5;
    const double outside = student_tail(t, degrees_of_freedom);
    return t > 0.0 ? 1.0 - outside : outside;
}

double student_quantile(double p, double degrees_of_freedom) {
    CHECK(p > 0.0 && p < 1.0, "a quantile needs a probability between 0 and 1");
    CHECK(degrees_of_freedom > 0.0, "Student's distribution needs positive degrees of freedom");
    if (p == 0.5) return 0.0;
    if (p < 0.5) return -student_quantile(1.0 - p, degrees_of_freedom);
    // The tail falls as t rises: enclose the answer, then halve until the bounds are neighbours.
    const double tail = 1.0 - p;
    double low = 0.0;
    double high = 2.0;
    while (student_tail(high, degrees_of_freedom) > tail && high < 1e300) {
        low = high;
        high *= 2;
    }
    for (int i = 0; i < 200; ++i) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        (student_tail(middle, degrees_of_freedom) > tail ? low : high) = middle;
    }
    return low + (high - low) / 2;
}

Interval mean_interval(std::span<const double> values, double level) {
    Moments moments;
    for (const double value : values) moments.add(value);
    return interval_of(moments, level);
}

Interval paired_difference(std::span<const double> a, std::span<const double> b, double level) {
    CHECK(a.size() == b.size(), "paired values come in pairs");
    Moments moments;
    for (std::size_t i = 0; i < a.size(); ++i) moments.add(b[i] - a[i]);
    return interval_of(moments, level);
}

Interval wilson_interval(std::uint64_t successes, std::uint64_t trials, double level) {
    check_level(level);
    CHECK(successes <= trials, "there cannot be more successes than trials");
    if (trials == 0) return {0.0, 0.5, 1.0};
    const double z = math::normal_quantile(0.5 + level / 2);
    const auto n = static_cast<double>(trials);
    const double share = static_cast<double>(successes) / n;
    const double centre = share + z * z / (2 * n);
    const double half = z * math::sqrt(share * (1.0 - share) / n + z * z / (4 * n * n));
    const double scale = 1.0 + z * z / n;
    // At the ends the bound is 0 or 1 by the formula; rounding must not move it.
    return {successes == 0 ? 0.0 : (centre - half) / scale, share, successes == trials ? 1.0 : (centre + half) / scale};
}

Interval batch_means(std::span<const double> values, std::size_t batches, double level) {
    check_level(level);
    CHECK(batches >= 2, "batch means need at least two batches");
    const std::size_t length = values.size() / batches;
    if (length < 2) return {-unbounded, values.empty() ? 0.0 : mean_interval(values, level).estimate, unbounded};
    const std::span<const double> used = values.subspan(values.size() - length * batches);
    Moments means;
    for (std::size_t i = 0; i < batches; ++i) {
        Moments batch;
        for (const double value : used.subspan(i * length, length)) batch.add(value);
        means.add(batch.mean);
    }
    return interval_of(means, level);
}

std::optional<std::size_t> mser5(std::span<const double> values) {
    constexpr std::size_t group = 5;
    const std::size_t groups = values.size() / group;
    if (groups < 2) return std::nullopt;
    std::vector<double> means(groups);
    for (std::size_t i = 0; i < groups; ++i) {
        Moments five;
        for (const double value : values.subspan(i * group, group)) five.add(value);
        means[i] = five.mean;
    }
    // From the back, so that each cut adds one value to the moments of the rest. A rest of fewer than five means says
    // nothing.
    Moments rest;
    std::size_t best = groups;
    double least = unbounded;
    for (std::size_t cut = groups; cut-- > 0;) {
        rest.add(means[cut]);
        if (rest.count < group) continue;
        const auto n = static_cast<double>(rest.count);
        const double score = rest.squares / (n * n);
        if (score <= least) {
            least = score;
            best = cut;
        }
    }
    if (best > groups / 2) return std::nullopt;
    return best * group;
}

}  // namespace sim
