// The snapshot from which Cluster Autoscaler decides (CA-2, steps 5 and 13): the cluster without expendable pods, with
// pods that others make room for, and with the nodes that are on their way.
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/cluster_state.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/snapshot.hpp"

namespace eks::cluster_autoscaler {

Snapshot take_snapshot(const Spec& spec, World& world, const ClusterCounts& counts, sim::Time now);

}  // namespace eks::cluster_autoscaler
