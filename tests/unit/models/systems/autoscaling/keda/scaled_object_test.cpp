// What KEDA does with a ScaledObject between zero and one, and what it leaves to the HPA (KEDA-1 to KEDA-8).
#include "models/systems/autoscaling/keda/scaled_object.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks::keda {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t now = 1'000'000 * second;
constexpr Activity active{true, false};
constexpr Activity inactive{false, false};
constexpr Activity failing{false, true};

Poll poll(const ScaledObject& object, const Activity& activity, std::int32_t replicas,
          std::optional<std::int64_t> last_active_us = {}) {
    return poll_of(object, activity, replicas, last_active_us, now);
}

// --- KEDA-1

TEST(ScaledObjectDefaults, AreThoseOfTheApi) {
    const ScaledObject object;
    EXPECT_EQ(object.polling_interval_us, 30 * second);
    EXPECT_EQ(object.cooldown_us, 300 * second);
    EXPECT_EQ(object.initial_cooldown_us, 0);
    EXPECT_EQ(object.least, 0);
    EXPECT_EQ(object.most, 100);
}

// --- KEDA-2

TEST(ScaledObjectActivity, ATriggerIsActiveAboveItsThreshold) {
    const auto is_active = [](const std::vector<TriggerReading>& triggers) { return activity_of(triggers).is_active; };
    EXPECT_FALSE(is_active({{.value_milli = 5000, .activation_milli = 5000}}));
    EXPECT_TRUE(is_active({{.value_milli = 5001, .activation_milli = 5000}}));
    EXPECT_TRUE(is_active({{.value_milli = 0}, {.value_milli = 1}}));
    EXPECT_FALSE(is_active({{.is_of_resource = true, .value_milli = 900}, {.value_milli = 0}}));
    EXPECT_TRUE(is_active({{.is_of_resource = true}, {.is_of_resource = true}}));  // nothing else could wake it
    EXPECT_TRUE(activity_of(std::vector<TriggerReading>{{.has_failed = true}, {.value_milli = 1}}).has_failure);
}

TEST(ScaledObjectActivity, OfACompositeAnyFailureIsInactive) {
    const std::vector<TriggerReading> good{{.value_milli = 0}};
    const std::vector<TriggerReading> bad{{.value_milli = 0}, {.has_failed = true}};
    EXPECT_TRUE(activity_of_composite(good, 2001, 2000).is_active);
    EXPECT_FALSE(activity_of_composite(good, 2000, 2000).is_active);
    EXPECT_FALSE(activity_of_composite(bad, 2001, 2000).is_active);
}

// --- KEDA-3

TEST(ScaledObjectActivation, WakesToTheMinimumOrOne) {
    EXPECT_EQ(poll({}, active, 0).replicas, 1);
    EXPECT_EQ(poll({.least = 3}, active, 0).replicas, 3);
    EXPECT_EQ(poll({}, active, 0).last_active_us, now);
    EXPECT_EQ(poll({.idle = 1, .least = 3}, active, 1).replicas, 3);
    EXPECT_EQ(poll({.least = 3}, active, 1).replicas, 1);  // without an idle count that is the HPA's
    EXPECT_EQ(poll({}, active, 7).replicas, 7);
    EXPECT_EQ(poll({}, active, 7, now - second).last_active_us, now);
}

TEST(ScaledObjectActivation, WithATriggerFailingTheTimeStays) {
    EXPECT_EQ(poll({}, {true, true}, 7, now - second).last_active_us, now - second);
    EXPECT_EQ(poll({}, {true, true}, 0).replicas, 1);
}

// --- KEDA-4

TEST(ScaledObjectCooldown, GoesToZeroInOneStepOnceItIsOver) {
    EXPECT_EQ(poll({}, inactive, 40, now - 300 * second).replicas, 40);
    EXPECT_EQ(poll({}, inactive, 40, now - 300 * second - 1).replicas, 0);
    EXPECT_EQ(poll({.idle = 2, .least = 5}, inactive, 40, now - 301 * second).replicas, 2);
    EXPECT_EQ(poll({.least = 1}, inactive, 40, now - 301 * second).replicas, 40);  // the HPA goes to one
}

TEST(ScaledObjectCooldown, NeverSeenActiveItCountsFromItsCreation) {
    ScaledObject object;
    object.created_us = now - 60 * second;
    EXPECT_EQ(poll(object, inactive, 4).replicas, 0);
    object.initial_cooldown_us = 60 * second;
    EXPECT_EQ(poll(object, inactive, 4).replicas, 4);
    object.created_us -= 1;
    EXPECT_EQ(poll(object, inactive, 4).replicas, 0);
}

