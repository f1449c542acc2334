// One reconcile of a HorizontalPodAutoscaler (HPA-2 to HPA-4, HPA-13 to HPA-18).
#include "models/systems/autoscaling/hpa/reconcile.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace eks::hpa {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t now = 1'000'000 * second;
std::int64_t ago(std::int64_t seconds) { return now - seconds * second; }

struct Case {
    Autoscaler autoscaler;
    Circumstances circumstances{.now_us = now};
    std::vector<Proposal> proposals;
    Memory memory{{{}}, {}, {}};

    Case(std::int32_t replicas, std::int32_t wanted, std::int32_t least = 1, std::int32_t most = 100) {
        autoscaler.least = least;
        autoscaler.most = most;
        circumstances.replicas = replicas;
        add(wanted);
    }
    Case& add(std::int32_t wanted, Fault fault = Fault::none, MetricSource source = MetricSource::external) {
        proposals.push_back({wanted, {}, fault});
        autoscaler.metrics.push_back(source);
        return *this;
    }
    Case& with_behavior() {
        autoscaler.behavior = {default_rules_up(), default_rules_down()};
        return *this;
    }
    Case& recommended(std::vector<Recommendation> entries) {
        memory.recommendations = std::move(entries);
        return *this;
    }
    Outcome outcome() const { return reconcile(autoscaler, circumstances, proposals, memory); }
    std::int32_t replicas() const { return outcome().replicas; }
    Reason limit() const { return outcome().conditions.scaling_limited->reason; }
    Reason ability() const { return outcome().conditions.able_to_scale->reason; }
};

// --- HPA-3, HPA-4

TEST(HpaGuards, OutsideItsBoundsNoMetricIsLookedAt) {
    Case above(12, 12, 1, 10);
    EXPECT_FALSE(goes_by_metrics(above.autoscaler, above.circumstances));
    EXPECT_EQ(above.replicas(), 10);
    Case below(2, 2, 3, 10);
    EXPECT_EQ(below.replicas(), 3);
    EXPECT_TRUE(below.outcome().is_rescaled);
    EXPECT_EQ(below.ability(), Reason::succeeded_rescale);
    EXPECT_FALSE(below.outcome().conditions.scaling_active);
    // With a behavior the step is remembered all the same.
    EXPECT_EQ(below.with_behavior().outcome().memory.up, (std::vector<ScaleEvent>{{1, now}}));
}

TEST(HpaGuards, AtZeroItIsOffUnlessItWentThereItself) {
    Case off(0, 5, 0);
    EXPECT_EQ(off.replicas(), 0);
    EXPECT_EQ(off.outcome().conditions.scaling_active, (Condition{false, Reason::scaling_disabled}));
    off.circumstances.was_scaled_to_zero = true;
    EXPECT_EQ(off.replicas(), 4);  // HPA-14: from nothing to four at most
    EXPECT_EQ(off.outcome().conditions.scaled_to_zero, (Condition{false, Reason::not_scaled_to_zero}));
    // Only a metric from outside the pods can tell that they are wanted again.
    off.autoscaler.metrics = {MetricSource::resource};
    EXPECT_FALSE(goes_by_metrics(off.autoscaler, off.circumstances));
    off.autoscaler.least = 2;
    EXPECT_TRUE(goes_by_metrics(off.autoscaler, off.circumstances));
}

TEST(HpaGuards, BackFromZeroItIsAtLeastTheMinimum) {
    Case back(0, 0, 3);
    back.with_behavior();
    back.circumstances.was_scaled_to_zero = true;
    EXPECT_EQ(back.replicas(), 3);
    EXPECT_EQ(back.limit(), Reason::desired_within_range);
}

