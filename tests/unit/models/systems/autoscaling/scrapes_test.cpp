// The scrapes of metrics-server (HPA-20, HPA-21).
#include "models/systems/autoscaling/scrapes.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

constexpr std::int64_t second = 1'000'000;

// HPA-20
TEST(Scrapes, AreSpreadByTheNumberOfNodesUpToFourSeconds) {
    EXPECT_EQ(scrape_spread_us(3), 24'000);
    EXPECT_EQ(scrape_spread_us(500), 4 * second);
    EXPECT_EQ(scrape_spread_us(5000), 4 * second);
}

TEST(Scrapes, CountWhenAllNodesHaveBeenRead) {
    // Scrapes at 5 s, 20 s, 35 s; each takes a second.
    EXPECT_EQ(last_scrape(5 * second, 15 * second, second, 5 * second), -1);
    EXPECT_EQ(last_scrape(5 * second, 15 * second, second, 6 * second), 0);
    EXPECT_EQ(last_scrape(5 * second, 15 * second, second, 21 * second - 1), 0);
    EXPECT_EQ(last_scrape(5 * second, 15 * second, second, 21 * second), 1);
}

// HPA-21
TEST(Samples, LieBetweenTheLastTwoReadings) {
    const auto span = sample_span(0, 100 * second, 115 * second, 15 * second);
    ASSERT_TRUE(span);
    EXPECT_EQ(span->from_us, 100 * second);
    EXPECT_EQ(span->window_us(), 15 * second);
}

TEST(Samples, OfAYoungContainerBeginWithItsStart) {
    // Twelve seconds old at the last reading, which is less than the resolution and not less than ten seconds.
    const auto young = sample_span(103 * second, 100 * second, 115 * second, 15 * second);
    ASSERT_TRUE(young);
    EXPECT_EQ(young->from_us, 103 * second);
    EXPECT_EQ(young->window_us(), 12 * second);
    EXPECT_FALSE(sample_span(106 * second, 100 * second, 115 * second, 15 * second));  // nine seconds
}

TEST(Samples, AreDroppedByARestartUntilTheNextReadingButOne) {
    // Restarted 16 s ago with a resolution of 15 s: not young, and the reading before was the old container's.
    EXPECT_FALSE(sample_span(99 * second, 98 * second, 115 * second, 15 * second));
    EXPECT_FALSE(sample_span(115 * second, 100 * second, 115 * second, 15 * second));
    EXPECT_FALSE(sample_span(0, {}, 115 * second, 15 * second));  // metrics-server itself has read only once
}

TEST(Samples, CountAPartOfAMillicoreAsAWholeOne) {
    EXPECT_EQ(cpu_milli(7.5, 15 * second), 500);
    EXPECT_EQ(cpu_milli(7.50001, 15 * second), 501);
    EXPECT_EQ(cpu_milli(0, 15 * second), 0);
}

}  // namespace
}  // namespace eks
