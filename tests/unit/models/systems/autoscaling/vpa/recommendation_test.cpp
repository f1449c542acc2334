// What the recommender learns of samples and makes of it (VPA-4 to VPA-6, VPA-10 to VPA-12).
#include "models/systems/autoscaling/vpa/recommendation.hpp"

#include "models/quantities.hpp"
#include "models/spec/calendar.hpp"

#include <gtest/gtest.h>

namespace eks::vpa {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t minute_us = 60 * second_us;
const std::int64_t start = *parse_instant_us("2026-03-01T00:00:00Z");

// The end of the bucket that a value lies in, and 15 % on top.
std::int64_t with_margin(std::int64_t bytes) {
    const auto end = static_cast<std::int64_t>(
        bucket_start(memory_buckets, bucket_of(memory_buckets, static_cast<double>(bytes)) + 1));
    return end + end * 15 / 100;
}

struct Learner {
    Aggregate aggregate;
    Instance instance;
    bool cpu(std::int64_t at, std::int64_t milli) { return add_cpu(aggregate, instance, start + at, milli); }
    bool memory(std::int64_t at, std::int64_t bytes) { return add_memory(aggregate, instance, start + at, bytes); }
    bool oom(std::int64_t at) { return add_oom(aggregate, instance, start + at); }
    std::int64_t target_bytes() const { return recommendation_of(aggregate, 1).target.memory_bytes; }
};

// --- VPA-4

TEST(VpaCpu, LateAndNegativeSamplesAreDropped) {
    Learner one;
    EXPECT_TRUE(one.cpu(minute_us, 100));
    EXPECT_FALSE(one.cpu(minute_us, 100));
    EXPECT_FALSE(one.cpu(0, 100));
    EXPECT_FALSE(one.cpu(2 * minute_us, -1));
    EXPECT_EQ(one.aggregate.cpu_samples, 1);
    Instance other;
    EXPECT_TRUE(add_cpu(one.aggregate, other, start, 100));  // another instance has its own clock
    EXPECT_EQ(one.aggregate.first_cpu_us, start);
    EXPECT_EQ(one.aggregate.last_cpu_us, start + minute_us);
}

// --- VPA-5

TEST(VpaMemory, OneDayCountsOnceWithItsPeak) {
    Learner one;
    one.memory(0, 400 * mebibyte);
    one.memory(hour_us, 300 * mebibyte);
    one.memory(2 * hour_us, 900 * mebibyte);
    Learner peak;
    peak.memory(0, 900 * mebibyte);
    EXPECT_EQ(one.aggregate.memory.checkpoint(), peak.aggregate.memory.checkpoint());
    EXPECT_EQ(one.target_bytes(), with_margin(900 * mebibyte));
}

TEST(VpaMemory, TheIntervalsFollowTheFirstSample) {
    Learner one;
    one.memory(5 * hour_us, 400 * mebibyte);
    EXPECT_EQ(one.instance.interval_end_us, start + 29 * hour_us);
    one.memory(29 * hour_us, 300 * mebibyte);  // the end lies outside
    EXPECT_EQ(one.instance.interval_end_us, start + 53 * hour_us);
    EXPECT_EQ(one.instance.usage_peak_bytes, 300 * mebibyte);
    one.memory(120 * hour_us, 1);  // whole intervals are passed over
    EXPECT_EQ(one.instance.interval_end_us, start + 125 * hour_us);
}

TEST(VpaMemory, ASampleAsOldAsTheLastIsKept) {
    Learner one;
    EXPECT_TRUE(one.memory(minute_us, 300 * mebibyte));
    EXPECT_TRUE(one.memory(minute_us, 500 * mebibyte));
    EXPECT_FALSE(one.memory(0, 900 * mebibyte));
    EXPECT_FALSE(one.memory(2 * minute_us, -1));
    EXPECT_EQ(one.instance.usage_peak_bytes, 500 * mebibyte);
}

TEST(VpaMemory, AfterAPeakOfZeroTheRestOfTheIntervalIsNotSeen) {
    Learner one;
    one.memory(0, 0);
    EXPECT_TRUE(one.memory(hour_us, 900 * mebibyte));
    EXPECT_EQ(one.instance.usage_peak_bytes, 0);
    EXPECT_EQ(one.target_bytes(), 250 * mebibyte);
}

// --- VPA-6

TEST(VpaOom, RaisesToAFifthMoreOrAHundredMebibytes) {
    Learner small;
    small.instance.memory_request_bytes = 200 * mebibyte;
    EXPECT_TRUE(small.oom(0));
    EXPECT_EQ(small.instance.oom_peak_bytes, 300 * mebibyte);
    Learner large;
    large.instance.memory_request_bytes = 1000 * mebibyte;
    large.memory(0, 2000 * mebibyte);
    large.oom(minute_us);
    EXPECT_EQ(large.instance.oom_peak_bytes, 2400 * mebibyte);
    large.oom(2 * minute_us);  // the usage counts, not what an OOM has made of it
    EXPECT_EQ(large.instance.oom_peak_bytes, 2400 * mebibyte);
    EXPECT_EQ(large.target_bytes(), with_margin(2400 * mebibyte));
}

TEST(VpaOom, IsDroppedOnlyADayBeforeTheLastSample) {
    Learner one;
    one.memory(48 * hour_us, 300 * mebibyte);
    EXPECT_FALSE(one.oom(24 * hour_us - 1));
    EXPECT_TRUE(one.oom(24 * hour_us));
    EXPECT_EQ(one.instance.last_memory_us, start + 24 * hour_us);  // which moves the last sample back
}

// --- VPA-10 to VPA-12

TEST(VpaRecommendation, IsTheBucketsEndAndFifteenPercent) {
    Learner one;
    one.cpu(0, 1000);
    const Amounts target = recommendation_of(one.aggregate, 1).target;
    // 1000m lies between start(36) = 0.958 and start(37) = 1.0163 cores: 1016m and 15 %, each cut.
    EXPECT_EQ(target.cpu_milli, 1016 + 152);
    EXPECT_EQ(target.memory_bytes, 250 * mebibyte);
}

TEST(VpaRecommendation, WithoutAHistoryTheUpperBoundIsUnlimited) {
    Learner one;
    one.cpu(0, 1000);
    const Recommendation recommendation = recommendation_of(one.aggregate, 1);
    EXPECT_EQ(recommendation.upper_bound.cpu_milli, 100'000'000'000'000);
    EXPECT_EQ(recommendation.lower_bound, (Amounts{25, 250 * mebibyte}));
    // Nothing stays nothing, and the minimum.
    EXPECT_EQ(recommendation.upper_bound.memory_bytes, 250 * mebibyte);
}

TEST(VpaRecommendation, TheBoundsCloseWithTheDaysAndTheSamples) {
    // One sample a minute over a day: confidence just below 1, so twice the p95 and 0.998 of the p50.
    Learner steady;
    for (std::int64_t minute = 0; minute <= 1440; ++minute) steady.cpu(minute * minute_us, 1000);
    EXPECT_EQ(recommendation_of(steady.aggregate, 1).upper_bound.cpu_milli, 2 * 1168);
    EXPECT_EQ(recommendation_of(steady.aggregate, 1).lower_bound.cpu_milli, 1165);  // 1168 / 1.001^2 = 1165.7
    // Two samples a day apart count as little as two.
    Learner sparse;
    sparse.cpu(0, 1000);
    sparse.cpu(day_us, 1000);
    EXPECT_EQ(recommendation_of(sparse.aggregate, 1).upper_bound.cpu_milli, 1168 * 721);
}

TEST(VpaRecommendation, ContainersShareTheMinimumOfAPod) {
    const Recommendation third = recommendation_of(Aggregate{}, 3);
    EXPECT_EQ(third.target, (Amounts{8, 87'381'333}));
    EXPECT_EQ(third.lower_bound, third.target);
    EXPECT_EQ(third.upper_bound, third.target);
}

}  // namespace
}  // namespace eks::vpa
