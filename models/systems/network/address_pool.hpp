// When a node's address loop has something to do (IPAM-60 to IPAM-63, IPAM-105), and pools at rest.
//
// The real loop looks each five seconds and at whatever time its own EC2 calls leave it. Ours is woken by what changes
// the pool (`pool_changed`) and ticks at the instant at which the real one would have: the phase moves only by the time
// that calls took. Conditions that time alone fulfils (an ENI old enough, addresses that have cooled) are reckoned
// forward.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// Brings a node's pools to where its loop would have left them after a long calm, without time passing: what a settled
// opening starts from. ENIs made here count as old.
void settle_pool(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
