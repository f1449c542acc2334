// The recommender's histograms (VPA-1 to VPA-3, VPA-7).
#include "models/world/decaying_histogram.hpp"

#include "models/spec/calendar.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace eks::vpa {
namespace {

const std::int64_t day_zero = *parse_instant_us("2026-03-01T00:00:00Z");

// --- VPA-1

TEST(VpaBuckets, GrowByFivePercent) {
    EXPECT_EQ(bucket_start(memory_buckets, 0), 0);
    EXPECT_NEAR(bucket_start(memory_buckets, 1), 1e7, 1e-6);
    EXPECT_NEAR(bucket_start(memory_buckets, 2), 20.5e6, 1e-6);
    EXPECT_NEAR(bucket_start(memory_buckets, 3), 31.525e6, 1e-6);
    EXPECT_NEAR(bucket_start(cpu_buckets, 3), 0.031525, 1e-15);
}

TEST(VpaBuckets, ThereAreAsManyAsTheLargestAmountNeeds) {
    // ceil(log_1.05(1000 x 0.05 / 0.01 + 1)) + 1, and the same for 10^12 bytes.
    EXPECT_EQ(bucket_count, static_cast<std::size_t>(std::ceil(std::log(5001.0) / std::log(1.05))) + 1);
    EXPECT_EQ(bucket_of(cpu_buckets, 1e6), bucket_count - 1);
    EXPECT_EQ(bucket_of(memory_buckets, 9e18), bucket_count - 1);
}

TEST(VpaBuckets, TakeWhatLiesBetweenTheirBounds) {
    EXPECT_EQ(bucket_of(memory_buckets, 0), 0U);
    EXPECT_EQ(bucket_of(memory_buckets, 9'999'999), 0U);
    EXPECT_EQ(bucket_of(memory_buckets, 10'000'000), 1U);
    EXPECT_EQ(bucket_of(memory_buckets, 20'499'999), 1U);
    EXPECT_EQ(bucket_of(memory_buckets, 20'500'001), 2U);
    EXPECT_EQ(bucket_of(cpu_buckets, 0.01), 1U);
    for (std::size_t bucket = 1; bucket < bucket_count; ++bucket) {
        EXPECT_EQ(bucket_of(memory_buckets, bucket_start(memory_buckets, bucket) + 1), bucket);
        EXPECT_EQ(bucket_of(memory_buckets, bucket_start(memory_buckets, bucket) - 1), bucket - 1);
    }
}

TEST(VpaBuckets, OnABoundTheRealArithmeticDecides) {
    // As Go computes int(math.Log(v*(r-1)/1e7+1) / math.Log(r)) with r = 1.05 on amd64.
    EXPECT_EQ(bucket_of(memory_buckets, 20'500'000), 1U);
    EXPECT_EQ(bucket_of(memory_buckets, 31'525'000), 2U);
    EXPECT_EQ(bucket_of(memory_buckets, 43'101'250), 4U);
}

// --- VPA-2

TEST(VpaPercentile, IsTheEndOfTheBucketInWhichTheShareIsReached) {
    DecayingHistogram histogram(memory_buckets);
    EXPECT_EQ(histogram.percentile(0.9), 0);
    histogram.add(15e6, 1, day_zero);
    histogram.add(100e6, 1, day_zero);
    EXPECT_EQ(histogram.percentile(0.5), bucket_start(memory_buckets, 2));
    // 100e6 lies between start(8) = 95.5e6 and start(9) = 110.3e6.
    EXPECT_EQ(histogram.percentile(0.51), bucket_start(memory_buckets, 9));
}

TEST(VpaPercentile, OfTheLastBucketIsItsStart) {
    DecayingHistogram histogram(memory_buckets);
    histogram.add(2e12, 1, day_zero);
    EXPECT_EQ(histogram.percentile(0.9), bucket_start(memory_buckets, bucket_count - 1));
}

TEST(VpaPercentile, ABucketBelowEpsilonIsNoEnd) {
    DecayingHistogram histogram(memory_buckets);
    histogram.add(100e6, 1, day_zero);
    histogram.add(900e6, 0.00009, day_zero);
    EXPECT_EQ(histogram.percentile(1.0), bucket_start(memory_buckets, 9));
    histogram.add(900e6, 0.00002, day_zero);  // together they weigh enough
    EXPECT_GT(histogram.percentile(1.0), 900e6);
}

// --- VPA-3

TEST(VpaDecay, ADayHalvesTheWeight) {
    DecayingHistogram histogram(memory_buckets);
    histogram.add(500e6, 1, day_zero);
    histogram.add(500e6, 1, day_zero);
    histogram.add(15e6, 1, day_zero + day_us);  // weighs as much as both
    EXPECT_LT(histogram.percentile(0.5), 21e6);
    EXPECT_GT(histogram.percentile(0.501), 500e6);
}

TEST(VpaDecay, TheReferenceMovesAfterAHundredDaysAndChangesNothing) {
    const auto percentile = [](std::int64_t later) {
        DecayingHistogram histogram(memory_buckets);
        histogram.add(15e6, 1, day_zero);
        histogram.add(500e6, 1, day_zero + later);
        histogram.add(15e6, 4, day_zero + later - day_us);
        return histogram.percentile(0.6);
    };
    EXPECT_EQ(percentile(100 * day_us), percentile(101 * day_us));
    DecayingHistogram histogram(memory_buckets);
    histogram.add(500e6, 1, day_zero);
    histogram.add(15e6, 1, day_zero + 101 * day_us);
    // What was there weighs 2^-101 now and counts as nothing.
    EXPECT_LT(histogram.percentile(1.0), 21e6);
}

TEST(VpaDecay, TheReferenceIsAWholeDayHalvesUp) {
    DecayingHistogram morning(cpu_buckets);
    morning.add(1, 1, day_zero + 12 * hour_us - 1);
    EXPECT_EQ(morning.checkpoint().reference_us, day_zero);
    DecayingHistogram noon(cpu_buckets);
    noon.add(1, 1, day_zero + 12 * hour_us);
    EXPECT_EQ(noon.checkpoint().reference_us, day_zero + day_us);
}

TEST(VpaHistogram, WhatIsTakenOutIsGone) {
    DecayingHistogram histogram(memory_buckets);
    histogram.add(15e6, 1, day_zero);
    const DecayingHistogram before = histogram;
    histogram.add(500e6, 1, day_zero);
    EXPECT_NE(histogram, before);
    histogram.subtract(500e6, 1, day_zero);
    EXPECT_EQ(histogram, before);
    histogram.subtract(15e6, 0.99995, day_zero);  // the rest is below epsilon
    EXPECT_TRUE(histogram.is_empty());
    EXPECT_EQ(histogram.percentile(0.5), 0);
}

TEST(VpaHistogram, TwoAreMergedAtTheYoungerReference) {
    DecayingHistogram old_one(memory_buckets);
    old_one.add(15e6, 4, day_zero);
    DecayingHistogram young(memory_buckets);
    young.add(500e6, 1, day_zero + 2 * day_us);
    DecayingHistogram both = old_one;
    both.merge(young);
    EXPECT_EQ(both.checkpoint().reference_us, day_zero + 2 * day_us);
    EXPECT_EQ(both.checkpoint().total_weight, 2);
    EXPECT_LT(both.percentile(0.5), 21e6);
    EXPECT_GT(both.percentile(0.51), 500e6);
    young.merge(old_one);
    EXPECT_EQ(young, both);
}

// --- VPA-7

TEST(VpaCheckpoint, KeepsWeightsInTenThousandthsOfTheHeaviest) {
    DecayingHistogram histogram(memory_buckets);
    histogram.add(15e6, 2, day_zero);
    histogram.add(100e6, 0.5, day_zero);
    histogram.add(500e6, 0.0002, day_zero);
    histogram.add(200e6, 0.000099, day_zero);  // rounds to nothing
    const Checkpoint checkpoint = histogram.checkpoint();
    ASSERT_EQ(checkpoint.weights.size(), 3U);
    EXPECT_EQ(checkpoint.weights[0], (std::pair<std::size_t, std::uint32_t>{1, 10'000}));
    EXPECT_EQ(checkpoint.weights[1].second, 2'500U);
    EXPECT_EQ(checkpoint.weights[2].second, 1U);
    EXPECT_EQ(DecayingHistogram(memory_buckets).checkpoint(), Checkpoint{});
}

TEST(VpaCheckpoint, WhatComesBackHasTheSameTotalAndShares) {
    DecayingHistogram histogram(memory_buckets);
    histogram.add(15e6, 2, day_zero);
    histogram.add(100e6, 0.5, day_zero);
    DecayingHistogram back(memory_buckets);
    back.load(histogram.checkpoint());
    EXPECT_EQ(back.checkpoint(), histogram.checkpoint());
    EXPECT_EQ(back.percentile(0.8), histogram.percentile(0.8));
    EXPECT_EQ(back.percentile(0.81), histogram.percentile(0.81));
    back.load(Checkpoint{});
    EXPECT_EQ(back.checkpoint(), histogram.checkpoint());
}

}  // namespace
}  // namespace eks::vpa
