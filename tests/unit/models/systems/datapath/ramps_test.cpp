#include "models/systems/datapath/ramps.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

TEST(Ramps, ReachALevelWhereTheirSumDoes) {
    // 2 x until 5, 1 x until 20: 15 at 5, then 1 more each.
    EXPECT_DOUBLE_EQ(*reaches_at(0, {{1, 20}, {2, 5}}, 12), 4);
    EXPECT_DOUBLE_EQ(*reaches_at(0, {{1, 20}, {2, 5}}, 20), 10);
    EXPECT_DOUBLE_EQ(*reaches_at(6, {{1, 20}, {2, 5}}, 12), 2);
    EXPECT_FALSE(reaches_at(0, {{1, 20}, {2, 5}}, 31));
    EXPECT_DOUBLE_EQ(*reaches_at(0, {{1, 20}, {2, 5}}, 30), 20);
    EXPECT_DOUBLE_EQ(*reaches_at(5, {}, 5), 0);
    EXPECT_FALSE(reaches_at(0, {}, 1));
}

}  // namespace
}  // namespace eks::datapath
