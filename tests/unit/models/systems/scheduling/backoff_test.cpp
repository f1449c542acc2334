// The scheduler's waits after failed attempts.
#include "models/systems/scheduling/backoff.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks {
namespace {

using namespace sim::literals;

TEST(SchedulerBackoff, DoublesFromOneSecondToTen) {
    // SCHED-4: 1, 2, 4, 8, 10, 10 … s; no failure gives none.
    EXPECT_EQ(backoff_after(0), 0_s);
    const std::vector<sim::Duration> expected{1_s, 2_s, 4_s, 8_s, 10_s, 10_s};
    for (std::uint32_t n = 1; n <= expected.size(); ++n) EXPECT_EQ(backoff_after(n), expected[n - 1]) << n;
    EXPECT_EQ(backoff_after(4'000'000'000U), 10_s);
}

TEST(SchedulerBackoff, Of2018DoublesToAMinute) {
    //
    EXPECT_EQ(backoff_of_2018(0), 0_s);
    const std::vector<sim::Duration> expected{1_s, 2_s, 4_s, 8_s, 16_s, 32_s, 60_s, 60_s};
    for (std::uint32_t n = 1; n <= expected.size(); ++n) EXPECT_EQ(backoff_of_2018(n), expected[n - 1]) << n;
}

TEST(SchedulerBackoff, ExpiryIsCutToTheWholeSecondSince133) {
    // SCHED-4, SCHED-5: failed at 1.7 s, so the expiry is 2.7 s, cut to 2 s.
    EXPECT_EQ(backoff_expiry(sim::Time::at(1700_ms), 1, true), sim::Time::at(2_s));
    EXPECT_EQ(backoff_expiry(sim::Time::at(1700_ms), 1, false), sim::Time::at(2700_ms));
}

TEST(SchedulerBackoff, LastsUntilANewSecondHasBegun) {
    // SCHED-5: expiry >= floor(now) still backs off.
    EXPECT_TRUE(is_backing_off(sim::Time::at(2_s), sim::Time::at(2999_ms), true));
    EXPECT_FALSE(is_backing_off(sim::Time::at(2_s), sim::Time::at(3_s), true));
    EXPECT_TRUE(is_backing_off(sim::Time::at(2700_ms), sim::Time::at(2700_ms), false));
    EXPECT_FALSE(is_backing_off(sim::Time::at(2700_ms), sim::Time::at(2701_ms), false));
}

}  // namespace
}  // namespace eks
