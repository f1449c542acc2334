// What the scheduler does for a pod that no node can take: it looks for a node where pods of lower priority can make
// room (SCHED-80 to SCHED-85).
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <vector>

namespace eks {

struct Preemption {
    NodeId node;                 // none: nothing can be done
    std::vector<PodId> victims;  // the more important first
    std::int32_t budget_violations = 0;
    bool was_tried = false;  // the pod may make others go
};

// Whom to end, and where. Changes nothing. The pod has just been refused by every node.
Preemption find_victims(const Spec& spec, World& world, sim::RunKey key, PodId pod);

}  // namespace eks
