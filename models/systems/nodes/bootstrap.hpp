// Launching instances: what a node group, and later an autoscaler, asks for.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// Launches one instance of this shape. False: its subnet has no address left (IPAM-211).
bool launch_node(const Spec& spec, World& world, Turn& turn, NodeShapeIx shape);
// The phases of the node's periodic loops, each a draw of its own.
void draw_phases(const Spec& spec, World& world, sim::RunKey key, NodeId node);
void set_node_state(const Spec& spec, World& world, Turn& turn, NodeId node, NodeState state);

}  // namespace eks
