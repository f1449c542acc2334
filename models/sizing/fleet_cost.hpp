// Who pays for a fleet: its price split over workloads, DaemonSets, what the system keeps back, and what is idle.
//
// The price of a node (with its root volume) is split as in runs (models/spec/prices.hpp, as OpenCost does): by
// processor time, memory and GPUs that are asked for, at prices that keep their usual ratio and sum to the node's. What
// nobody asks for is idle.
#pragma once

#include "models/sizing/fleets.hpp"

#include <vector>

namespace eks::sizing {

struct FleetCost {
    std::vector<double> of_workload_usd_per_hour;  // by workload of the demand
    double daemon_sets_usd_per_hour = 0.0;
    double system_usd_per_hour = 0.0;  // what kubelet, system and eviction thresholds keep back
    double idle_usd_per_hour = 0.0;
};

// `nodes_of_group`: as many nodes as there are by now, by group of the fleet; those above the packing are idle.
FleetCost cost_of_fleet(const PlannedFleet& fleet, const std::vector<std::int64_t>& nodes_of_group,
                        const Supply& supply, const Demand& demand);

}  // namespace eks::sizing
