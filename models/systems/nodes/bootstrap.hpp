// Launching instances: what a node group, and later an autoscaler, asks for.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// The instance alone, with its primary ENI and nothing started: none if its subnet has no address left.
NodeId add_instance(const Spec& spec, World& world, Turn& turn, NodeShapeIx shape);
void set_node_state(const Spec& spec, World& world, Turn& turn, NodeId node, NodeState state);

}  // namespace eks
