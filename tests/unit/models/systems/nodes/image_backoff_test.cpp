#include "models/systems/nodes/image_backoff.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks {

using namespace sim::literals;

TEST(ImageBackoff, DoublesFromTenSecondsToFiveMinutes) {
    // KUBELET-36
    std::vector<std::int64_t> seconds;
    for (std::uint8_t failures = 0; failures <= 8; ++failures) seconds.push_back(image_backoff(failures) / 1_s);
    EXPECT_EQ(seconds, (std::vector<std::int64_t>{0, 10, 20, 40, 80, 160, 300, 300, 300}));
}

TEST(ImageBackoff, IsMeasuredFromTheLastFailureAndForgottenAfterTenMinutes) {
    // KUBELET-36: 2 x 300 s without a failure.
    ImageBackoff entry;
    entry.failures = 2;
    entry.last_failure = sim::Time::at(100_s);
    EXPECT_TRUE(is_in_backoff(entry, sim::Time::at(119_s)));
    EXPECT_FALSE(is_in_backoff(entry, sim::Time::at(120_s)));
    EXPECT_FALSE(series_is_over(entry, sim::Time::at(700_s)));
    EXPECT_TRUE(series_is_over(entry, sim::Time::at(701_s)));
}

TEST(ImageCalls, ABucketOfTenFillsAtFiveASecond) {
    // KUBELET-35
    CallBudget budget;
    const auto taken_at = [&](sim::Duration when) {
        int taken = 0;
        while (take_token(budget, 200_ms, 10, sim::Time::at(when))) ++taken;
        return taken;
    };
    EXPECT_EQ(taken_at(1_s), 10);
    EXPECT_EQ(taken_at(1100_ms), 0);
    EXPECT_EQ(taken_at(2_s), 5);
    EXPECT_EQ(taken_at(60_s), 10);
}

}  // namespace eks
