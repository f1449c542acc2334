// Which taints of a node's state a pod tolerates, and for how long (NODE-5).
#include "models/spec/condition_taints.hpp"

#include "models/spec/tolerations.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

Toleration exists(std::string_view key) {
    Toleration toleration;
    toleration.key = key;
    toleration.exists = true;
    return toleration;
}

Toleration for_seconds(std::string_view key, std::int64_t seconds) {
    Toleration toleration = exists(key);
    toleration.any_effect = false;
    toleration.effect = TaintEffect::no_execute;
    toleration.forever = false;
    toleration.seconds = seconds;
    return toleration;
}

constexpr std::string_view unreachable_key = "node.kubernetes.io/unreachable";

TEST(ConditionTaints, ExistsWithoutAKeyToleratesThemAll) {
    PodTemplate pod;
    pod.tolerations = {exists("")};
    EXPECT_EQ(tolerated_condition_taints(pod), all_condition_taints);
    EXPECT_EQ(no_execute_stay(pod, ConditionTaint::out_of_service), sim::Duration::max());
}

TEST(ConditionTaints, EffectsOfOneKeyAreToldApart) {
    PodTemplate pod;
    pod.tolerations = {for_seconds(unreachable_key, 300)};
    EXPECT_EQ(tolerated_condition_taints(pod), no_execute(ConditionTaint::unreachable));
    pod.tolerations = {exists(unreachable_key)};
    EXPECT_EQ(tolerated_condition_taints(pod), taints_of_unreachable);
}

TEST(ConditionTaints, EveryKeyAndEffectHasABitOfItsOwn) {
    ConditionTaints seen = 0;
    for (std::size_t i = 0; i < condition_taint_count; ++i) {
        const auto taint = static_cast<ConditionTaint>(i);
        for (const ConditionTaints bit : {no_schedule(taint), no_execute(taint)}) {
            EXPECT_EQ(seen & bit, 0U);
            seen |= bit;
        }
        EXPECT_EQ(no_execute_part(no_schedule(taint) | no_execute(taint)), no_execute(taint));
    }
    EXPECT_EQ(seen, all_condition_taints);
}

// NODE-5: the least tolerationSeconds among those that match; none set: for ever; at or below 0: at once.
TEST(ConditionTaints, TheShortestOfSeveralTolerationsCounts) {
    PodTemplate pod;
    EXPECT_EQ(no_execute_stay(pod, ConditionTaint::unreachable), sim::Duration::zero());
    pod.tolerations = {exists("")};
    EXPECT_EQ(no_execute_stay(pod, ConditionTaint::unreachable), sim::Duration::max());
    pod.tolerations.push_back(for_seconds(unreachable_key, 300));
    pod.tolerations.push_back(for_seconds(unreachable_key, 20));
    EXPECT_EQ(no_execute_stay(pod, ConditionTaint::unreachable), sim::Duration::seconds(20));
    EXPECT_EQ(no_execute_stay(pod, ConditionTaint::not_ready), sim::Duration::max());
    pod.tolerations.push_back(for_seconds(unreachable_key, -5));
    EXPECT_EQ(no_execute_stay(pod, ConditionTaint::unreachable), sim::Duration::zero());
}

}  // namespace
}  // namespace eks
