#include "libsim/distribution.hpp"

#include "libsim/check.hpp"
#include "libsim/portable_math.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sim {
namespace {

constexpr double ln_million = 13.815510557964274;  // seconds to microseconds on the logarithmic scale

double as_double_us(Duration d) { return static_cast<double>(d.us()); }

Duration rounded_duration(double us) {
    if (!(us > 0.0)) return Duration::zero();
    if (us >= as_double_us(Distribution::longest)) return Distribution::longest;
    return Duration::microseconds(std::llround(us));
}

bool is_duration_of_a_law(Duration d) { return d >= Duration::zero() && d <= Distribution::longest; }

Result<Distribution> lognormal_by_quantile(Duration p50, Duration upper, double share, const char* name) {
    if (p50 <= Duration::zero() || p50 > Distribution::longest)
        return failure("the p50 of a lognormal law must be longer than zero and at most 100 years");
    if (upper < p50 || upper > Distribution::longest) {
        return failure(std::string("the ") + name +
                       " of a lognormal law must not be below its p50 and at most 100 years");
    }
    const double mu = math::log(as_double_us(p50));
    const double sigma = (math::log(as_double_us(upper)) - mu) / math::normal_quantile(share);
    return Distribution::lognormal(mu - ln_million, sigma);
}

}  // namespace

Distribution Distribution::constant(Duration value) {
    CHECK(is_duration_of_a_law(value), "a constant delay must be between zero and 100 years");
    return {Kind::constant, as_double_us(value), 0.0};
}

Result<Distribution> Distribution::uniform(Duration least, Duration most) {
    if (!is_duration_of_a_law(least) || !is_duration_of_a_law(most))
        return failure("the bounds of a uniform law must be between zero and 100 years");
    if (most < least) return failure("the upper bound of a uniform law is below its lower bound");
    return Distribution(Kind::uniform, as_double_us(least), as_double_us(most));
}

Result<Distribution> Distribution::exponential(Duration mean) {
    if (!is_duration_of_a_law(mean))
        return failure("the mean of an exponential law must be between zero and 100 years");
    return Distribution(Kind::exponential, as_double_us(mean), 0.0);
}

Result<Distribution> Distribution::lognormal(double mu, double sigma) {
    if (!(mu >= -50.0 && mu <= 25.0))
        return failure("the mu of a lognormal law (logarithm of seconds) must be between -50 and 25");
    if (!(sigma >= 0.0 && sigma <= 50.0)) return failure("the sigma of a lognormal law must be between 0 and 50");
    return Distribution(Kind::lognormal, mu + ln_million, sigma);
}

Result<Distribution> Distribution::lognormal_p50_p95(Duration p50, Duration p95) {
    return lognormal_by_quantile(p50, p95, 0.95, "p95");
}
Result<Distribution> Distribution::lognormal_p50_p99(Duration p50, Duration p99) {
    return lognormal_by_quantile(p50, p99, 0.99, "p99");
}

