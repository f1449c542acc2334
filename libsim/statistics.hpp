// What may be concluded from runs: means with intervals, shares with intervals, where warm-up ends.
//
//   const Interval mean = mean_interval(values_of_runs, 0.95);
//   if (mean.high < limit) ...                     // known to be below, at this confidence
//
// Sums run in the order of the values, so equal input gives equal bits. Levels of confidence lie in (0, 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sim {

struct Interval {
    double low = 0.0;
    double estimate = 0.0;
    double high = 0.0;

    bool operator==(const Interval&) const = default;
};

// Mean and sample variance (divided by n - 1) in one pass, without cancellation (Welford).
struct Moments {
    std::uint64_t count = 0;
    double mean = 0.0;
    double squares = 0.0;  // sum of squared deviations from the mean

    void add(double value);
    [[nodiscard]] double variance() const { return count < 2 ? 0.0 : squares / static_cast<double>(count - 1); }
};

// The t of Student's distribution that is not exceeded with probability p; any positive degrees of freedom.
[[nodiscard]] double student_quantile(double p, double degrees_of_freedom);
[[nodiscard]] double student_probability(double t, double degrees_of_freedom);

// The mean of independent values, such as one number from each replication. Two values are the least from which a width
// can be told: below that the interval is everything.
[[nodiscard]] Interval mean_interval(std::span<const double> values, double level);

// b - a, value by value, for runs that share their draws: what the change did, with the luck they share taken out. Both
// have the same length.
[[nodiscard]] Interval paired_difference(std::span<const double> a, std::span<const double> b, double level);

// A share of successes (Wilson, 1927): within 0 and 1, and not empty when none or all succeed. All of [0, 1] for no
// trials.
[[nodiscard]] Interval wilson_interval(std::uint64_t successes, std::uint64_t trials, double level);

// The mean of one long run whose values depend on their neighbours: means of so many equal stretches count as
// independent. What does not fill a stretch is left out at the front. Needs at least two values a stretch; else the
// interval is everything.
[[nodiscard]] Interval batch_means(std::span<const double> values, std::size_t batches, double level);

// How many values at the front to leave out as warm-up: MSER-5 (White, 1997), the cut that minimises the width of the
// confidence interval of the rest over means of five. Nothing when the minimum lies in the second half, where a cut
// means that the run is too short to tell.
[[nodiscard]] std::optional<std::size_t> mser5(std::span<const double> values);

}  // namespace sim
