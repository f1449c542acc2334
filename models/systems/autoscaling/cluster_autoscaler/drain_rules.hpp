// The pods of a node as the rules about draining see them (CA-47).
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/drainability.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <vector>

namespace eks::cluster_autoscaler {

struct PodsToMove {
    std::vector<PodId> movable;
    std::vector<PodId> daemons;
    DrainBlock block = DrainBlock::none;
    bool waits = false;  // safe-to-evict: on-completion
    PodId blocking;      // the first that blocks, or waits
    // The first instant at which a pod that blocks now is old enough to be moved (rule 9).
    sim::Time next_of_age = sim::Time::never();

    bool may_go() const { return block == DrainBlock::none && !waits; }
};

// `allowed`: what each of Spec::budgets has left.
PodsToMove pods_to_move(const Spec& spec, const World& world, const Node& node,
                        const std::vector<std::int32_t>& allowed, sim::Time now);

// What the budgets allow now.
std::vector<std::int32_t> allowed_disruptions(const World& world);

}  // namespace eks::cluster_autoscaler
