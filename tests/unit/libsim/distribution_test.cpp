#include "libsim/distribution.hpp"

#include "libsim/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace {

using namespace sim;
using namespace sim::literals;

std::vector<Distribution> one_of_each() {
    const std::vector<QuantilePoint> points{{0.0, 1_s}, {0.5, 2_s}, {0.9, 5_s}, {1.0, 20_s}};
    return {Distribution::constant(3_s),
            *Distribution::uniform(1_s, 5_s),
            *Distribution::exponential(5_s),
            *Distribution::lognormal_p50_p95(18_s, 45_s),
            *Distribution::lognormal_p50_p99(2_s, 9_s),
            *Distribution::lognormal(1.0, 0.5),
            *Distribution::weibull(10_s, 1.5),
            *Distribution::pareto(1_s, 2.5),
            *Distribution::empirical(points)};
}

TEST(Distribution, QuantilesAreThoseOfTheFormulas) {
    EXPECT_EQ(Distribution::constant(3_s).sample(0.7), 3_s);
    EXPECT_EQ(Distribution::uniform(1_s, 5_s)->sample(0.25), 2_s);
    EXPECT_EQ(Distribution::exponential(10_s)->sample(0.5), 6'931'472_us);   // 10 ln 2
    EXPECT_EQ(Distribution::weibull(10_s, 2.0)->sample(0.5), 8'325'546_us);  // 10 sqrt(ln 2)
    EXPECT_EQ(Distribution::pareto(1_s, 2.0)->sample(0.75), 2_s);            // (1 - 0.75)^(-1/2)
    EXPECT_EQ(Distribution::lognormal(0.0, 1.0)->sample(0.5), 1_s);          // exp(0)
    EXPECT_NEAR(static_cast<double>(Distribution::lognormal(0.0, 1.0)->sample(0.975).us()), 7'099'071.0,
                1.0);  // exp(1.959964)
}

TEST(Distribution, ALognormalLawHasTheQuantilesItWasMadeFrom) {
    const auto law = *Distribution::lognormal_p50_p95(18_s, 45_s);
    EXPECT_EQ(law.quantile(0.5), 18_s);
    EXPECT_LE(std::abs((law.quantile(0.95) - 45_s).us()), 1);
    EXPECT_LE(std::abs((Distribution::lognormal_p50_p99(2_s, 9_s)->quantile(0.99) - 9_s).us()), 1);
}

TEST(Distribution, MeansAreThoseOfTheFormulas) {
    EXPECT_EQ(Distribution().mean(), 0_s);
    EXPECT_EQ(Distribution::uniform(1_s, 5_s)->mean(), 3_s);
    EXPECT_EQ(Distribution::exponential(5_s)->mean(), 5_s);
    EXPECT_EQ(Distribution::weibull(10_s, 1.5)->mean(), 9'027'453_us);  // 10 gamma(1 + 1/1.5)
    EXPECT_EQ(Distribution::pareto(3_s, 2.5)->mean(), 5_s);             // 3 * 2.5 / 1.5
    EXPECT_EQ(Distribution::pareto(3_s, 1.0)->mean(), Distribution::longest) << "infinite";
    EXPECT_EQ(Distribution::lognormal(1.0, 0.5)->mean(), 3'080'217_us);  // exp(1.125)
    const std::vector<QuantilePoint> points{{0.0, 1_s}, {0.5, 2_s}, {1.0, 4_s}};
    EXPECT_EQ(Distribution::empirical(points)->mean(), 2'250_ms);  // (1.5 + 3) / 2
}

// The sample mean lies within four standard errors, measured from the same sample; the seed is fixed.
TEST(Distribution, SampleMeansApproachTheMean) {
    std::uint32_t stream = 0;
    for (const Distribution& law : one_of_each()) {
        constexpr int count = 40'000;
        double sum = 0;
        double squares = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const double s = law.sample(draw_unit({3, 0}, {stream, 0, i, 0})).in_seconds();
            sum += s;
            squares += s * s;
        }
        ++stream;
        const double mean = sum / count;
        const double error = std::sqrt(std::max(0.0, squares / count - mean * mean) / count);
        EXPECT_NEAR(mean, law.mean().in_seconds(), 4 * error + 1e-6) << "law number " << stream;
    }
}

