// The scores that measure a node against the other feasible ones: node preferences, avoided taints, topology spread and
// affinity to other pods (SCHED-57 to SCHED-60; X-4 in 1.10).
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <span>

namespace eks {

struct FeasibleNode {
    std::uint32_t place = 0;  // in World::node_order
    std::int32_t score = 0;   // weighted, summed up over plugins
};

// Adds them to what the nodes have by themselves. The scheduler's memory has to be up to date (remember()).
void add_relative_scores(const Spec& spec, const World& world, TemplateIx pod_template,
                         std::span<FeasibleNode> feasible);

}  // namespace eks
