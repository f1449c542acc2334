// The numbers of a disruption budget (PDB-1) and what the eviction API answers (PDB-2).
#include "models/systems/workloads/disruption_arithmetic.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

BudgetStatus status(BudgetBound bound, PodsOrPercent amount, BudgetCount count) {
    return budget_status(bound, amount, count);
}

TEST(DisruptionBudget, CountsFromPodsOrFromTheScaleOfTheirControllers) {  // PDB-1
    const BudgetCount seven_of_ten{.pods = 9, .healthy = 7, .scale = 10};
    EXPECT_EQ(status(BudgetBound::max_unavailable, {2, false}, seven_of_ten), (BudgetStatus{0, 7, 8}));
    EXPECT_EQ(status(BudgetBound::max_unavailable, {35, true}, seven_of_ten), (BudgetStatus{1, 7, 6}));  // 3.5 is 4
    EXPECT_EQ(status(BudgetBound::min_available, {5, false}, seven_of_ten), (BudgetStatus{2, 7, 5}));
    EXPECT_EQ(status(BudgetBound::min_available, {55, true}, seven_of_ten), (BudgetStatus{1, 7, 6}));  // 5.5 is 6
    EXPECT_EQ(status(BudgetBound::none, {}, seven_of_ten).disruptions_allowed, 0);
    EXPECT_EQ(status(BudgetBound::min_available, {0, false}, {}).disruptions_allowed, 0);  // no pod at all
}

TEST(DisruptionBudget, AllowsNothingWhereAScaleIsNotKnown) {  // PDB-1
    const BudgetCount daemons{.pods = 3, .healthy = 3, .scale = 3, .has_unscaled_owner = true};
    EXPECT_EQ(status(BudgetBound::max_unavailable, {1, false}, daemons).disruptions_allowed, 0);
    EXPECT_EQ(status(BudgetBound::min_available, {2, false}, daemons).disruptions_allowed, 1);
}

TEST(EvictionApi, AnswersByTheOneBudgetThatSelectsThePod) {  // PDB-2
    const EvictedPod ready{.is_ready = true};
    const BudgetStatus one_left{1, 5, 4};
    const BudgetStatus none_left{0, 4, 4};
    constexpr UnreadyRule rule = UnreadyRule::if_budget_is_healthy;
    EXPECT_EQ(answer_to_eviction(ready, 0, rule, {}), Eviction::unprotected);
    EXPECT_EQ(answer_to_eviction(ready, 1, rule, one_left), Eviction::within_budget);
    EXPECT_EQ(answer_to_eviction(ready, 1, rule, none_left), Eviction::refused);
    EXPECT_EQ(answer_to_eviction(ready, 2, rule, one_left), Eviction::ambiguous);
    EXPECT_EQ(answer_to_eviction({.is_free = true}, 2, rule, none_left), Eviction::unprotected);
    EXPECT_FALSE(is_evicted(Eviction::refused));
    EXPECT_FALSE(is_evicted(Eviction::ambiguous));
}

TEST(EvictionApi, LetsAnUnreadyPodGoWhileTheOthersAreEnough) {  // PDB-2, X-9
    const EvictedPod unready{};
    EXPECT_EQ(answer_to_eviction(unready, 1, UnreadyRule::if_budget_is_healthy, {0, 4, 4}), Eviction::unprotected);
    EXPECT_EQ(answer_to_eviction(unready, 1, UnreadyRule::if_budget_is_healthy, {0, 3, 4}), Eviction::refused);
    EXPECT_EQ(answer_to_eviction(unready, 1, UnreadyRule::if_budget_is_healthy, {0, 0, 0}), Eviction::refused);
    EXPECT_EQ(answer_to_eviction(unready, 1, UnreadyRule::always, {0, 3, 4}), Eviction::unprotected);
    EXPECT_EQ(answer_to_eviction(unready, 1, UnreadyRule::as_any_other, {0, 4, 4}), Eviction::refused);
}

}  // namespace
}  // namespace eks
