// KARP-43: how many nodes of a pool may go at a time. KARP-57: whether a move is worth it.
#include "models/systems/autoscaling/karpenter/pool_budgets.hpp"

#include "models/systems/autoscaling/karpenter/balanced.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks::karpenter {
namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr std::int64_t hour_us = 60 * minute_us;

NodePoolBudget percent(std::int32_t amount) { return {0, true, amount, false, {}, {}}; }
NodePoolBudget number(std::int32_t amount) { return {0, false, amount, false, {}, {}}; }

std::int64_t allowed(const std::vector<NodePoolBudget>& budgets, std::int64_t nodes, std::int64_t disrupted = 0,
                     DisruptionReason reason = DisruptionReason::underutilized, std::int64_t unix_us = 0) {
    return allowed_disruptions(budgets, reason, nodes, disrupted, unix_us);
}

TEST(PoolBudgets, APercentageIsRoundedUpAndTheLeastBudgetBinds) {
    EXPECT_EQ(allowed({percent(10)}, 1), 1);
    EXPECT_EQ(allowed({percent(10)}, 10), 1);
    EXPECT_EQ(allowed({percent(10)}, 11), 2);
    EXPECT_EQ(allowed({percent(10), number(1)}, 100), 1);
    EXPECT_EQ(allowed({percent(0)}, 100), 0);
}

TEST(PoolBudgets, NodesThatAreOnTheirWayOutCountAgainstIt) {
    EXPECT_EQ(allowed({number(3)}, 100, 2), 1);
    EXPECT_EQ(allowed({number(3)}, 100, 5), 0);
}

TEST(PoolBudgets, WithoutAnActiveBudgetThereIsNoBound) {
    EXPECT_EQ(allowed({}, 100, 50), unlimited_disruptions);
    NodePoolBudget of_drift = number(0);
    of_drift.reasons = 1U << static_cast<unsigned>(DisruptionReason::drifted);
    EXPECT_EQ(allowed({of_drift}, 100), unlimited_disruptions);
    EXPECT_EQ(allowed({of_drift}, 100, 0, DisruptionReason::drifted), 0);
}

TEST(PoolBudgets, AScheduleIsActiveForItsDurationFromEachHit) {
    // Each day at nine, for eight hours, in UTC.
    NodePoolBudget daily = number(0);
    daily.is_scheduled = true;
    daily.schedule = parse_cron("0 9 * * *").schedule;
    daily.lasts = sim::Duration::hours(8);
    EXPECT_FALSE(is_active(daily, 9 * hour_us - 1));
    EXPECT_TRUE(is_active(daily, 9 * hour_us));
    EXPECT_TRUE(is_active(daily, 17 * hour_us - 1));
    EXPECT_FALSE(is_active(daily, 17 * hour_us));
    EXPECT_EQ(next_budget_change(std::vector{daily}, 8 * hour_us), 9 * hour_us);
    EXPECT_EQ(next_budget_change(std::vector{daily}, 10 * hour_us), 17 * hour_us);
    EXPECT_EQ(next_budget_change(std::vector{number(3)}, 0), std::nullopt);
}

TEST(Balanced, TheShareOfTheSavingsIsHeldAgainstTheShareOfTheDisruption) {
    const PoolShare pool{10, 100};
    // A tenth of the price for a fifth of the disruption is just enough.
    EXPECT_TRUE(is_worth_moving(1, {1, 20}, pool));
    EXPECT_FALSE(is_worth_moving(0.99, {1, 20}, pool));
    EXPECT_FALSE(is_worth_moving(0, {1, 1}, pool));
    EXPECT_FALSE(is_worth_moving(1, {1, 1}, {0, 100}));
    EXPECT_TRUE(is_worth_moving(0.01, {1, 0}, pool));
}

}  // namespace
}  // namespace eks::karpenter
