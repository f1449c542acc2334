// What Goldilocks shows (VPA-30).
#include "models/systems/autoscaling/advice/goldilocks.hpp"

#include <gtest/gtest.h>

namespace eks::goldilocks {
namespace {

TEST(Goldilocks, ShowsTheTargetTwiceOrTheBounds) {
    const vpa::Recommendation recommendation{{100, 250 * mebibyte}, {50, 200 * mebibyte}, {400, 900 * mebibyte}};
    EXPECT_EQ(guaranteed(recommendation), (Shown{{100, 250 * mebibyte}, {100, 250 * mebibyte}}));
    EXPECT_EQ(burstable(recommendation), (Shown{{50, 200 * mebibyte}, {400, 900 * mebibyte}}));
}

TEST(Goldilocks, RoundsMemoryUpToWholeUnits) {
    EXPECT_EQ(shown_memory(mebibyte + 1), 2 * mebibyte);
    EXPECT_EQ(shown_memory(mebibyte), mebibyte);
    EXPECT_EQ(shown_memory(kibibyte + 1), 2 * kibibyte);
    EXPECT_EQ(shown_memory(0), 0);
}

constexpr Prices prices{31'611, 4'237};  // OpenCost's for a core and a GiB, an hour

// VPA-30: current at the mean of request and limit, guaranteed at the target, burstable at the mean of the bounds.
TEST(Goldilocks, CostsAreThoseOfMeans) {
    const Shown set{{1000, 4 * gibibyte}, {3000, 8 * gibibyte}};
    const vpa::Recommendation recommendation{{400, gibibyte}, {200, gibibyte}, {1000, 3 * gibibyte}};
    const Costs costs = costs_of(prices, set, recommendation);
    EXPECT_EQ(costs.current, 88'600);                 // 2 x 0.031611 + 6 x 0.004237 = 0.088644
    EXPECT_EQ(costs.guaranteed_difference, -71'700);  // 0.4 x 0.031611 + 0.004237 = 0.0168814; less 0.0886
    EXPECT_EQ(costs.burstable_difference, -61'200);   // 0.6 x 0.031611 + 2 x 0.004237 = 0.0274406
}

TEST(Goldilocks, CostsTakeTheOneOfRequestAndLimitThatIsSet) {
    const vpa::Recommendation recommendation{{1000, gibibyte}, {1000, gibibyte}, {1000, gibibyte}};
    const Costs both = costs_of(prices, {{1000, gibibyte}, {1000, gibibyte}}, recommendation);
    EXPECT_EQ(both.current, 35'800);  // 0.035848
    EXPECT_EQ(costs_of(prices, {{1000, gibibyte}, {}}, recommendation), both);
    EXPECT_EQ(costs_of(prices, {{}, {1000, gibibyte}}, recommendation), both);
    // Nothing is set: all of it would be more.
    EXPECT_EQ(costs_of(prices, {}, recommendation), (Costs{0, 35'800, 35'800}));
}

// More than ten of a unit are counted in whole ones: 10.9 GiB cost as much as 10.
TEST(Goldilocks, CostsCutMemoryToWholeUnits) {
    const vpa::Recommendation recommendation{{}, {}, {}};
    const auto cost = [&](Bytes memory) { return costs_of({0, 1'000'000}, {{0, memory}, {}}, recommendation).current; };
    EXPECT_EQ(cost(10 * gibibyte + 900 * mebibyte), 10'000'000);
    EXPECT_EQ(cost(512 * mebibyte), 500'000);
    EXPECT_EQ(cost(11 * mebibyte + mebibyte / 2), 10'700);  // 11 / 1024
}

// Nothing is said of memory, so that it stays as it is: a GiB for 0.004237.
TEST(Goldilocks, WhatNothingIsSaidOfCostsWhatIsSet) {
    const vpa::Recommendation of_cpu{{400, 0}, {200, 0}, {1000, 0}};
    const Costs costs = costs_of(prices, {{1000, gibibyte}, {}}, of_cpu);
    EXPECT_EQ(costs.current, 35'800);                 // 0.035848
    EXPECT_EQ(costs.guaranteed_difference, -18'900);  // 0.4 x 0.031611 + 0.004237 = 0.0168814; less 0.0358
    EXPECT_EQ(costs.burstable_difference, -12'600);   // 0.6 x 0.031611 + 0.004237 = 0.0232036
    // The other way round: a core for 0.031611.
    const vpa::Recommendation of_memory{{0, 2 * gibibyte}, {0, gibibyte}, {0, 5 * gibibyte}};
    const Costs other = costs_of(prices, {{1000, gibibyte}, {}}, of_memory);
    EXPECT_EQ(other.guaranteed_difference, 4'300);  // 0.031611 + 2 x 0.004237 = 0.040085; less 0.0358
    EXPECT_EQ(other.burstable_difference, 8'500);   // 0.031611 + 3 x 0.004237 = 0.044322
}

// VPA-11: without confidence there is no upper bound, and nothing to pay for.
TEST(Goldilocks, AnUnlimitedBoundCostsNothingThatCouldBeShown) {
    const vpa::Recommendation recommendation{{400, gibibyte}, {200, gibibyte}, {vpa::unlimited_amount, gibibyte}};
    const Costs costs = costs_of(prices, {{1000, gibibyte}, {}}, recommendation);
    EXPECT_EQ(costs.guaranteed_difference, -18'900);
    EXPECT_EQ(costs.burstable_difference, std::nullopt);
}

// Prices beyond all reason end at a large number instead of running over.
TEST(Goldilocks, CostsThatAreTooLargeAreHeld) {
    constexpr MicroUsd most = 4'000'000'000'000'000'000;
    const Prices dear{9'000'000'000'000'000'000, 0};
    const vpa::Recommendation recommendation{{1'000'000, gibibyte}, {10, gibibyte}, {1'000'000, gibibyte}};
    const Costs costs = costs_of(dear, {{1000, gibibyte}, {}}, recommendation);
    EXPECT_EQ(costs.current, most);
    EXPECT_EQ(costs.guaranteed_difference, most);
    EXPECT_EQ(costs_of(dear, {{1'000'000, gibibyte}, {}}, {{10, 0}, {10, 0}, {10, 0}}).current, most);
}

}  // namespace
}  // namespace eks::goldilocks
