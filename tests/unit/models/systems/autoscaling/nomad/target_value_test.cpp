// What the Nomad Autoscaler proposes (NOM-5).
#include "models/systems/autoscaling/nomad/target_value.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks::nomad {
namespace {

constexpr Proposal up(std::int64_t count) { return {Direction::up, count}; }
constexpr Proposal down(std::int64_t count) { return {Direction::down, count}; }
constexpr Proposal none(std::int64_t count) { return {Direction::none, count}; }

TargetValue of(double target) {
    TargetValue strategy;
    strategy.target = target;
    return strategy;
}

TEST(NomadTargetValue, ScalesByTheFactorAndRoundsUpNom5) {
    EXPECT_EQ(propose(of(70), 4, 90), up(6));  // 4 * 90 / 70 = 5.14
    EXPECT_EQ(propose(of(70), 10, 35), down(5));
    EXPECT_EQ(propose(of(70), 10, 36), down(6));  // 5.14
    EXPECT_EQ(propose(of(70), 10, 0), down(0));
}

TEST(NomadTargetValue, DoesNothingWithinAHundredthNom5) {
    EXPECT_EQ(propose(of(100), 10, 101), none(10));
    EXPECT_EQ(propose(of(100), 10, 99), none(10));
    EXPECT_EQ(propose(of(100), 10, 101.1), up(11));
    EXPECT_EQ(propose(of(100), 100, 98.9), down(99));
    // Rounded up it is what there is.
    EXPECT_EQ(propose(of(100), 10, 98.9), none(10));
}

TEST(NomadTargetValue, OfNothingIsTheMetricAndFromNothingTheFactorNom5) {
    EXPECT_EQ(propose(of(0), 3, 2), up(6));
    EXPECT_EQ(propose(of(10), 0, 25), up(3));
    EXPECT_EQ(propose(of(10), 0, 0), none(0));
}

TEST(NomadTargetValue, TakesNoMoreThanItsStepsAtOnceNom5) {
    TargetValue careful = of(50);
    careful.max_scale_up = 2;
    careful.max_scale_down = 1;
    EXPECT_EQ(propose(careful, 4, 100), up(6));
    EXPECT_EQ(propose(careful, 4, 10), down(3));
}

TEST(NomadChecks, UpBeatsNoneBeatsDownThenTheLargerCountNom5) {
    EXPECT_EQ(winner(std::vector{down(2), up(5), none(4)}), up(5));
    EXPECT_EQ(winner(std::vector{up(5), up(7), up(6)}), up(7));
    EXPECT_EQ(winner(std::vector{down(2), none(4)}), none(4));
    EXPECT_EQ(winner(std::vector{down(2), down(3)}), down(3));
}

TEST(NomadPolicy, KeepsItsBoundsNom5) {
    EXPECT_EQ(bounded(up(9), 4, 1, 6), up(6));
    EXPECT_EQ(bounded(up(9), 6, 1, 6), none(6));
    EXPECT_EQ(bounded(down(0), 4, 2, 6), down(2));
    EXPECT_EQ(bounded(none(4), 4, 5, 6), up(5));
    EXPECT_EQ(bounded(none(4), 4, 1, 3), down(3));
}

TEST(NomadCooldown, MayBeAnotherOneAfterScalingUpNom5) {
    Cooldowns cooldowns;
    EXPECT_EQ(cooldown_after(cooldowns, Direction::up), sim::Duration::minutes(5));
    cooldowns.on_scale_up = sim::Duration::minutes(1);
    EXPECT_EQ(cooldown_after(cooldowns, Direction::up), sim::Duration::minutes(1));
    EXPECT_EQ(cooldown_after(cooldowns, Direction::down), sim::Duration::minutes(5));
}

}  // namespace
}  // namespace eks::nomad
