#include "libsim/sketch.hpp"

#include "libsim/check.hpp"
#include "libsim/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace {

using sim::Sketch;

// The definition: the smallest value with at least that share of all values at or below it.
std::int64_t exact_quantile(const std::vector<std::int64_t>& sorted, double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

// Values over many powers of two, of both signs, with repetitions.
std::vector<std::int64_t> values(std::uint32_t stream, std::size_t count) {
    std::vector<std::int64_t> all;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t bits = sim::draw_u64({11, 0}, {stream, 0, i, 0});
        const auto magnitude = static_cast<std::int64_t>(bits >> (1 + sim::draw_below({11, 0}, {stream, 1, i, 0}, 63)));
        all.push_back(bits % 4 == 0 ? -magnitude : magnitude);
    }
    return all;
}

Sketch sketch_of(const std::vector<std::int64_t>& all) {
    Sketch sketch;
    for (const std::int64_t value : all) sketch.add(value);
    return sketch;
}

TEST(Sketch, QuantilesKeepTheStatedError) {
    for (std::uint32_t stream = 0; stream < 20; ++stream) {
        std::vector<std::int64_t> all = values(stream, 1 + 199 * stream);
        const Sketch sketch = sketch_of(all);
        std::sort(all.begin(), all.end());
        for (const double share : {0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0}) {
            const auto exact = static_cast<double>(exact_quantile(all, share));
            EXPECT_LE(std::fabs(static_cast<double>(sketch.quantile(share)) - exact),
                      std::fabs(exact) * Sketch::relative_error)
                << "share " << share << " of stream " << stream;
        }
    }
}

TEST(Sketch, SmallValuesAreExact) {
    for (int v = -255; v <= 255; ++v) {
        Sketch sketch;
        sketch.add(std::numeric_limits<std::int64_t>::min());
        sketch.add(v);
        sketch.add(std::numeric_limits<std::int64_t>::max());
        EXPECT_EQ(sketch.quantile(0.5), v);
    }
}

TEST(Sketch, CountSumAndEndsAreExact) {
    const std::vector<std::int64_t> all = values(1, 1'000);
    const Sketch sketch = sketch_of(all);
    sim::Int128 sum = 0;
    for (const std::int64_t value : all) sum += value;
    EXPECT_EQ(sketch.count(), 1'000U);
    EXPECT_TRUE(sketch.sum() == sum);
    EXPECT_EQ(sketch.min(), *std::min_element(all.begin(), all.end()));
    EXPECT_EQ(sketch.max(), *std::max_element(all.begin(), all.end()));
    EXPECT_EQ(sketch.quantile(0.0), sketch.min());
    EXPECT_EQ(sketch.quantile(1.0), sketch.max());
}

TEST(Sketch, MergingIsTheSameAsAddingAllInAnyOrder) {
    const std::vector<std::int64_t> first = values(1, 700);
    const std::vector<std::int64_t> second = values(2, 300);
    std::vector<std::int64_t> both = second;
    both.insert(both.end(), first.rbegin(), first.rend());
    Sketch merged = sketch_of(first);
    merged.merge(sketch_of(second));
    EXPECT_EQ(merged, sketch_of(both));
    Sketch other_way = sketch_of(second);
    other_way.merge(sketch_of(first));
    EXPECT_EQ(merged, other_way);
    Sketch empty;
    empty.merge(merged);
    EXPECT_EQ(empty, merged);
    merged.merge(Sketch());
    EXPECT_EQ(empty, merged);
}

TEST(Sketch, AWeightIsTheSameAsAddingSoOften) {
    Sketch weighted;
    weighted.add(1'000, 3);
    weighted.add(7, 0);
    EXPECT_EQ(weighted, sketch_of({1'000, 1'000, 1'000}));
}

TEST(Sketch, CountsUpToAValue) {
    const Sketch sketch = sketch_of({1, 2, 2, 100, 1'000'000});
    EXPECT_EQ(sketch.count_up_to(0), 0U);
    EXPECT_EQ(sketch.count_up_to(2), 3U);
    EXPECT_EQ(sketch.count_up_to(100), 4U);
    EXPECT_EQ(sketch.count_up_to(1'000'000), 5U);
}

TEST(Sketch, TheEndsOfTheNumbersFit) {
    const Sketch sketch =
        sketch_of({std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::min(),
                   std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()});
    EXPECT_LE(sketch.quantile(0.5), -(std::numeric_limits<std::int64_t>::max() / 256 * 255));
    EXPECT_GE(sketch.quantile(0.75), std::numeric_limits<std::int64_t>::max() / 256 * 255);
}

TEST(Sketch, AnEmptySketchHasNoQuantiles) {
    EXPECT_TRUE(Sketch().empty());
    EXPECT_THROW((void)Sketch().quantile(0.5), sim::Defect);
    EXPECT_THROW((void)Sketch().min(), sim::Defect);
}

}  // namespace