TEST(ScaledObjectCooldown, BelowTheMinimumItIsSetToIt) {
    EXPECT_EQ(poll({.least = 3}, inactive, 1).replicas, 3);
    EXPECT_EQ(poll({.idle = 0, .least = 3}, inactive, 0).replicas, 0);
}

// --- KEDA-7

TEST(ScaledObjectPause, FreezesOrStopsOneDirection) {
    ScaledObject paused;
    paused.pauses.is_paused = true;
    EXPECT_EQ(poll(paused, active, 0).replicas, 0);
    paused.pauses.at_replicas = 5;
    EXPECT_EQ(poll(paused, inactive, 40).replicas, 5);

    ScaledObject no_in;
    no_in.pauses.scale_in = true;
    EXPECT_EQ(poll(no_in, inactive, 4, 0).replicas, 4);
    EXPECT_EQ(autoscaler_of(no_in).behavior->down.select, hpa::PolicySelect::disabled);
    EXPECT_EQ(autoscaler_of(no_in).behavior->up.select, hpa::PolicySelect::max);

    ScaledObject no_out;
    no_out.pauses.scale_out = true;
    EXPECT_EQ(poll(no_out, active, 0).replicas, 0);
    EXPECT_EQ(autoscaler_of(no_out).behavior->up.select, hpa::PolicySelect::disabled);

    ScaledObject forced;
    forced.pauses.is_forced_active = true;
    EXPECT_EQ(poll(forced, inactive, 0).replicas, 1);
}

// --- KEDA-5

TEST(ScaledObjectHpa, HasAMinimumOfAtLeastOne) {
    EXPECT_EQ(autoscaler_of({}).least, 1);
    EXPECT_EQ(autoscaler_of({.least = 4, .most = 9}).least, 4);
    EXPECT_EQ(autoscaler_of({.least = 4, .most = 9}).most, 9);
    EXPECT_FALSE(autoscaler_of({}).behavior);
}

// --- KEDA-8

TEST(ScaledObjectFallback, HoldsTheSizeWhileATriggerFails) {
    ScaledObject object;
    EXPECT_EQ(poll(object, failing, 4, 0).replicas, 4);
    object.fallback = Fallback{.replicas = 6};
    EXPECT_EQ(poll(object, failing, 4, 0).replicas, 4);
    object.fallback->replicas = 0;
    EXPECT_EQ(poll(object, failing, 4, 0).replicas, 0);
}

TEST(ScaledObjectFallback, ComesAfterMoreFailuresThanTheThreshold) {
    const Fallback fallback{.failure_threshold = 3, .replicas = 6};
    EXPECT_EQ(fallback_milli(fallback, {.failures = 3, .target_milli = 5000}), std::nullopt);
    EXPECT_EQ(fallback_milli(fallback, {.failures = 4, .target_milli = 5000}), 30'000);
}

TEST(ScaledObjectFallback, IsSharedByTheReadyPodsWhereTheTargetIsAValue) {
    const Fallback fallback{.replicas = 7};
    FallbackCase failed{.failures = 1, .target_milli = 1000, .is_value_in_all = true, .ready_pods = 3};
    EXPECT_EQ(fallback_milli(fallback, failed), 2333);
    failed.ready_pods = 0;
    EXPECT_EQ(fallback_milli(fallback, failed), std::nullopt);
}

TEST(ScaledObjectFallback, MayGoByThePresentSize) {
    const auto value = [](FallbackBehavior behavior, std::int32_t replicas) {
        return fallback_milli({.replicas = 6, .behavior = behavior},
                              {.failures = 1, .target_milli = 1000, .replicas = replicas});
    };
    EXPECT_EQ(value(FallbackBehavior::fixed_replicas, 9), 6000);
    EXPECT_EQ(value(FallbackBehavior::current_replicas, 9), 9000);
    EXPECT_EQ(value(FallbackBehavior::current_replicas_if_higher, 9), 9000);
    EXPECT_EQ(value(FallbackBehavior::current_replicas_if_higher, 3), 6000);
    EXPECT_EQ(value(FallbackBehavior::current_replicas_if_lower, 9), 6000);
    EXPECT_EQ(value(FallbackBehavior::current_replicas_if_lower, 3), 3000);
}

}  // namespace
}  // namespace eks::keda
