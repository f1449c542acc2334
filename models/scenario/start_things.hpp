// What of a scenario's cluster has to start before the rest can: taints of new nodes, the CNI, Cilium's pods, the
// cluster's DNS (BOOT-1 to BOOT-4). Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/start_order.hpp"

#include <vector>

namespace eks {

// Of a Spec that is complete.
std::vector<StartThing> start_things(const ScenarioBuilder& builder);

// Names each circle at `cluster`: a cluster that has run for long keeps running, one whose nodes all start anew does
// not.
void warn_about_start_order(const Reader& cluster, const ScenarioBuilder& builder);

}  // namespace eks
