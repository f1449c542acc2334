#include "models/systems/workloads/balancer_units.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

constexpr double unit = 1e9 / 3600;  // bytes a second: a GB in an hour

TEST(BalancerUnits, AreThoseOfTheDimensionThatTakesMost) {  // AWS-76, DPD-33
    const auto units = [](BalancerKind kind, const BalancerUse& use) { return billed_bytes(kind, use) / unit; };
    EXPECT_DOUBLE_EQ(units(BalancerKind::application, {.bytes = 3 * unit, .opened = 25, .open = 3000}), 3);
    EXPECT_DOUBLE_EQ(units(BalancerKind::application, {.bytes = unit, .opened = 100, .open = 3000}), 4);
    EXPECT_DOUBLE_EQ(units(BalancerKind::application, {.bytes = unit, .opened = 25, .open = 15'000}), 5);
    EXPECT_DOUBLE_EQ(units(BalancerKind::network, {.bytes = 0, .opened = 400, .open = 200'000}), 2);
    EXPECT_DOUBLE_EQ(units(BalancerKind::network, {.bytes = 0, .opened = 4000, .open = 100}), 5);
    EXPECT_DOUBLE_EQ(units(BalancerKind::classic, {.bytes = unit, .opened = 1e6, .open = 1e6}), 1);
}

}  // namespace
}  // namespace eks
