#include "libsim/series.hpp"

#include "libsim/check.hpp"
#include "libsim/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace {

using namespace sim;
using namespace sim::literals;

Time at(Duration d) { return Time::at(d); }

TEST(Series, IntegralMeanAndEndsFollowTheSteps) {
    Series series(at(10_s), 2);
    series.set(at(20_s), 5);
    series.add(at(25_s), -4);
    EXPECT_EQ(series.last(), 1);
    EXPECT_TRUE(series.integral(at(30_s)) == 20'000'000 + 25'000'000 + 5'000'000);
    EXPECT_DOUBLE_EQ(series.mean(at(30_s)), 2.5);
    EXPECT_EQ(series.min(at(30_s)), 1);
    EXPECT_EQ(series.max(at(30_s)), 5);
    EXPECT_EQ(series.min(at(25_s)), 2) << "the present value has lasted no time yet";
}

TEST(Series, WhatLastedNoTimeLeavesNoTrace) {
    Series series(at(0_s), 1);
    series.set(at(5_s), 100);
    series.set(at(5_s), 2);
    Series direct(at(0_s), 1);
    direct.set(at(5_s), 2);
    EXPECT_EQ(series, direct);
    EXPECT_EQ(series.max(at(9_s)), 2);
}

TEST(Series, BeforeAnyTimeHasPassedItIsItsValue) {
    const Series series(at(3_s), 7);
    EXPECT_EQ(series.mean(at(3_s)), 7.0);
    EXPECT_EQ(series.min(at(3_s)), 7);
    ASSERT_EQ(series.buckets().size(), 1U);
    EXPECT_EQ(series.buckets()[0].first, (SeriesPoint{at(3_s), 7}));
}

TEST(Series, TimesMustNotGoBack) {
    Series series(at(3_s), 7);
    EXPECT_THROW(series.set(at(2_s), 8), Defect);
    EXPECT_THROW((void)series.mean(at(2_s)), Defect);
}

// A random walk, recorded with all its points and with few buckets.
TEST(Series, ThinningKeepsEachBucketsFirstLastLeastAndGreatest) {
    std::vector<SeriesPoint> all{{at(0_s), 0}};
    Series thinned(at(0_s), 0, 10, 1_s);
    Int128 integral = 0;
    Time now;
    for (std::uint64_t i = 0; i < 5'000; ++i) {
        now += Duration::microseconds(1 + static_cast<std::int64_t>(draw_below({2, 0}, {0, 0, i, 0}, 3'000'000)));
        const std::int64_t value = all.back().value + (draw_below({2, 0}, {1, 0, i, 0}, 2) == 0 ? -1 : 1);
        integral += static_cast<Int128>(all.back().value) * now.since(all.back().time).us();
        all.push_back({now, value});
        thinned.set(now, value);
    }
    EXPECT_TRUE(thinned.integral(now) == integral);
    const auto by_value = [](const SeriesPoint& a, const SeriesPoint& b) { return a.value < b.value; };
    EXPECT_EQ(thinned.min(now + 1_s), std::min_element(all.begin(), all.end(), by_value)->value);
    EXPECT_EQ(thinned.max(now + 1_s), std::max_element(all.begin(), all.end(), by_value)->value);

    const auto buckets = thinned.buckets();
    EXPECT_LE(buckets.size(), 11U);
    EXPECT_GE(buckets.size(), 5U);
    std::size_t seen = 0;
    for (const Series::Bucket& bucket : buckets) {
        const Time from = thinned.start() + thinned.bucket_width() * bucket.number;
        std::vector<SeriesPoint> within;
        for (const SeriesPoint& p : all) {
            if (p.time >= from && p.time < from + thinned.bucket_width()) within.push_back(p);
        }
        ASSERT_FALSE(within.empty());
        seen += within.size();
        EXPECT_EQ(bucket.first, within.front());
        EXPECT_EQ(bucket.last, within.back());
        EXPECT_EQ(bucket.least, *std::min_element(within.begin(), within.end(), by_value));
        EXPECT_EQ(bucket.greatest.value, std::max_element(within.begin(), within.end(), by_value)->value);
    }
    EXPECT_EQ(seen, all.size()) << "every change belongs to a bucket";
}

TEST(Series, SparseChangesKeepTheirOwnBuckets) {
    Series series(at(0_s), 0, 4, 1_s);
    for (int i = 1; i <= 3; ++i) series.set(at(1_h * i), i);
    EXPECT_EQ(series.bucket_width(), 1_s);
    EXPECT_EQ(series.buckets().size(), 4U);
}

TEST(Series, CopiesAreEqualAndIndependent) {
    Series series(at(0_s), 0);
    series.set(at(1_s), 5);
    Series copy = series;
    EXPECT_EQ(copy, series);
    copy.set(at(2_s), 6);
    EXPECT_NE(copy, series);
}

TEST(Gauge, TheDistributionIsWeightedByTime) {
    Gauge gauge(at(0_s), 10);
    gauge.set(at(90_s), 200);
    gauge.set(at(90_s), 20);
    gauge.set(at(99_s), 30);
    const Sketch over_time = gauge.distribution(at(100_s));
    EXPECT_EQ(over_time.count(), 100'000'000U);
    EXPECT_EQ(over_time.quantile(0.5), 10);
    EXPECT_EQ(over_time.quantile(0.9), 10);
    EXPECT_EQ(over_time.quantile(0.95), 20);
    EXPECT_EQ(over_time.quantile(0.995), 30);
    EXPECT_DOUBLE_EQ(over_time.mean(), 11.1);
    EXPECT_EQ(over_time.max(), 30);
}

}  // namespace