Result<Distribution> Distribution::weibull(Duration scale, double shape) {
    if (!is_duration_of_a_law(scale)) return failure("the scale of a Weibull law must be between zero and 100 years");
    if (!(shape >= 0.01 && shape <= 1'000.0))
        return failure("the shape of a Weibull law must be between 0.01 and 1000");
    return Distribution(Kind::weibull, as_double_us(scale), shape);
}

Result<Distribution> Distribution::pareto(Duration least, double alpha) {
    if (!is_duration_of_a_law(least))
        return failure("the least value of a Pareto law must be between zero and 100 years");
    if (!(alpha >= 0.01 && alpha <= 1'000.0)) return failure("the alpha of a Pareto law must be between 0.01 and 1000");
    return Distribution(Kind::pareto, as_double_us(least), alpha);
}

Result<Distribution> Distribution::empirical(std::span<const QuantilePoint> points) {
    if (points.empty()) return failure("an empirical law needs at least one point");
    if (points.size() > max_points) return failure("an empirical law takes at most 32 points");
    Distribution law(Kind::empirical, 0.0, 0.0);
    for (const QuantilePoint& point : points) {
        if (!(point.share >= 0.0 && point.share <= 1.0))
            return failure("the shares of an empirical law must be between 0 and 1");
        if (!is_duration_of_a_law(point.value))
            return failure("the values of an empirical law must be between zero and 100 years");
        if (law.count_ > 0) {
            const QuantilePoint& before = law.points_[law.count_ - 1U];
            if (point.share <= before.share) return failure("the shares of an empirical law must rise");
            if (point.value < before.value) return failure("the values of an empirical law must not fall");
        }
        law.points_[law.count_++] = point;
    }
    return law;
}

Result<Distribution> Distribution::from_samples(std::span<const Duration> samples) {
    if (samples.empty()) return failure("a law from measured values needs at least one value");
    std::vector<Duration> sorted(samples.begin(), samples.end());
    std::sort(sorted.begin(), sorted.end());  // equal values are interchangeable
    if (sorted.size() == 1) {
        const QuantilePoint only{0.5, sorted[0]};
        return empirical({&only, 1});
    }
    std::vector<QuantilePoint> points;
    const double last = static_cast<double>(sorted.size() - 1);
    const auto take = [&](std::size_t i) { points.push_back({static_cast<double>(i) / last, sorted[i]}); };
    if (sorted.size() <= max_points) {
        for (std::size_t i = 0; i < sorted.size(); ++i) take(i);
    } else {
        // Where the share of longer ones is still above zero, per mille: evenly in the body, by halves in the tail.
        constexpr std::array<int, 31> longer{1000, 975, 950, 900, 850, 800, 750, 700, 650, 600, 550,
                                             500,  450, 400, 350, 300, 250, 200, 175, 150, 125, 100,
                                             75,   50,  35,  25,  15,  10,  5,   2,   0};
        std::size_t previous = sorted.size();
        for (const int per_mille : longer) {
            const std::size_t i = (sorted.size() - 1) * static_cast<std::size_t>(1000 - per_mille) / 1000;
            if (i != previous) take(i);
            previous = i;
        }
    }
    return empirical(points);
}

Duration Distribution::sample(double unit) const {
    CHECK(unit > 0.0 && unit < 1.0, "a law is sampled by a number between 0 and 1");
    switch (kind_) {
        case Kind::constant: return rounded_duration(a_);
        case Kind::uniform: return rounded_duration(a_ + (b_ - a_) * unit);
        case Kind::exponential: return rounded_duration(-a_ * math::log(1.0 - unit));
        case Kind::lognormal: return rounded_duration(math::exp(a_ + b_ * math::normal_quantile(unit)));
        case Kind::weibull: return rounded_duration(a_ * math::pow(-math::log(1.0 - unit), 1.0 / b_));
        case Kind::pareto: return rounded_duration(a_ * math::pow(1.0 - unit, -1.0 / b_));
        case Kind::empirical: break;
    }
    std::size_t after = 0;
    while (after < count_ && points_[after].share < unit) ++after;
    if (after == 0) return points_[0].value;
    if (after == count_) return points_[count_ - 1U].value;
    const QuantilePoint& low = points_[after - 1];
    const QuantilePoint& high = points_[after];
    const double part = (unit - low.share) / (high.share - low.share);
    return rounded_duration(as_double_us(low.value) + part * as_double_us(high.value - low.value));
}

Duration Distribution::mean() const {
    switch (kind_) {
        case Kind::constant:
        case Kind::exponential: return rounded_duration(a_);
        case Kind::uniform: return rounded_duration((a_ + b_) / 2);
        case Kind::lognormal: return rounded_duration(math::exp(a_ + b_ * b_ / 2));
        case Kind::weibull: return rounded_duration(a_ * math::exp(math::ln_gamma(1.0 + 1.0 / b_)));
        case Kind::pareto:
            return b_ <= 1.0 ? (a_ > 0.0 ? longest : Duration::zero()) : rounded_duration(a_ * b_ / (b_ - 1.0));
        case Kind::empirical: break;
    }
    double sum = points_[0].share * as_double_us(points_[0].value);
    for (std::size_t i = 1; i < count_; ++i) {
        sum += (points_[i].share - points_[i - 1].share) *
               (as_double_us(points_[i - 1].value) + as_double_us(points_[i].value)) / 2;
    }
    sum += (1.0 - points_[count_ - 1U].share) * as_double_us(points_[count_ - 1U].value);
    return rounded_duration(sum);
}

}  // namespace sim
