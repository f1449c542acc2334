// Which node an allocation goes to under Nomad (NOM-1 to NOM-4, NOM-7): what select_node() is for kube-scheduler.
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/systems/scheduling/select_node.hpp"
#include "models/systems/signals.hpp"
#include "models/world/world.hpp"

namespace eks::nomad {

// Goes on with the evaluation under way if that is of the pod's job, else begins another one.
NodeChoice select_client(const Spec& spec, World& world, sim::RunKey key, PodId pod);

// Nobody waits to be placed: the evaluation is over, unless pods of its job have still to be made.
void end_evaluation(World& world);

// Whether a blocked evaluation of the pod is worth another try after the change: only nodes of which it may use, and
// that are not too small for it, unblock it.
bool unblocks(const Spec& spec, const World& world, const Pod& pod, ClusterChange change, NodeId node);

// An allocation of the workload is blocked (+1), or no longer (-1).
void count_blocked(World& world, Turn& turn, WorkloadIx workload, std::int32_t change);

}  // namespace eks::nomad
