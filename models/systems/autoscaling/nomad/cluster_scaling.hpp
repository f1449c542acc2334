// The Nomad Autoscaler in a run (NOM-5, NOM-6): it evaluates each policy every ten seconds, sets the size of the node
// group, and rests. It looks at what is allocated on the group's nodes, never at what waits for one (INC-33), and
// sleeps as long as that does not change.
#pragma once

#include "models/systems/turn.hpp"

namespace eks::nomad {

void cluster_changes(const Spec& spec, World& world, Turn& turn);
void node_load_changes(const Spec& spec, World& world, Turn& turn, NodeId node);

// --- drain.cpp
// The nodes are drained for the policy and leave the group one by one, when nothing but system jobs is left of them.
void begin_drain(const Spec& spec, World& world, Turn& turn, std::uint32_t policy, NodeId node);
// All nodes that the policy took out are gone.
void drains_done(const Spec& spec, World& world, Turn& turn, std::uint32_t policy);

}  // namespace eks::nomad
