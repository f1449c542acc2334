// Expected values without another source are from mpmath 1.3 at 40 digits.
#include "libsim/portable_math.hpp"

#include "libsim/check.hpp"
#include "libsim/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using namespace sim;

// How far a value is from the system's answer in extended precision, in units of the last place.
double units_off(double got, long double exact) {
    int exponent = 0;
    std::frexp(static_cast<double>(exact), &exponent);
    return static_cast<double>(std::fabs((static_cast<long double>(got) - exact) / std::ldexp(1.0L, exponent - 53)));
}

double unit(std::uint64_t i) { return draw_unit({5, 0}, {0, 0, i, 0}); }

TEST(PortableMath, LogIsWithinTwoUnitsOfTheLastPlace) {
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        const double wide = std::exp2(unit(i) * 2'000 - 1'000);
        ASSERT_LT(units_off(math::log(wide), std::log(static_cast<long double>(wide))), 2) << wide;
        const double near_one = 0.5 + unit(i) * 1.5;
        ASSERT_LT(units_off(math::log(near_one), std::log(static_cast<long double>(near_one))), 2) << near_one;
    }
    EXPECT_EQ(math::log(10.0), 2.302585092994045684);
    EXPECT_EQ(math::log(1.0), 0.0);
    EXPECT_NEAR(math::log(std::numeric_limits<double>::denorm_min()), -744.4400719213812, 1e-12);
}

TEST(PortableMath, ExpIsWithinTwoUnitsOfTheLastPlace) {
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        const double x = (unit(i) - 0.5) * 1'400;
        ASSERT_LT(units_off(math::exp(x), std::exp(static_cast<long double>(x))), 2) << x;
    }
    EXPECT_EQ(math::exp(1.0), 2.7182818284590452354);
    EXPECT_EQ(math::exp(0.0), 1.0);
}

TEST(PortableMath, PowIsWithinTwoUnitsOfTheLastPlace) {
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        const double x = std::exp2(unit(2 * i) * 20 - 10);
        const double y = (unit(2 * i + 1) - 0.5) * 100;
        const long double exact = std::pow(static_cast<long double>(x), static_cast<long double>(y));
        ASSERT_LT(units_off(math::pow(x, y), exact), 2) << x << " to the power of " << y;
    }
    EXPECT_EQ(math::pow(2.0, 10.0), 1024.0);
    EXPECT_EQ(math::pow(1.0 + 0x1p-52, 0x1p52), 2.718281828459045);
}

TEST(PortableMath, TheEndsOfTheRangesAreThoseOfIeee754) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double not_a_number = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(math::log(0.0), -infinity);
    EXPECT_EQ(math::log(infinity), infinity);
    EXPECT_TRUE(std::isnan(math::log(-1.0)));
    EXPECT_TRUE(std::isnan(math::log(not_a_number)));
    EXPECT_EQ(math::exp(infinity), infinity);
    EXPECT_EQ(math::exp(-infinity), 0.0);
    EXPECT_EQ(math::exp(800.0), infinity);
    EXPECT_TRUE(std::isfinite(math::exp(709.78)));
    EXPECT_EQ(math::exp(-800.0), 0.0);
    EXPECT_GT(math::exp(-745.0), 0.0);
    EXPECT_TRUE(std::isnan(math::exp(not_a_number)));
    EXPECT_EQ(math::pow(0.0, 2.0), 0.0);
    EXPECT_EQ(math::pow(0.0, -2.0), infinity);
    EXPECT_EQ(math::pow(not_a_number, 0.0), 1.0);
    EXPECT_EQ(math::pow(2.0, 1e300), infinity);
    EXPECT_EQ(math::pow(0.5, 1e300), 0.0);
    EXPECT_EQ(math::pow(2.0, -1e300), 0.0);
    EXPECT_EQ(math::pow(infinity, -1.0), 0.0);
    EXPECT_TRUE(std::isnan(math::pow(-2.0, 2.0)));
}

TEST(PortableMath, LnGammaAgreesWithKnownValues) {
    EXPECT_NEAR(math::ln_gamma(0.001), 6.9071788853838536825, 1e-14);
    EXPECT_NEAR(math::ln_gamma(0.5), 0.57236494292470008707, 1e-14);
    EXPECT_NEAR(math::ln_gamma(1.0), 0.0, 1e-14);
    EXPECT_NEAR(math::ln_gamma(1.5), -0.12078223763524522235, 1e-14);
    EXPECT_NEAR(math::ln_gamma(9.99), 12.77931521435019288, 1e-13);
    EXPECT_NEAR(math::ln_gamma(100.0), 359.13420536957539878, 1e-11);
    EXPECT_NEAR(math::ln_gamma(12'345.678), 103'959.91990554606092, 1e-9);
    EXPECT_THROW((void)math::ln_gamma(0.0), Defect);
}

TEST(PortableMath, NormalQuantilesAgreeWithKnownValues) {
    EXPECT_NEAR(math::normal_quantile(1e-10), -6.3613409024040562047, 1e-14 * 7);
    EXPECT_NEAR(math::normal_quantile(0.001), -3.0902323061678135415, 1e-14 * 4);
    EXPECT_NEAR(math::normal_quantile(0.025), -1.9599639845400542355, 1e-14 * 2);
    EXPECT_NEAR(math::normal_quantile(0.3), -0.52440051270804078404, 1e-14);
    EXPECT_EQ(math::normal_quantile(0.5), 0.0);
    EXPECT_NEAR(math::normal_quantile(0.9), 1.281551565544600467, 1e-14 * 2);
    EXPECT_NEAR(math::normal_quantile(0.99), 2.3263478740408411009, 1e-14 * 3);
    EXPECT_NEAR(math::normal_quantile(0.999999), 4.7534243088228989482, 1e-9 / 10)
        << "1 - p loses digits before the call";
    EXPECT_THROW((void)math::normal_quantile(0.0), Defect);
    EXPECT_THROW((void)math::normal_quantile(1.0), Defect);
}

TEST(PortableMath, TheIncompleteBetaFunctionAgreesWithKnownValues) {
    EXPECT_NEAR(math::incomplete_beta(0.5, 0.5, 0.25), 1.0 / 3, 1e-14);  // 2/pi arcsin(sqrt(x))
    EXPECT_NEAR(math::incomplete_beta(2, 3, 0.4), 0.5248, 1e-14);        // x^2 (6 - 8x + 3x^2)
    EXPECT_NEAR(math::incomplete_beta(10, 0.5, 0.9), 0.15164090963470992063, 1e-14);
    EXPECT_NEAR(math::incomplete_beta(0.5, 500, 0.001), 0.68268955269028263029, 1e-12);
    EXPECT_NEAR(math::incomplete_beta(50, 50, 0.5), 0.5, 1e-12);
    EXPECT_NEAR(math::incomplete_beta(5, 0.5, 0.999), 0.92228199210096679572, 1e-13);
    EXPECT_EQ(math::incomplete_beta(2, 3, 0.0), 0.0);
    EXPECT_EQ(math::incomplete_beta(2, 3, 1.0), 1.0);
}

}  // namespace
