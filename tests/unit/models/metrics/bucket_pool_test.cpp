#include "models/metrics/bucket_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace eks {
namespace {

TEST(BucketPool, QuantilesAreWithinTheStatedErrorForManyHistogramsAtOnce) {
    constexpr std::size_t histograms = 7;
    TallyPool pool;
    std::vector<BucketRange> ranges(histograms);
    std::vector<std::vector<std::int64_t>> values(histograms);
    std::uint64_t state = 42;
    for (int i = 0; i < 20'000; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const std::size_t which = (state >> 60) % histograms;
        const auto value = static_cast<std::int64_t>((state >> 20) >> ((state >> 12) % 44));
        pool.add(ranges[which], value, 1);
        values[which].push_back(value);
    }
    for (std::size_t h = 0; h < histograms; ++h) {
        std::ranges::sort(values[h]);
        for (const double share : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
            const auto rank = std::max<std::size_t>(
                1, static_cast<std::size_t>(std::ceil(share * static_cast<double>(values[h].size()))));
            const auto exact = static_cast<double>(values[h][rank - 1]);
            const auto told = static_cast<double>(pool.quantile(ranges[h], share, values[h].front(), values[h].back()));
            EXPECT_NEAR(told, exact, exact * bucket_relative_error) << "histogram " << h << ", share " << share;
        }
    }
}

TEST(BucketPool, SmallAndSingleValuesAreExact) {
    TimePool pool;
    BucketRange range;
    for (std::int64_t value = 31; value >= 0; --value) pool.add(range, value, 1);
    for (int i = 1; i <= 32; ++i) EXPECT_EQ(pool.quantile(range, i / 32.0, 0, 31), i - 1);
    BucketRange single;
    pool.add(single, 123'456'789, 5);
    EXPECT_EQ(pool.quantile(single, 0.5, 123'456'789, 123'456'789), 123'456'789);
}

TEST(BucketPool, WeightsCount) {
    TimePool pool;
    BucketRange range;
    pool.add(range, 3, 90);
    pool.add(range, 7, 10);
    EXPECT_EQ(pool.quantile(range, 0.9, 3, 7), 3);
    EXPECT_EQ(pool.quantile(range, 0.91, 3, 7), 7);
}

TEST(BucketPool, TheWholeRangeOfValuesFits) {
    TimePool pool;
    BucketRange range;
    pool.add(range, INT64_MAX, 1);
    pool.add(range, 0, 1);
    pool.add(range, -5, 1);  // counts as 0
    EXPECT_EQ(pool.quantile(range, 0.5, 0, INT64_MAX), 0);
    EXPECT_NEAR(static_cast<double>(pool.quantile(range, 1.0, 0, INT64_MAX)), 9.223372036854775807e18, 3e17);
}

TEST(BucketPool, ABucketIsWhatItsBoundsSay) {
    std::int64_t expected_low = 0;
    for (std::int32_t bucket = 0; bucket < 400; ++bucket) {
        const BucketBounds bounds = bounds_of_bucket(bucket);
        EXPECT_EQ(bounds.low, expected_low) << "they meet";
        EXPECT_EQ(bucket_of_value(bounds.low), bucket);
        EXPECT_EQ(bucket_of_value(bounds.high - 1), bucket);
        EXPECT_LE((bounds.high - bounds.low - 1) * 16, bounds.low);
        expected_low = bounds.high;
    }
}

TEST(BucketPool, TellsEachBucketWithAWeight) {
    TallyPool pool;
    BucketRange range;
    for (const std::int64_t value : {3, 3, 100, 40}) pool.add(range, value, 1);
    std::vector<std::vector<std::int64_t>> told;
    pool.each(range, [&](const BucketBounds& bounds, std::uint32_t count) {
        told.push_back({bounds.low, bounds.high, std::int64_t{count}});
    });
    EXPECT_EQ(told, (std::vector<std::vector<std::int64_t>>{{3, 4, 2}, {40, 42, 1}, {100, 104, 1}}));
}

}  // namespace
}  // namespace eks
