// Which node a pod goes to: one scheduling cycle without the queue around it (SCHED-22 to SCHED-61
// in 1.10).
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/systems/scheduling/queue.hpp"
#include "models/world/world.hpp"

namespace eks {

struct NodeChoice {
    NodeId node;                  // none: no node can take the pod
    std::uint32_t rejectors = 0;  // a bit for each filter that refused it somewhere; none: there was no node at all
    WaitCause reason = WaitCause::waiting_for_node;  // the filter it came furthest against
};

// Advances the scheduler's rotation (SCHED-26, X-4), and looks only at nodes that have changed since a pod of the same
// class came by.
NodeChoice select_node(const Spec& spec, World& world, sim::RunKey key, PodId pod);

// The same, looking at every node anew: for pods that are pinned to one, and what select_node() must equal.
NodeChoice select_node_plainly(const Spec& spec, World& world, sim::RunKey key, PodId pod);

// SCHED-10: whether one of the filters that refused the pod would now answer otherwise.
bool may_fit_after(const Spec& spec, const World& world, const Pod& pod, ClusterChange change, NodeId node);

}  // namespace eks
