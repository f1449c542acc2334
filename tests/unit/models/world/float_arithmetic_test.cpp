// The recommender's elementary functions, bit by bit. The expected numbers are what Go's math package gives on amd64.
#include "models/world/float_arithmetic.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace eks::vpa {
namespace {

TEST(VpaArithmetic, Logarithm) {
    const std::vector<std::pair<double, double>> expected{
        {1.0, 0.0},
        {1.05, 0x1.8fb063ef2c7fp-05},
        {1.1025, 0x1.8fb063ef2c7ecp-04},
        {2, 0x1.62e42fefa39efp-01},
        {5001, 0x1.108e7c1fcd5f9p+03},
        {0.7, -0x1.6d3c324e13f5p-02},
        {1.41, 0x1.5fd5fabe64084p-02},
        {0.001, -0x1.ba18a998fffap+02},
        {123456.789, 0x1.77281cad8a844p+03},
    };
    for (const auto& [x, logarithm] : expected) EXPECT_EQ(natural_logarithm(x), logarithm) << x;
}

TEST(VpaArithmetic, PowerOfTwo) {
    const std::vector<std::pair<double, double>> expected{
        {0, 1},
        {1, 2},
        {-1, 0.5},
        {0.5, 0x1.6a09e667f3bccp+00},  // the nearest number ends in d
        {1.0 / 3, 0x1.428a2f98d728bp+00},
        {-7.25, 0x1.ae89f995ad3aep-08},
        {55.9, 0x1.ddb680117ab0ap+55},
        {-99.3, 0x1.9fdf8bcce534cp-100},
        {1023.5, 0x1.6a09e667f3bccp+1023},
        {-1074, 0x1p-1074},
        {-1075, 0},
        {1024, std::numeric_limits<double>::infinity()},
    };
    for (const auto& [x, power] : expected) EXPECT_EQ(power_of_two(x), power) << x;
}

TEST(VpaArithmetic, WholePower) {
    const std::vector<std::pair<int, double>> expected{
        {0, 1},
        {1, 0x1.0cccccccccccdp+00},
        {2, 0x1.1a3d70a3d70a4p+00},
        {7, 0x1.6837bbb97f124p+00},
        {63, 0x1.59f9d3588631dp+04},
        {100, 0x1.0700a4de51799p+07},
        {175, 0x1.3f28c0b1c2558p+12},
    };
    for (const auto& [exponent, power] : expected) EXPECT_EQ(whole_power(1.05, exponent), power) << exponent;
}

}  // namespace
}  // namespace eks::vpa
