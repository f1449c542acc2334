// Nomad's score parts against values worked out by hand from NOM-2 and NOM-3.
#include "models/systems/scheduling/nomad/scores.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks::nomad {
namespace {

constexpr double close_enough = 1e-12;
constexpr Amounts room{4'000, 8'192, 0};

TEST(NomadFitScore, OfBinpackIsNoneForAnEmptyClientAndOneForAFullOneNom2) {
    EXPECT_NEAR(fit_score(Algorithm::binpack, room, {0, 0, 0}), 0, close_enough);
    EXPECT_NEAR(fit_score(Algorithm::binpack, room, room), 1, close_enough);
    // Half of both: 20 - 2 * 10^0.5 = 13.675444679663241, of 18.
    EXPECT_NEAR(fit_score(Algorithm::binpack, room, {2'000, 4'096, 0}), 0.759746926647957833, close_enough);
    // Three quarters and one quarter: 20 - (10^0.25 + 10^0.75) = 12.598307338057586, of 18.
    EXPECT_NEAR(fit_score(Algorithm::binpack, room, {3'000, 2'048, 0}), 0.699905963225421455, close_enough);
    EXPECT_NEAR(fit_score(Algorithm::binpack, room, {1'000, 6'144, 0}), 0.699905963225421455, close_enough);
}

TEST(NomadFitScore, OfSpreadIsTheOtherWayRoundNom2) {
    EXPECT_NEAR(fit_score(Algorithm::spread, room, {0, 0, 0}), 1, close_enough);
    EXPECT_NEAR(fit_score(Algorithm::spread, room, room), 0, close_enough);
    // 2 * 10^0.5 - 2 = 4.324555320336759, of 18.
    EXPECT_NEAR(fit_score(Algorithm::spread, room, {2'000, 4'096, 0}), 0.240253073352042167, close_enough);
}

TEST(NomadFitScore, StaysWithinItsBoundsNom2) {
    EXPECT_EQ(fit_score(Algorithm::binpack, room, {8'000, 16'384, 0}), 1);
    EXPECT_EQ(fit_score(Algorithm::spread, room, {8'000, 16'384, 0}), 0);
}

TEST(NomadParts, JobAntiAffinityGrowsWithTheAllocationsThatAreThereNom3) {
    EXPECT_FALSE(anti_affinity(0, 4));
    EXPECT_NEAR(*anti_affinity(1, 4), -0.5, close_enough);
    EXPECT_NEAR(*anti_affinity(3, 4), -1.0, close_enough);
    EXPECT_NEAR(*anti_affinity(1, 10), -0.2, close_enough);
}

TEST(NomadParts, AClientOnWhichTheAllocationFailedIsPenalisedNom3) {
    EXPECT_EQ(reschedule_penalty(true), Part(-1.0));
    EXPECT_FALSE(reschedule_penalty(false));
}

TEST(NomadParts, AffinityIsTheShareOfTheWeightsThatMatchNom3) {
    const std::vector<Affinity> some{{50, true}, {30, false}, {20, true}};
    EXPECT_NEAR(*affinity(some), 0.7, close_enough);
    const std::vector<Affinity> avoided{{-50, true}, {50, false}};
    EXPECT_NEAR(*affinity(avoided), -0.5, close_enough);
    const std::vector<Affinity> none{{50, false}};
    EXPECT_FALSE(affinity(none));
}

SpreadView zones(std::optional<std::string> value, std::vector<SpreadTarget> targets, std::vector<ValueCount> used,
                 std::int64_t weight = 50) {
    return {{weight, std::move(targets)}, std::move(value), std::move(used)};
}

TEST(NomadSpread, GoesByTheDistanceToTheTargetNom3) {
    const std::vector<SpreadTarget> targets{{"a", 60}, {"b", 40}};
    // Of 10, 6 are meant for a: (6 - (2 + 1)) / 6.
    EXPECT_NEAR(*spread(std::vector{zones("a", targets, {{"a", 2}})}, 10), 0.5, close_enough);
    // And 4 for b, which has 5: (4 - 6) / 4.
    EXPECT_NEAR(*spread(std::vector{zones("b", targets, {{"b", 5}})}, 10), -0.5, close_enough);
    // The one that makes it exact brings nothing.
    EXPECT_FALSE(spread(std::vector{zones("b", targets, {{"b", 3}})}, 10));
    // All of it is meant for others; or the client has no such attribute.
    EXPECT_NEAR(*spread(std::vector{zones("c", targets, {})}, 10), -1, close_enough);
    EXPECT_NEAR(*spread(std::vector{zones(std::nullopt, targets, {})}, 10), -1, close_enough);
    // What the targets leave is meant for the other values: (4 - 1) / 4.
    EXPECT_NEAR(*spread(std::vector{zones("c", {{"a", 60}}, {})}, 10), 0.75, close_enough);
}

TEST(NomadSpread, BlocksCountByTheirWeightsNom3) {
    const std::vector<SpreadTarget> targets{{"a", 50}, {"b", 50}};
    // 75 of 100 for (5 - 1) / 5, 25 of 100 for (5 - 5) / 5.
    const std::vector both{zones("a", targets, {}, 75), zones("b", targets, {{"b", 4}}, 25)};
    EXPECT_NEAR(*spread(both, 10), 0.6, close_enough);
}

TEST(NomadSpread, WithoutTargetsFavoursTheValuesThatHaveFewestNom3) {
    const auto even = [](const char* value, std::vector<ValueCount> used) {
        return spread(std::vector{zones(value, {}, std::move(used))}, 10);
    };
    EXPECT_FALSE(even("a", {}));
    // Behind the fewest by all of them: (2 - 0) / 2.
    EXPECT_NEAR(*even("c", {{"a", 2}, {"b", 4}}), 1, close_enough);
    // It is the fewest: (4 - 2) / 2. Above it: (2 - 4) / 2.
    EXPECT_NEAR(*even("a", {{"a", 2}, {"b", 4}}), 1, close_enough);
    EXPECT_NEAR(*even("b", {{"a", 2}, {"b", 4}}), -1, close_enough);
    EXPECT_NEAR(*even("b", {{"a", 4}, {"b", 5}}), -0.25, close_enough);
    // As even as it can be: every value is as bad.
    EXPECT_NEAR(*even("a", {{"a", 3}, {"b", 3}}), -1, close_enough);
}

TEST(NomadScore, IsTheMeanOfThePartsThatArePresentNom3) {
    EXPECT_NEAR(mean_of(std::vector<Part>{0.75, std::nullopt, -0.5}), 0.125, close_enough);
    EXPECT_NEAR(mean_of(std::vector<Part>{0.75, 0.0, -0.5}), 0.25 / 3, close_enough);
    EXPECT_NEAR(mean_of(std::vector<Part>{0.75, std::nullopt}), 0.75, close_enough);
}

}  // namespace
}  // namespace eks::nomad
