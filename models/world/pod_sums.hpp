// Keeps the scheduler's memory true while the World changes: what a node looks like, and how many pods of whom are
// where.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

namespace eks {

// Something that filters or scores read of the node has changed.
void node_changed(World& world, NodeId node);
// Its taints have.
void node_taints_changed(World& world, NodeId node);
// The list of nodes has changed.
void forget_nodes(World& world);

// Brings the rows of nodes and the sums up to date.
void remember(const Spec& spec, World& world);

// The pod begins (+1) or ends (-1) to count on its node.
void count_on_node(World& world, const Pod& pod, std::int32_t sign);
// It is told to go, which some sums leave out.
void count_terminating(World& world, const Pod& pod);
// As if it were there or not, for the sake of the argument: all sums change, whether it is terminating or not.
void suppose_on_node(World& world, const Pod& pod, NodeId node, std::int32_t sign);

}  // namespace eks
