#include "libsim/statistics.hpp"

#include "libsim/check.hpp"
#include "libsim/portable_math.hpp"
#include "libsim/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace {

using namespace sim;

// To the digits of printed tables, and with fractional and large degrees of freedom to values from mpmath 1.3.
TEST(Student, QuantilesAreThoseOfTheTables) {
    EXPECT_NEAR(student_quantile(0.975, 1), 12.706, 0.0005);
    EXPECT_NEAR(student_quantile(0.975, 10), 2.228, 0.0005);
    EXPECT_NEAR(student_quantile(0.995, 5), 4.032, 0.0005);
    EXPECT_NEAR(student_quantile(0.95, 30), 1.697, 0.0005);
    EXPECT_NEAR(student_quantile(0.9995, 3), 12.924, 0.0005);
    EXPECT_NEAR(student_quantile(0.975, 1), 12.706204736174704646, 1e-11);
    EXPECT_NEAR(student_quantile(0.975, 2.5), 3.5746548420036832185, 1e-12);
    EXPECT_NEAR(student_quantile(0.975, 120), 1.9799304050824408467, 1e-12);
    EXPECT_NEAR(student_quantile(0.975, 100'000), 1.9599877075346096386, 1e-10);
    EXPECT_EQ(student_quantile(0.5, 7), 0.0);
    EXPECT_EQ(student_quantile(0.025, 10), -student_quantile(0.975, 10));
    EXPECT_NEAR(student_probability(2.2281388519862747, 10), 0.975, 1e-14);
    EXPECT_NEAR(student_probability(-2.2281388519862747, 10), 0.025, 1e-14);
}

TEST(MeanInterval, IsTheTextbookFormula) {
    const std::vector<double> values{1, 2, 3, 4, 5};  // mean 3, variance 2.5, t(0.975; 4) = 2.776445
    const Interval mean = mean_interval(values, 0.95);
    EXPECT_DOUBLE_EQ(mean.estimate, 3.0);
    EXPECT_NEAR(mean.high - 3.0, 2.776445 * std::sqrt(0.5), 1e-6);
    EXPECT_NEAR(3.0 - mean.low, 2.776445 * std::sqrt(0.5), 1e-6);
}

TEST(MeanInterval, OneValueTellsNoWidth) {
    const std::vector<double> one{4.0};
    EXPECT_EQ(mean_interval(one, 0.95).estimate, 4.0);
    EXPECT_TRUE(std::isinf(mean_interval(one, 0.95).high));
    EXPECT_TRUE(std::isinf(mean_interval({}, 0.95).low));
    EXPECT_THROW((void)mean_interval(one, 1.0), Defect);
}

TEST(PairedDifference, TakesSharedLuckOut) {
    const std::vector<double> a{10, 200, 3'000};
    const std::vector<double> b{11, 201, 3'001};
    EXPECT_EQ(paired_difference(a, b, 0.95), (Interval{1.0, 1.0, 1.0}));
    EXPECT_THROW((void)paired_difference(a, {}, 0.95), Defect);
}

// Reference values from Brown, Cai, DasGupta (2001) and direct evaluation: with no success the bound is z^2 / (n +
// z^2).
TEST(Wilson, AgreesWithKnownValues) {
    const Interval eight_of_ten = wilson_interval(8, 10, 0.95);
    EXPECT_NEAR(eight_of_ten.low, 0.4902, 0.00005);
    EXPECT_NEAR(eight_of_ten.high, 0.9433, 0.00005);
    EXPECT_NEAR(wilson_interval(0, 400, 0.95).high, 3.841459 / 403.841459, 1e-7);
    EXPECT_EQ(wilson_interval(0, 400, 0.95).low, 0.0);
    EXPECT_EQ(wilson_interval(400, 400, 0.95).high, 1.0);
    EXPECT_EQ(wilson_interval(0, 0, 0.95), (Interval{0.0, 0.5, 1.0}));
    EXPECT_THROW((void)wilson_interval(2, 1, 0.95), Defect);
}

TEST(Wilson, AboutFourHundredCleanRunsShowLessThanOnePercent) {
    EXPECT_GT(wilson_interval(0, 380, 0.95).high, 0.01);
    EXPECT_LT(wilson_interval(0, 381, 0.95).high, 0.01);  // z^2 * 99 = 380.3
}

TEST(BatchMeans, AreTheMeansOfEqualStretches) {
    const std::vector<double> values{99, 1, 3, 2, 4, 3, 5};  // the front is left out; means 2, 3, 4
    const Interval mean = batch_means(values, 3, 0.95);
    EXPECT_DOUBLE_EQ(mean.estimate, 3.0);
    EXPECT_NEAR(mean.high - 3.0, 4.302653 / std::sqrt(3.0), 1e-6);  // t(0.975; 2), standard deviation 1
    EXPECT_TRUE(std::isinf(batch_means(values, 4, 0.95).high));
}

// An autoregressive process with a known mean of zero: the 95 % intervals must hold it in about 95 % of 400 runs. Below
// 90 % or above 99 % would be more than four standard deviations off.
TEST(BatchMeans, CoverTheMeanOfADependentSeries) {
    int covered = 0;
    for (std::uint32_t replication = 0; replication < 400; ++replication) {
        std::vector<double> values;
        double x = 0;
        for (std::uint64_t i = 0; i < 4'000; ++i) {
            x = 0.8 * x + math::normal_quantile(draw_unit({9, replication}, {0, 0, i, 0}));
            values.push_back(x);
        }
        const Interval mean = batch_means(values, 20, 0.95);
        covered += mean.low <= 0.0 && 0.0 <= mean.high ? 1 : 0;
    }
    EXPECT_GE(covered, 360);
    EXPECT_LE(covered, 396);
}

TEST(Mser5, CutsTheWarmUpAndLittleElse) {
    std::vector<double> values;
    for (std::uint64_t i = 0; i < 2'000; ++i) {
        const double start_up = 20.0 * math::exp(-static_cast<double>(i) / 40.0);
        values.push_back(10.0 + start_up + math::normal_quantile(draw_unit({4, 0}, {0, 0, i, 0})));
    }
    const auto cut = mser5(values);
    ASSERT_TRUE(cut.has_value());
    EXPECT_GE(*cut, 80U) << "20 exp(-80/40) is still 2.7 standard deviations";
    EXPECT_LE(*cut, 400U);
    EXPECT_EQ(*cut % 5, 0U);
}

TEST(Mser5, CutsNothingFromASteadySeries) {
    std::vector<double> values;
    for (int i = 0; i < 500; ++i) values.push_back(i % 2 == 0 ? 1.0 : -1.0);
    ASSERT_TRUE(mser5(values).has_value());
    EXPECT_LE(*mser5(values), 50U);
}

TEST(Mser5, ASeriesThatNeverSettlesHasNoCut) {
    std::vector<double> rising;
    for (int i = 0; i < 500; ++i) rising.push_back(i);
    EXPECT_FALSE(mser5(rising).has_value());
    EXPECT_FALSE(mser5({}).has_value());
}

}  // namespace