TEST(HpaGuards, ToZeroNeedsAMinimumOfZeroAndAMetricFromOutside) {
    Case idle(3, 0, 0);
    EXPECT_EQ(idle.replicas(), 0);
    EXPECT_EQ(idle.outcome().conditions.scaled_to_zero, (Condition{true, Reason::scaled_to_zero}));
    idle.autoscaler.metrics = {MetricSource::pods};
    EXPECT_EQ(idle.outcome().conditions.scaled_to_zero, (Condition{false, Reason::not_scaled_to_zero}));
}

TEST(HpaGuards, TwoThatSelectTheSamePodsScaleNothing) {
    Case twins(4, 8);
    twins.circumstances.is_ambiguous = true;
    EXPECT_EQ(twins.replicas(), 4);
    EXPECT_TRUE(twins.outcome().is_ambiguous);
    EXPECT_EQ(twins.outcome().conditions.scaling_active, (Condition{false, Reason::ambiguous_selector}));
}

TEST(HpaFirstSight, ThePresentSizeIsTheFirstRecommendation) {
    // HPA-4: so a controller that starts anew does not scale down at once.
    Case fresh(8, 2);
    fresh.memory.recommendations.reset();
    EXPECT_EQ(fresh.replicas(), 8);
    EXPECT_EQ(fresh.ability(), Reason::scale_down_stabilized);
    EXPECT_EQ(fresh.outcome().memory.recommendations, (std::vector<Recommendation>{{8, now}, {2, now}}));
}

// --- HPA-13

TEST(HpaMetrics, TheLargestProposalWins) { EXPECT_EQ(Case(4, 3).add(7).add(5).replicas(), 7); }

TEST(HpaMetrics, WithOneOfThemMissingOnlyTheWayUpIsOpen) {
    Case up(4, 6);
    up.add(0, Fault::metrics_unavailable, MetricSource::pods).add(0, Fault::no_pods);
    EXPECT_EQ(up.replicas(), 6);
    EXPECT_EQ(up.outcome().fault, Fault::metrics_unavailable);  // the first, though it scales
    Case same(4, 4);
    same.add(0, Fault::metrics_unavailable);
    EXPECT_EQ(same.outcome().conditions.scaling_active, (Condition{true, Reason::valid_metric_found}));
    Case down(4, 3);
    down.add(0, Fault::zero_requests, MetricSource::container_resource);
    EXPECT_EQ(down.replicas(), 4);
    EXPECT_EQ(down.outcome().conditions.scaling_active, (Condition{false, Reason::failed_get_metric}));
    EXPECT_EQ(down.outcome().failed_source, MetricSource::container_resource);
    EXPECT_EQ(down.outcome().memory, down.memory);
}

TEST(HpaMetrics, WithoutAnyThereIsNoScaling) {
    Case none(4, 0);
    none.proposals[0].fault = Fault::no_pods;
    EXPECT_EQ(none.replicas(), 4);
    EXPECT_FALSE(none.outcome().is_rescaled);
}

// --- HPA-14

TEST(HpaWithoutBehavior, TheLargestRecommendationOfFiveMinutesHolds) {
    Case idle(10, 2);
    idle.recommended({{9, ago(300)}, {50, ago(301)}});
    EXPECT_EQ(idle.replicas(), 9);  // the one of 300 s ago is not older than the window
    EXPECT_EQ(idle.ability(), Reason::succeeded_rescale);
    // The place of the expired one is taken.
    EXPECT_EQ(idle.outcome().memory.recommendations, (std::vector<Recommendation>{{9, ago(300)}, {2, now}}));
    EXPECT_EQ(Case(9, 2).recommended({{9, ago(1)}}).ability(), Reason::scale_down_stabilized);
}

TEST(HpaWithoutBehavior, TheLastExpiredPlaceIsTakenNotTheOldest) {
    Case idle(4, 4);
    idle.recommended({{1, ago(900)}, {2, ago(400)}, {3, ago(10)}});
    EXPECT_EQ(idle.outcome().memory.recommendations,
              (std::vector<Recommendation>{{1, ago(900)}, {4, now}, {3, ago(10)}}));
}

