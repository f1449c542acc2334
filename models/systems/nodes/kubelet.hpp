// What other parts of nodes/ and the opening need of the kubelet.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// The kubelet sees an end at its next relist of containers (KUBELET-12), which comes each second at the node's phase.
sim::Time relist_after(const Spec& spec, const World& world, NodeId node, sim::Time exit);
// Pods that waited for the node's network try again.
void network_came_up(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
