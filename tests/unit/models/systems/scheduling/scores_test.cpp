// The default scores with values reckoned by hand from the rules.
#include "models/systems/scheduling/scores.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

TEST(Scores, LeastAllocatedIsTheMeanOfTheFreeShares) {
    // SCHED-52: (4000 - 1000)·100/4000 = 75 and (16 - 10)·100/16 = 37; their mean is 56.
    EXPECT_EQ(least_allocated(Load{4000, 1000}, Load{16, 10}), 56);
    EXPECT_EQ(least_allocated(Load{4000, 4001}, Load{16, 8}), 25);
    EXPECT_EQ(least_allocated(Load{4000, 1000}, Load{0, 10}), 75);
    EXPECT_EQ(least_allocated(Load{0, 0}, Load{0, 0}), 0);
}

TEST(Scores, AShapeOfUtilisationIsFollowedInStraightLines) {
    // SCHED-54: scores of the shape count tenfold; a resource that scores nothing is left out of the mean, which is
    // rounded half away from zero.
    SchedulerProfile profile = default_scheduler_profile();
    profile.strategy = ScoringStrategy::requested_to_capacity_ratio;
    profile.shape = {{0, 0}, {100, 10}};
    const auto score = [&](Load cpu, Load memory) {
        const std::vector<WeightedLoad> loads{{cpu, 1}, {memory, 1}};
        return fit_score(profile, loads);
    };
    EXPECT_EQ(score({4000, 2000}, {16, 4}), 38);  // 50 and 25
    EXPECT_EQ(score({4000, 2000}, {16, 0}), 50);  // 50 alone
    EXPECT_EQ(score({4000, 4001}, {16, 16}), 100);
    EXPECT_EQ(score({4000, 0}, {16, 0}), 0);
    profile.shape = {{20, 10}, {70, 5}};
    EXPECT_EQ(score({100, 10}, {100, 10}), 100);  // before the first point
    EXPECT_EQ(score({100, 45}, {100, 45}), 75);   // 100 + (50 - 100)·25/50
    EXPECT_EQ(score({100, 90}, {100, 90}), 50);   // behind the last one
}

TEST(Scores, BalanceFallsWithTheDifferenceOfTheShares) {
    // SCHED-55: shares 0.25 and 0.625, standard deviation 0.1875, (1 - 0.1875)·100 = 81.25.
    EXPECT_EQ(balance(Load{4000, 1000}, Load{16, 10}), 81);
    EXPECT_EQ(balance(Load{4000, 2000}, Load{16, 8}), 100);
    EXPECT_EQ(balance(Load{4000, 9000}, Load{16, 0}), 50);
    EXPECT_EQ(balance(Load{4000, 1000}, Load{0, 0}), 100);
}

TEST(Scores, Since136BalanceCountsWhatThePodChanges) {
    // SCHED-55: 50 + (50 + with - without)/2, truncated: neutral 75, from 50 to 100.
    EXPECT_EQ(relative_balance(81, 81), 75);
    EXPECT_EQ(relative_balance(100, 50), 100);
    EXPECT_EQ(relative_balance(50, 100), 50);
    EXPECT_EQ(relative_balance(80, 91), 69);
}

TEST(Scores, NormalisedAgainstTheLargest) {
    EXPECT_EQ(normalised_up(30, 70, 100), 42);  // SCHED-57
    EXPECT_EQ(normalised_up(0, 0, 100), 0);
    EXPECT_EQ(normalised_down(1, 3, 100), 67);  // SCHED-58: 100 - 33
    EXPECT_EQ(normalised_down(0, 0, 100), 100);
    EXPECT_EQ(normalised_down(3, 3, 10), 0);
}

TEST(Scores, SpreadGivesTheEmptiestMost) {
    // SCHED-60: 100·(max + min - raw)/max
    EXPECT_EQ(normalised_spread(8, 6, 10), 80);
    EXPECT_EQ(normalised_spread(6, 6, 10), 100);
    EXPECT_EQ(normalised_spread(10, 6, 10), 60);
    EXPECT_EQ(normalised_spread(0, 0, 0), 100);
}

TEST(Scores, ImagesCountBetweenTheirBounds) {
    // SCHED-56: between 23 MiB and 1000 MiB a container.
    EXPECT_EQ(image_locality(0, 1), 0);
    EXPECT_EQ(image_locality(23 * mebibyte, 1), 0);
    EXPECT_EQ(image_locality(1000 * mebibyte, 1), 100);
    EXPECT_EQ(image_locality(5000 * mebibyte, 1), 100);
    EXPECT_EQ(image_locality(511 * mebibyte + mebibyte / 2, 1), 50);   // 488.5 of 977
    EXPECT_EQ(image_locality(1011 * mebibyte + mebibyte / 2, 2), 50);  // 988.5 of 1977
}

TEST(Scores, ALargeClusterIsSampled) {
    // SCHED-25
    EXPECT_EQ(feasible_nodes_wanted(99, 0), 99);
    EXPECT_EQ(feasible_nodes_wanted(100, 0), 100);
    EXPECT_EQ(feasible_nodes_wanted(1000, 0), 420);
    EXPECT_EQ(feasible_nodes_wanted(5000, 0), 500);
    EXPECT_EQ(feasible_nodes_wanted(6000, 0), 300);
    EXPECT_EQ(feasible_nodes_wanted(1000, 20), 200);
    EXPECT_EQ(feasible_nodes_wanted(300, 10), 100);
    EXPECT_EQ(feasible_nodes_wanted(1000, 100), 1000);
}

TEST(ScoresOf2018, LeastRequestedCountsToTen) {
    // (3000·10/4000 + 6·10/16)/2 = (7 + 3)/2
    EXPECT_EQ(least_requested_of_2018(Load{4000, 1000}, Load{16, 10}), 5);
    EXPECT_EQ(least_requested_of_2018(Load{4000, 4001}, Load{16, 0}), 5);
}

TEST(ScoresOf2018, BalanceIsNothingOnceAShareIsWhole) {
    // trunc((1 - |0.25 - 0.625|)·10)
    EXPECT_EQ(balance_of_2018(Load{4000, 1000}, Load{16, 10}), 6);
    EXPECT_EQ(balance_of_2018(Load{4000, 4000}, Load{16, 16}), 0);
    EXPECT_EQ(balance_of_2018(Load{4000, 2000}, Load{16, 8}), 10);
}

TEST(ScoresOf2018, SpreadWeighsTheZoneTwiceTheNode) {
    // f/3 + 2z/3 with f = 10·(2 - 1)/2 = 5 and z = 10·(4 - 3)/4 = 2.5
    EXPECT_EQ(selector_spread_of_2018(1, 2, 3, 4), 3);
    EXPECT_EQ(selector_spread_of_2018(0, 0, 0, 0), 10);
    EXPECT_EQ(selector_spread_of_2018(2, 2, 4, 4), 0);
    EXPECT_EQ(selector_spread_of_2018(0, 2, 4, 4), 3);
    EXPECT_EQ(selector_spread_of_2018(2, 2, 0, 4), 6);
}

}  // namespace
}  // namespace eks
