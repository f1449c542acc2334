#include "models/systems/autoscaling/karpenter/pool_budgets.hpp"

#include <algorithm>

namespace eks::karpenter {

namespace {

// When the budget began to be active the last time, if it still is.
std::optional<std::int64_t> active_since(const NodePoolBudget& budget, std::int64_t unix_us) {
    const TimeZone utc;
    const auto hit = next_activation(budget.schedule, utc, unix_us - budget.lasts.us());
    return hit && *hit <= unix_us ? hit : std::nullopt;
}

}  // namespace

bool is_active(const NodePoolBudget& budget, std::int64_t unix_us) {
    return !budget.is_scheduled || active_since(budget, unix_us).has_value();
}

std::int64_t allowed_disruptions(std::span<const NodePoolBudget> budgets, DisruptionReason reason, std::int64_t nodes,
                                 std::int64_t disrupted, std::int64_t unix_us) {
    std::int64_t allowed = unlimited_disruptions;
    for (const NodePoolBudget& budget : budgets) {
        if (!budget.is_about(reason) || !is_active(budget, unix_us)) continue;
        const std::int64_t amount = budget.is_percent ? (nodes * budget.amount + 99) / 100 : budget.amount;
        allowed = std::min(allowed, amount);
    }
    if (allowed == unlimited_disruptions) return allowed;
    return std::max<std::int64_t>(allowed - disrupted, 0);
}

std::optional<std::int64_t> next_budget_change(std::span<const NodePoolBudget> budgets, std::int64_t unix_us) {
    std::optional<std::int64_t> next;
    const auto consider = [&](std::optional<std::int64_t> at) {
        if (at && *at > unix_us) next = std::min(next.value_or(*at), *at);
    };
    const TimeZone utc;
    for (const NodePoolBudget& budget : budgets) {
        if (!budget.is_scheduled) continue;
        consider(next_activation(budget.schedule, utc, unix_us));
        if (const auto since = active_since(budget, unix_us)) consider(*since + budget.lasts.us());
    }
    return next;
}

}  // namespace eks::karpenter
