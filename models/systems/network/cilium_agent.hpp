// Cilium's agent on a node in ENI mode: it hands out the addresses that the node's CiliumNode object offers, and
// reports there what is in use (IPAM-335 to IPAM-340).
#pragma once

#include "models/systems/turn.hpp"

namespace eks::cilium {

// The agent's pod starts: it creates the node's object and blocks until the pool holds enough.
void start_agent(const Spec& spec, World& world, Turn& turn, NodeId node);
// Its process is gone: pods keep their addresses, and nothing is given out, taken back or reported until it starts
// again.
void stop_agent(World& world, NodeId node);
// As if it had started long ago, with what it needs for itself.
void settle_agent(const Spec& spec, World& world, Turn& turn, NodeId node);
// The operator has published more or fewer addresses.
void pool_published(const Spec& spec, World& world, Turn& turn, NodeId node);
// The use has changed, or the operator waits for an answer: a report follows when the interval allows it.
void use_changed(const Spec& spec, World& world, Turn& turn, NodeId node);

bool give_address(const Spec& spec, World& world, sim::RunKey key, PodId pod, sim::Time now);
void take_back_address(const Spec& spec, World& world, Turn& turn, PodId pod);
sim::Duration endpoint_delay(const Spec& spec, Turn& turn, const Pod& pod);

}  // namespace eks::cilium
