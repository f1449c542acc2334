// Launching instances: what a node group, and later an autoscaler, asks for.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// Launches one instance of this shape. False: its subnet has no address left (IPAM-211).
bool launch_node(const Spec& spec, World& world, Turn& turn, NodeShapeIx shape);
// The instance alone, with its primary ENI and nothing started: none if its subnet has no address left.
NodeId add_instance(const Spec& spec, World& world, Turn& turn, NodeShapeIx shape);
void set_node_state(const Spec& spec, World& world, Turn& turn, NodeId node, NodeState state);

}  // namespace eks
