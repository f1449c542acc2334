#include "models/systems/datapath/pod_stop.hpp"

#include <gtest/gtest.h>

#include <array>

namespace eks::datapath {
namespace {

// DPS-24: without a preStop delay connections fail for the sync lag of the slowest node; with one that covers it none.
TEST(PodStop, FailsForTheLagOfTheSlowestNode) {
    const std::array lags{0.5, 2.2, 1.0};
    EXPECT_DOUBLE_EQ(stop_fails_seconds({}, lags), 2.2);
    EXPECT_NEAR(stop_fails_seconds({.pre_stop_seconds = 2}, lags), 0.2, 1e-9);
    EXPECT_DOUBLE_EQ(stop_fails_seconds({.pre_stop_seconds = 5}, lags), 0);
    EXPECT_DOUBLE_EQ(stop_fails_seconds({.pre_stop_seconds = 1, .drain_seconds = 1.5}, lags), 0);
    // 100 a second from each node, one of four endpoints: (0.5 + 2.2 + 1.0) x 100 / 4.
    EXPECT_NEAR(stop_failures({}, lags, 100, 1, 4), 92.5, 1e-9);
    EXPECT_NEAR(stop_failures({.pre_stop_seconds = 1}, lags, 100, 1, 4), 30, 1e-9);
}

}  // namespace
}  // namespace eks::datapath
