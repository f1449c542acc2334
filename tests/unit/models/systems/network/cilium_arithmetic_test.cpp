// Cilium's numbers against values worked out by hand from the rules.
#include "models/systems/network/cilium_arithmetic.hpp"

#include <gtest/gtest.h>

namespace eks::testing {
namespace {

constexpr CiliumWatermarks marks(std::int64_t pre, std::int64_t min, std::int64_t max, std::int64_t above) {
    return {pre, min, max, above};
}

// IPAM-310
TEST(CiliumArithmetic, AsksForWhatIsMissingToThePreAllocation) {
    EXPECT_EQ(cilium_needed(marks(8, 0, 0, 0), 0, 0), 8);
    EXPECT_EQ(cilium_needed(marks(8, 0, 0, 0), 16, 10), 2);
    EXPECT_EQ(cilium_needed(marks(8, 0, 0, 0), 16, 8), 0);
    EXPECT_EQ(cilium_needed(marks(8, 0, 0, 0), 16, 2), 0);
}
TEST(CiliumArithmetic, MinimumCountsWhatIsThereAndNotWhatIsFree) {
    EXPECT_EQ(cilium_needed(marks(8, 20, 0, 0), 12, 2), 8);  // max(8 - 10, 0), 20 - 12
    EXPECT_EQ(cilium_needed(marks(8, 20, 0, 0), 25, 20), 3);
}
TEST(CiliumArithmetic, NeverAsksBeyondTheMaximum) {
    EXPECT_EQ(cilium_needed(marks(8, 0, 42, 0), 40, 38), 2);
    EXPECT_EQ(cilium_needed(marks(8, 0, 42, 0), 42, 42), 0);
    EXPECT_EQ(cilium_needed(marks(8, 0, 10, 0), 12, 12), 0);
}
// IPAM-311
TEST(CiliumArithmetic, PendingPodsBeyondTheNeedAreAddedToOneAllocation) {
    EXPECT_EQ(cilium_most(marks(8, 0, 0, 4), 3, 10), 3 + 4 + 7);
    EXPECT_EQ(cilium_most(marks(8, 0, 0, 4), 3, 2), 3 + 4);
}
// IPAM-312
TEST(CiliumArithmetic, ExcessIsReckonedByVersion) {
    EXPECT_EQ(cilium_excess(marks(8, 10, 0, 2), 12, 3, 16), 0);  // within the first allocation
    EXPECT_EQ(cilium_excess(marks(8, 10, 0, 2), 30, 3, 16), 30 - 3 - 8 - 2);
    EXPECT_EQ(cilium_excess(marks(8, 10, 0, 2), 30, 3, 18), 30 - 12);  // 3 + 8 <= 12
    EXPECT_EQ(cilium_excess(marks(8, 10, 0, 2), 30, 5, 18), 30 - 5 - 8 - 2);
    EXPECT_EQ(cilium_excess(marks(8, 0, 0, 0), 40, 20, 18), 12);
    EXPECT_EQ(cilium_excess(marks(8, 0, 0, 0), 25, 20, 18), 0);
}
// IPAM-341: 4 adapters of 15 addresses: 42 with first-interface-index 1, where max pods is 58.
TEST(CiliumArithmetic, InterfacesBelowTheFirstIndexHoldNoPods) {
    EXPECT_EQ(cilium_capacity({4, 15}, 1, false), 42);
    EXPECT_EQ(cilium_capacity({4, 15}, 0, false), 56);
    EXPECT_EQ(cilium_capacity({4, 15}, 1, true), 672);
}
// IPAM-302
TEST(CiliumArithmetic, UnsetWatermarksFollowFromTheInstanceType) {
    CiliumSettings settings;
    EXPECT_EQ(cilium_watermarks(settings, {3, 10}, false).pre, 8);
    EXPECT_EQ(cilium_watermarks(settings, {3, 10}, false).max, 27);
    settings.first_interface_index = 1;
    EXPECT_EQ(cilium_watermarks(settings, {2, 4}, false).pre, 3);
    EXPECT_EQ(cilium_watermarks(settings, {2, 4}, true).max, 48);
}
// IPAM-335
TEST(CiliumArithmetic, TheAgentStartsWithTheMinimumElseThePreAllocationElseItsOwn) {
    EXPECT_EQ(cilium_needed_to_start(marks(8, 20, 0, 0), 2), 20);
    EXPECT_EQ(cilium_needed_to_start(marks(8, 0, 0, 0), 2), 8);
    EXPECT_EQ(cilium_needed_to_start(marks(0, 0, 0, 0), 2), 2);
}

}  // namespace
}  // namespace eks::testing
