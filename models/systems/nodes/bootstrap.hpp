// Launching instances: what a node group, and later an autoscaler, asks for.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// The instance alone, with its primary ENI and nothing started: none if its subnet has no address left.
NodeId add_instance(const Spec& spec, World& world, Turn& turn, NodeShapeIx shape);
// The condition Ready of the node, and what the control plane does about it.
void set_node_state(const Spec& spec, World& world, Turn& turn, NodeId node, NodeState state);
// Its kubelet finds that all is there (BOOT-3).
void kubelet_reports_ready(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