TEST(Distribution, SamplesNeverFallWithTheUnit) {
    for (const Distribution& law : one_of_each()) {
        Duration before;
        for (int i = 1; i < 2'000; ++i) {
            const Duration now = law.sample(i / 2'000.0);
            ASSERT_GE(now, before);
            before = now;
        }
        EXPECT_GE(law.sample(0x1p-53), Duration::zero());
        EXPECT_LE(law.sample(1.0 - 0x1p-53), Distribution::longest);
    }
}

TEST(Distribution, MeasuredValuesComeBack) {
    const std::vector<Duration> few{3_s, 1_s, 2_s};
    const auto law = *Distribution::from_samples(few);
    EXPECT_EQ(law.sample(0x1p-53), 1_s);
    EXPECT_EQ(law.sample(0.5), 2_s);
    EXPECT_EQ(law.sample(0.75), 2'500_ms);
    std::vector<Duration> many;
    for (int i = 1; i <= 10'000; ++i) many.push_back(Duration::milliseconds(10'001 - i));
    const auto smooth = *Distribution::from_samples(many);
    for (const double share : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999}) {
        EXPECT_NEAR(smooth.quantile(share).in_seconds(), 10 * share, 0.01) << share;
    }
    EXPECT_EQ(Distribution::from_samples(std::vector{7_s})->sample(0.3), 7_s);
}

TEST(Distribution, ParametersThatMakeNoSenseAreRefusedWithASentence) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<QuantilePoint> falling_value{{0.1, 2_s}, {0.2, 1_s}};
    const std::vector<QuantilePoint> falling_share{{0.2, 1_s}, {0.1, 2_s}};
    const std::vector<QuantilePoint> no_share{{nan, 1_s}};
    const std::vector<QuantilePoint> too_many(33);
    for (const auto& law :
         {Distribution::uniform(2_s, 1_s), Distribution::uniform(-(1_s), 1_s), Distribution::exponential(-(1_s)),
          Distribution::exponential(Duration::max()), Distribution::lognormal_p50_p95(2_s, 1_s),
          Distribution::lognormal_p50_p95(0_s, 1_s), Distribution::lognormal_p50_p99(1_s, Duration::max()),
          Distribution::lognormal(nan, 1.0), Distribution::lognormal(0.0, -1.0), Distribution::weibull(1_s, 0.0),
          Distribution::weibull(1_s, nan), Distribution::pareto(1_s, -1.0), Distribution::empirical({}),
          Distribution::empirical(falling_value), Distribution::empirical(falling_share),
          Distribution::empirical(no_share), Distribution::empirical(too_many), Distribution::from_samples({})}) {
        ASSERT_FALSE(law.ok());
        EXPECT_GT(law.error().size(), 20U);
    }
}

TEST(Distribution, ExtremeParametersStayInRange) {
    for (const auto& law :
         {*Distribution::lognormal(25.0, 50.0), *Distribution::lognormal(-50.0, 50.0),
          *Distribution::weibull(Distribution::longest, 0.01), *Distribution::pareto(Distribution::longest, 0.01),
          *Distribution::exponential(Distribution::longest)}) {
        for (const double u : {0x1p-53, 0.01, 0.5, 0.99, 1.0 - 0x1p-53}) {
            EXPECT_GE(law.sample(u), Duration::zero());
            EXPECT_LE(law.sample(u), Distribution::longest);
        }
        EXPECT_LE(law.mean(), Distribution::longest);
    }
}

TEST(Distribution, EqualityIsThatOfKindAndParameters) {
    const auto laws = one_of_each();
    for (std::size_t i = 0; i < laws.size(); ++i) {
        for (std::size_t j = 0; j < laws.size(); ++j) EXPECT_EQ(laws[i] == laws[j], i == j);
    }
}

}  // namespace
