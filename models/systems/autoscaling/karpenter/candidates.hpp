// Which nodes of a run Karpenter may take away now, and how many of them (KARP-41 to KARP-45).
#pragma once

#include "models/systems/autoscaling/karpenter/consolidate.hpp"
#include "models/systems/autoscaling/karpenter/moment.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace eks::karpenter {

struct RunCandidate {
    NodeId node;
    PoolIx pool = 0;
    Candidate what;  // as the consolidation has it
    bool is_empty() const { return what.cost <= 1; }
};

// By pool and reason: how many nodes may go.
using Allowed = std::vector<std::array<std::int64_t, disruption_reason_count>>;

// Those that nobody needs where they are: by consolidation (KARP-42).
std::vector<RunCandidate> consolidatable(const Spec& spec, const World& world, const Moment& moment, sim::Time now);
// Those that have drifted, the oldest drift first, the empty ones before all (KARP-60).
std::vector<RunCandidate> drifted(const Spec& spec, const World& world, const Moment& moment, sim::Time now);
// In the order in which they are tried (KARP-45).
void order_candidates(const Spec& spec, const World& world, const Moment& moment, sim::Time now,
                      std::vector<RunCandidate>& candidates);

Allowed allowed_now(const Spec& spec, const World& world, sim::Time now);
// KARP-51: by node, whether it is still within its pool's consolidateAfter.
std::vector<bool> unsettled_nodes(const Spec& spec, const World& world, const Moment& moment, sim::Time now);
// When it may be consolidated; never: it may not, or it is not up.
sim::Time consolidatable_at(const Spec& spec, const PoolNode& node);

std::vector<Candidate> plain(const std::vector<RunCandidate>& candidates);

}  // namespace eks::karpenter
