// How long things take: a law of chance as a plain value, sampled by inversion.
//
//   const auto boot = Distribution::lognormal_p50_p95(18_s, 45_s);
//   if (!boot) return failure(boot.error());
//   const Duration d = boot->sample(draw_unit(turn.key(), {...}));
//
// One draw gives one sample, so draws stay keyed by what they are for, and a larger unit never gives a shorter
// duration: two scenarios that differ in a law still share their luck. Samples are whole microseconds, rounded to
// nearest, never negative and never above 100 years. Parameters come from users, so the factories answer with a
// sentence where these make no sense.
#pragma once

#include "libsim/fingerprint.hpp"
#include "libsim/result.hpp"
#include "libsim/time.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace sim {

// A share of the cases and the duration that is not exceeded in them.
struct QuantilePoint {
    double share = 0.0;
    Duration value;
    bool operator==(const QuantilePoint&) const = default;
};

class Distribution {
  public:
    enum class Kind : std::uint8_t { constant, uniform, exponential, lognormal, weibull, pareto, empirical };
    static constexpr std::size_t max_points = 32;
    static constexpr Duration longest = Duration::days(36'500);

    Distribution() = default;  // always zero

    static Distribution constant(Duration value);
    static Result<Distribution> uniform(Duration least, Duration most);
    static Result<Distribution> exponential(Duration mean);
    // The logarithm of the duration in seconds is normal with this mean and standard deviation.
    static Result<Distribution> lognormal(double mu, double sigma);
    static Result<Distribution> lognormal_p50_p95(Duration p50, Duration p95);
    static Result<Distribution> lognormal_p50_p99(Duration p50, Duration p99);
    static Result<Distribution> weibull(Duration scale, double shape);
    static Result<Distribution> pareto(Duration least, double alpha);
    // Linear between the points, which must rise in share and not fall in value; flat before the first and after the
    // last.
    static Result<Distribution> empirical(std::span<const QuantilePoint> points);
    // From measured values in any order. Up to max_points of them are kept exactly; of more, quantiles that are closer
    // together toward the long end.
    static Result<Distribution> from_samples(std::span<const Duration> samples);

    // The duration at this quantile; `unit` lies in (0, 1).
    [[nodiscard]] Duration sample(double unit) const;
    [[nodiscard]] Duration quantile(double share) const { return sample(share); }
    // Exact for the law without the limit of 100 years; `longest` where it is above or infinite.
    [[nodiscard]] Duration mean() const;

    [[nodiscard]] Kind kind() const { return kind_; }

    bool operator==(const Distribution&) const = default;
    friend void hash_into(Fingerprint& print, const Distribution& law) {
        hash_all(print, law.kind_, law.a_, law.b_, law.count_);
        for (std::size_t i = 0; i < law.count_; ++i) hash_all(print, law.points_[i].share, law.points_[i].value);
    }

  private:
    Distribution(Kind kind, double a, double b) : kind_(kind), a_(a), b_(b) {}

    Kind kind_ = Kind::constant;
    std::uint8_t count_ = 0;  // of points in use
    double a_ = 0.0;          // microseconds: the constant, least, mean, scale; lognormal: mu of microseconds
    double b_ = 0.0;          // most, sigma, shape, alpha
    std::array<QuantilePoint, max_points> points_{};
};

}  // namespace sim
