// The numbers of a disruption budget and the answer to an eviction (PDB-1, PDB-2), as functions of plain values.
// Source: Kubernetes 1.36, pkg/controller/disruption/disruption.go, pkg/registry/core/pod/storage/eviction.go.
#pragma once

#include "models/spec/disruption_budget.hpp"
#include "models/world/eviction.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// The pods that a budget selects.
struct BudgetCount {
    std::int32_t pods = 0;
    std::int32_t healthy = 0;         // ready, and nobody has asked for their deletion
    std::int32_t scale = 0;           // replicas of their controllers
    bool has_unscaled_owner = false;  // a controller that has no such number
};

struct BudgetStatus {
    std::int32_t disruptions_allowed = 0;
    std::int32_t current_healthy = 0;
    std::int32_t desired_healthy = 0;
    friend bool operator==(const BudgetStatus&, const BudgetStatus&) = default;
};

// PDB-1
constexpr BudgetStatus budget_status(BudgetBound bound, PodsOrPercent amount, const BudgetCount& count) {
    BudgetStatus status;
    status.current_healthy = count.healthy;
    const bool goes_by_scale = bound == BudgetBound::max_unavailable || amount.is_percent;
    const std::int32_t expected = goes_by_scale ? count.scale : count.pods;
    if (bound == BudgetBound::none || (goes_by_scale && count.has_unscaled_owner)) return status;
    const std::int32_t pods = pods_of(amount, expected, Rounding::up);
    status.desired_healthy = bound == BudgetBound::min_available ? pods : std::max(0, expected - pods);
    if (expected > 0) status.disruptions_allowed = std::max(0, count.healthy - status.desired_healthy);
    return status;
}

struct EvictedPod {
    bool is_free = false;  // Pending, ended, or on its way out: no budget protects it
    bool is_ready = false;
};

// When a pod that is not ready may go although nothing is allowed.
enum class UnreadyRule : std::uint8_t { if_budget_is_healthy, always, as_any_other };

// PDB-2
constexpr Eviction answer_to_eviction(const EvictedPod& pod, std::int32_t budgets, UnreadyRule rule,
                                      const BudgetStatus& budget) {
    if (pod.is_free || budgets == 0) return Eviction::unprotected;
    if (budgets > 1) return Eviction::ambiguous;
    if (!pod.is_ready && rule == UnreadyRule::always) return Eviction::unprotected;
    if (!pod.is_ready && rule == UnreadyRule::if_budget_is_healthy && budget.desired_healthy > 0 &&
        budget.current_healthy >= budget.desired_healthy)
        return Eviction::unprotected;
    return budget.disruptions_allowed > 0 ? Eviction::within_budget : Eviction::refused;
}

}  // namespace eks
