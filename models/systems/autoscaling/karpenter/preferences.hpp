// How a pod that found no place gives up preferences, one at a time (KARP-6).
#pragma once

#include "models/systems/autoscaling/karpenter/objects.hpp"

#include <optional>

namespace eks::karpenter {

// The pod with one preference less; nothing once none is left. PreferNoSchedule taints are given in to last, and only
// where some NodePool has one.
std::optional<PodShape> relaxed(const PodShape& shape, bool some_pool_prefers_no_schedule);

// The heaviest first: the only one that counts as a requirement.
std::vector<PreferredNodeTerm> heaviest_first(std::vector<PreferredNodeTerm> terms);

Toleration prefer_no_schedule_toleration();

}  // namespace eks::karpenter