TEST(HpaWithoutBehavior, GrowsToTheDoubleOrToFour) {
    EXPECT_EQ(Case(10, 90).replicas(), 20);
    EXPECT_EQ(Case(10, 90).limit(), Reason::scale_up_limit);
    EXPECT_EQ(Case(1, 90).replicas(), 4);
    EXPECT_EQ(Case(10, 90, 1, 20).limit(), Reason::too_many_replicas);
    EXPECT_EQ(Case(10, 1, 3).replicas(), 3);
    EXPECT_EQ(Case(10, 1, 3).limit(), Reason::too_few_replicas);
    EXPECT_EQ(Case(10, 20).limit(), Reason::desired_within_range);
    EXPECT_FALSE(Case(10, 20).outcome().conditions.scaling_limited->is_true);
    EXPECT_TRUE(Case(10, 20).outcome().memory.up.empty());  // events are for behaviors
}

// --- HPA-15

TEST(HpaBehavior, BothWindowsHoldTheSizeBetweenThem) {
    const auto replicas = [](std::int32_t wanted) {
        Case stable(10, wanted);
        stable.with_behavior();
        stable.autoscaler.behavior->up.window_us = 60 * second;
        stable.autoscaler.behavior->down.window_us = 120 * second;
        stable.recommended({{12, ago(59)}, {7, ago(60)}, {15, ago(119)}, {90, ago(120)}});
        return std::pair(stable.replicas(), stable.ability());
    };
    // Up at most to the least of the last minute, down at least to the most of two: 12 and 15.
    EXPECT_EQ(replicas(14), std::pair(12, Reason::succeeded_rescale));
    EXPECT_EQ(replicas(11), std::pair(11, Reason::succeeded_rescale));
    EXPECT_EQ(replicas(5), std::pair(10, Reason::scale_down_stabilized));
    EXPECT_EQ(replicas(20).first, 12);
}

TEST(HpaBehavior, APlaceIsTakenOnceBothWindowsAreOver) {
    Case stable(10, 10);
    stable.with_behavior();
    stable.autoscaler.behavior->up.window_us = 60 * second;
    stable.autoscaler.behavior->down.window_us = 120 * second;
    stable.recommended({{10, ago(121)}, {11, ago(120)}});
    EXPECT_EQ(stable.outcome().memory.recommendations, (std::vector<Recommendation>{{10, now}, {11, ago(120)}}));
}

TEST(HpaBehavior, WithoutAWindowDownTheFlagHolds) {
    Case idle(10, 2);
    idle.with_behavior().recommended({{8, ago(299)}});
    EXPECT_EQ(idle.replicas(), 8);
    idle.recommended({{8, ago(300)}});  // here the edge lies outside
    EXPECT_EQ(idle.replicas(), 2);
    idle.autoscaler.downscale_window_us = 301 * second;
    EXPECT_EQ(idle.replicas(), 8);
}

// --- HPA-16

TEST(HpaBehavior, ByDefaultFourMoreOrTheDouble) {
    // HPA-17
    EXPECT_EQ(Case(2, 90).with_behavior().replicas(), 6);
    EXPECT_EQ(Case(10, 90).with_behavior().replicas(), 20);
    EXPECT_EQ(Case(10, 90).with_behavior().limit(), Reason::scale_up_limit);
    EXPECT_EQ(Case(10, 1).with_behavior().replicas(), 1);
}

