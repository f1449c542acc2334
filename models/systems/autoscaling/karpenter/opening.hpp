// The NodeClaims of a cluster that has stood for long when a run begins: what Karpenter's own solve makes of the pods
// that no node group has a place for. They were made before the run, so that nothing counts them as created in it.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/turn.hpp"
#include "models/world/world.hpp"

#include <vector>

namespace eks::karpenter {

struct SettledClaim {
    PendingClaim claim;
    std::vector<PodId> pods;  // that stand there
};

// Within the limits of their pools; a limit on `nodes` holds for them one by one, as for nodes that came one by one.
std::vector<SettledClaim> settled_claims(const Spec& spec, World& world, Turn& turn, const std::vector<PodId>& pods);

}  // namespace eks::karpenter
