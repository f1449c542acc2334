// How many nodes of a pool may be on their way out (KARP-43), as functions of plain values.
#pragma once

#include "models/spec/node_pool.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace eks::karpenter {

inline constexpr std::int64_t unlimited_disruptions = std::numeric_limits<std::int32_t>::max();

bool is_active(const NodePoolBudget& budget, std::int64_t unix_us);
// Of so many nodes, of which some are not Ready or go already.
std::int64_t allowed_disruptions(std::span<const NodePoolBudget> budgets, DisruptionReason reason, std::int64_t nodes,
                                 std::int64_t disrupted, std::int64_t unix_us);
// The next instant at which some budget begins or ends; none: they are what they are for ever.
std::optional<std::int64_t> next_budget_change(std::span<const NodePoolBudget> budgets, std::int64_t unix_us);

}  // namespace eks::karpenter
