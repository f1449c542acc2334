// The kubelet's pauses before it starts a failed container again.
#include "models/systems/nodes/restart_backoff.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks {
namespace {

using namespace sim::literals;

TEST(RestartBackoff, StartsAtOnceAndDoublesToFiveMinutes) {
    // KUBELET-37: 0, 10, 20, 40, 80, 160, 300, 300 … s
    const std::vector<sim::Duration> expected{0_s, 10_s, 20_s, 40_s, 80_s, 160_s, 300_s, 300_s};
    for (std::uint8_t step = 0; step < expected.size(); ++step) EXPECT_EQ(restart_backoff(step), expected[step]);
    EXPECT_EQ(restart_backoff(255), 300_s);
}

TEST(RestartBackoff, BeginsAgainAfterMoreThanTenMinutesOfRunning) {
    // KUBELET-37: the series resets when finishedAt − last back-off update > 600 s.
    EXPECT_EQ(backoff_step_at_end(4, 600_s), 4);
    EXPECT_EQ(backoff_step_at_end(4, 600_s + 1_us), 0);
}

}  // namespace
}  // namespace eks
