#include "models/systems/datapath/token_bucket.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();
constexpr double bytes_of_a_megabit = 1e6 / 8;

// DPC-39, DPD-27: an m5.large has 750 Mbit/s and bursts to 10000; credit for 30 minutes at the peak.
TokenBucket m5_large() { return bandwidth_bucket(750 * bytes_of_a_megabit, 10'000 * bytes_of_a_megabit, 30); }

// DPS-21
TEST(Symptoms, ThroughputFallsToTheBaselineOnceTheCreditIsSpent) {
    TokenBucket bucket = m5_large();
    const double peak = 10'000 * bytes_of_a_megabit;
    EXPECT_DOUBLE_EQ(served_per_second(bucket, peak), peak);
    EXPECT_NEAR(*empty_after_seconds(bucket, peak), 1800, 1e-6);
    // At a demand in the middle of the two it lasts twice as long; what is beyond the peak is not served and not spent.
    EXPECT_NEAR(*empty_after_seconds(bucket, 5'375 * bytes_of_a_megabit), 3600, 1e-6);
    EXPECT_NEAR(*empty_after_seconds(bucket, 2 * peak), 1800, 1e-6);
    bucket.level = 0;
    EXPECT_DOUBLE_EQ(served_per_second(bucket, peak), 750 * bytes_of_a_megabit);
    // At the whole of the baseline it stays there; below it the credit comes back.
    EXPECT_FALSE(full_after_seconds(bucket, 750 * bytes_of_a_megabit));
    EXPECT_FALSE(empty_after_seconds(bucket, 750 * bytes_of_a_megabit));
    EXPECT_NEAR(*full_after_seconds(bucket, 375 * bytes_of_a_megabit), 1800 * 9250.0 / 375, 1e-6);
}

// DPC-39
TEST(TokenBucket, TheExcessQueuesForAMomentAndIsLost) {
    EXPECT_EQ(excess_of(100, 100, defaults).lost_share, 0);
    EXPECT_EQ(excess_of(100, 100, defaults).delay_us, 0);
    const Excess excess = excess_of(200, 150, defaults);
    EXPECT_DOUBLE_EQ(excess.lost_share, 0.25);
    EXPECT_DOUBLE_EQ(excess.delay_us, 10'000);
    EXPECT_DOUBLE_EQ(segment_delay_us(excess, defaults), 50'000);  // of 200 ms
    EXPECT_DOUBLE_EQ(syn_delay_seconds(1, defaults), 1);
    EXPECT_DOUBLE_EQ(syn_delay_seconds(2, defaults), 3);
    EXPECT_DOUBLE_EQ(syn_delay_seconds(3, defaults), 7);
}

// DPS-14, DPD-30: with 4 of 10 questions going to the resolver, 256 lookups a second are what an ENI's 1024 carry.
TEST(Symptoms, TheResolverCarries256ExternalLookupsOfTenQuestions) {
    const double most = defaults[Coefficient::resolver_packets];
    EXPECT_EQ(excess_of(256 * 4, most, defaults).lost_share, 0);
    EXPECT_GT(excess_of(257 * 4, most, defaults).lost_share, 0);
    EXPECT_DOUBLE_EQ(excess_of(512 * 4, most, defaults).lost_share, 0.5);
}

}  // namespace
}  // namespace eks::datapath
