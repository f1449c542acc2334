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
    for (std::uint32_t restarts = 0; restarts < expected.size(); ++restarts)
        EXPECT_EQ(restart_backoff(restarts), expected[restarts]) << restarts;
    EXPECT_EQ(restart_backoff(1'000'000), 300_s);
}

}  // namespace
}  // namespace eks