TEST(HpaBehavior, WhatWasAddedAndTakenInThePeriodCounts) {
    Case busy(10, 90);
    busy.with_behavior();
    busy.autoscaler.behavior->up.policies = {{false, 5, 60 * second}};
    busy.memory.up = {{3, ago(59)}, {50, ago(60)}};
    busy.memory.down = {{1, ago(5)}};
    EXPECT_EQ(busy.replicas(), 13);  // 10 - 3 + 1 + 5
    busy.memory.up = {{8, ago(5)}};
    EXPECT_EQ(busy.replicas(), 10);  // 10 - 8 + 1 + 5 = 8: never below the present size
    EXPECT_EQ(busy.limit(), Reason::scale_up_limit);

    Case idle(10, 1);
    idle.with_behavior();
    idle.autoscaler.behavior->down.window_us = 0;
    idle.autoscaler.behavior->down.policies = {{false, 5, 60 * second}};
    idle.memory.down = {{2, ago(5)}};
    EXPECT_EQ(idle.replicas(), 7);  // 10 + 2 - 5
    EXPECT_EQ(idle.limit(), Reason::scale_down_limit);
}

TEST(HpaBehavior, PercentsAreRoundedUpOnTheWayUpAndCutOnTheWayDown) {
    Case busy(7, 90);
    busy.with_behavior();
    busy.autoscaler.behavior->up.policies = {{true, 10, 60 * second}};
    EXPECT_EQ(busy.replicas(), 8);  // 7.7
    Case idle(7, 0);
    idle.with_behavior();
    idle.autoscaler.behavior->down.policies = {{true, 10, 60 * second}};
    EXPECT_EQ(idle.replicas(), 6);  // 6.3
}

TEST(HpaBehavior, ThePolicyOfTheLargestOrTheSmallestChangeIsTaken) {
    const auto replicas = [](std::int32_t wanted, PolicySelect select) {
        Case both(10, wanted);
        both.with_behavior();
        const std::vector<Policy> policies{{false, 3, 60 * second}, {true, 50, 60 * second}};
        both.autoscaler.behavior->up.policies = policies;
        both.autoscaler.behavior->down.policies = policies;
        both.autoscaler.behavior->up.select = select;
        both.autoscaler.behavior->down.select = select;
        return both.replicas();
    };
    EXPECT_EQ(replicas(90, PolicySelect::max), 15);
    EXPECT_EQ(replicas(90, PolicySelect::min), 13);
    EXPECT_EQ(replicas(90, PolicySelect::disabled), 10);
    EXPECT_EQ(replicas(1, PolicySelect::max), 5);
    EXPECT_EQ(replicas(1, PolicySelect::min), 7);
    EXPECT_EQ(replicas(1, PolicySelect::disabled), 10);
}

TEST(HpaBehavior, TheBoundsHoldWhereTheRateAllowsMore) {
    Case up(10, 90, 1, 12);
    EXPECT_EQ(up.with_behavior().replicas(), 12);
    EXPECT_EQ(up.limit(), Reason::too_many_replicas);
    Case down(10, 1, 4);
    EXPECT_EQ(down.with_behavior().replicas(), 4);
    EXPECT_EQ(down.limit(), Reason::too_few_replicas);
}

TEST(HpaBehavior, AnEventTakesAPlaceThatItsOwnDirectionNoLongerNeeds) {
    Case busy(10, 12);
    busy.with_behavior();
    busy.autoscaler.behavior->up.policies = {{false, 5, 15 * second}, {false, 5, 60 * second}};
    busy.autoscaler.behavior->down.policies = {{false, 5, 600 * second}};
    busy.memory.up = {{1, ago(61)}, {1, ago(61)}, {1, ago(60)}};
    busy.memory.down = {{4, ago(700)}};
    const Memory after = busy.outcome().memory;
    EXPECT_EQ(after.up, (std::vector<ScaleEvent>{{1, ago(61)}, {2, now}, {1, ago(60)}}));
    EXPECT_EQ(after.down, busy.memory.down);
}

// HPA-2
TEST(HpaBehavior, MissingPartsAreFilledIn) {
    EXPECT_EQ(default_rules_up().window_us, 0);
    EXPECT_EQ(default_rules_down().window_us, std::nullopt);
    EXPECT_EQ(default_rules_up().policies.size(), 2U);
    EXPECT_EQ(default_rules_down().policies.size(), 1U);
}

}  // namespace
}  // namespace eks::hpa
