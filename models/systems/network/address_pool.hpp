// ipamd's pool loop of every node (IPAM-60 to IPAM-98), asleep while a tick would change nothing.
//
// The real loop looks each five seconds and at whatever time its own EC2 calls leave it. Ours is woken by what changes the
// pool (`pool_changed`) and ticks at the instant at which the real one would have: the phase moves only by the time that
// calls took. Conditions that time alone fulfils (an ENI old enough, addresses that have cooled) are reckoned forward.
#pragma once

#include "models/systems/network/pool_arithmetic.hpp"
#include "models/systems/turn.hpp"

namespace eks {

PoolState pool_state(const Spec& spec, const Node& node);

// Something that the loop looks at has changed: wakes it if there is something to do.
void pool_changed(const Spec& spec, World& world, Turn& turn, NodeId node);
// A pod could not get an address: it will be told when one is free (the cause of its waiting then changes).
void watch_for_address(const Spec& spec, World& world, Turn& turn, NodeId node);
// Why no address can be given out on this node now.
WaitCause shortage_cause(const Spec& spec, const World& world, NodeId node, sim::Time now);

// Brings a node's pool to where its loop would have left it after a long calm, without time passing: what a settled opening
// starts from. ENIs made here count as old.
void settle_pool(const Spec& spec, World& world, Turn& turn, NodeId node);
// The primary ENI of a new instance, with its own address only. False: the subnet has none left, so it cannot be launched
// (IPAM-211).
bool attach_primary_eni(const Spec& spec, World& world, Turn& turn, NodeId node);
// The fill of the primary ENI before the node becomes Ready (IPAM-119, IPAM-196).
void pre_scale(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
