// Whether the pods of a node find room elsewhere (CA-44).
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/snapshot.hpp"

#include <span>

namespace eks::cluster_autoscaler {

// If every one of the pods finds another node they are there in the snapshot from then on, and the node is closed;
// else nothing changes. A search begins behind the place at which the last one ended; where a pod went in an earlier
// loop is not remembered.
bool move_pods(const World& world, Snapshot& snapshot, NodeId node, std::span<const PodId> pods,
               std::uint32_t& last_place);

}  // namespace eks::cluster_autoscaler
