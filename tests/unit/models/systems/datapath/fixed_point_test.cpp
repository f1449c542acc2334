#include "models/systems/datapath/fixed_point.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

// DPC-64: retries at a failing share of 0.2 make 1 / (1 - 0.2) of the rate.
TEST(FixedPoint, SettlesWhereALoopAgreesWithItself) {
    const FixedPoint point = fixed_point(100, [](double rate) { return 100 + 0.2 * rate; });
    EXPECT_TRUE(point.is_stable);
    EXPECT_NEAR(point.value, 125, 0.02 * 125);
    const FixedPoint none = fixed_point(100, [](double) { return 100.0; });
    EXPECT_TRUE(none.is_stable);
    EXPECT_DOUBLE_EQ(none.value, 100);
}

// DPC-64: a loop that feeds itself holds the value without it, and says so.
TEST(FixedPoint, ThatDoesNotSettleHoldsTheOpenLoop) {
    int steps = 0;
    const FixedPoint point = fixed_point(100, [&](double rate) {
        ++steps;
        return 100 + 1.5 * rate;
    });
    EXPECT_FALSE(point.is_stable);
    EXPECT_DOUBLE_EQ(point.value, 100);
    EXPECT_EQ(steps, 8);
}

}  // namespace
}  // namespace eks::datapath
