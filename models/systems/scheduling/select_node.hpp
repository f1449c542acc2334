// Which node a pod goes to: one scheduling cycle without the queue around it (SCHED-22 to SCHED-61
// in 1.10).
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/systems/scheduling/filters.hpp"
#include "models/systems/scheduling/queue.hpp"
#include "models/world/world.hpp"

#include <vector>

namespace eks {

struct NodeChoice {
    NodeId node;                  // none: no node can take the pod
    std::uint32_t rejectors = 0;  // a bit for each filter that refused it somewhere; none: there was no node at all
    WaitCause reason = WaitCause::waiting_for_node;  // the filter it came furthest against
};

// By Nomad where that runs. Advances the scheduler's rotation (SCHED-26, X-4), and looks only at nodes that have
// changed since a pod of the same class came by.
NodeChoice select_node(const Spec& spec, World& world, sim::RunKey key, PodId pod);

// What all filters say of one node as it is now, with the pods in mind that are nominated to it (SCHED-29).
Refusal refusal_now(const Spec& spec, World& world, PodId pod, NodeId node);

// The nodes that refuse the pod now, and would not if pods went.
std::vector<NodeId> nodes_that_refuse_for_now(const Spec& spec, World& world, PodId pod);

}  // namespace eks
