// When a node's address loop has something to do (IPAM-60 to IPAM-63, IPAM-105), and pools at rest.
//
// The real loop looks each five seconds and at whatever time its own EC2 calls leave it. Ours is woken by what changes
// the pool (`pool_changed`) and ticks at the instant at which the real one would have: the phase moves only by the time
// that calls took. Conditions that time alone fulfils (an ENI old enough, addresses that have cooled) are reckoned
// forward.
#pragma once

#include "models/systems/signals.hpp"

#include <vector>

namespace eks {

// Gives single CIDRs of an ENI back to EC2 outside of the loop's pass: when a pod of the other kind of address leaves,
// and at the start of the daemon (IPAM-139, IPAM-118). What EC2 refuses to take back stays there until a reconcile.
void release_at_once(const Spec& spec, World& world, Turn& turn, EniId eni, const std::vector<std::uint32_t>& cidrs);

// What signals.hpp asks of the network, as the VPC CNI answers it; cni.cpp asks.
namespace vpc_cni {
void pool_changed(const Spec& spec, World& world, Turn& turn, NodeId node);
WaitCause shortage_cause(const Spec& spec, const World& world, NodeId node, sim::Time now);
AddressWait next_addresses_await(const Spec& spec, const World& world, NodeId node, sim::Time now);
void take_back_address(const Spec& spec, World& world, Turn& turn, PodId pod);
void start_cni(const Spec& spec, World& world, Turn& turn, NodeId node);
void stop_cni(const Spec& spec, World& world, Turn& turn, NodeId node);
void metadata_changed(const Spec& spec, World& world, Turn& turn, NodeId node);
void metadata_falls_silent(const Spec& spec, World& world, Turn& turn, NodeId node);
void metadata_answers_again(const Spec& spec, World& world, Turn& turn, NodeId node);
void settle_pool(const Spec& spec, World& world, Turn& turn, NodeId node);
}  // namespace vpc_cni

// --- what was there before the run began, for whichever CNI
// Brings a node's pools to where its loop would have left them after a long calm, without time passing: what a settled
// opening starts from. ENIs made here count as old.
void settle_pool(const Spec& spec, World& world, Turn& turn, NodeId node);
// Takes CIDRs for an ENI without asking EC2 and says how many. A subnet that has fewer than wanted would have given
// them one by one (IPAM-68).
std::int32_t take_cidrs(const Spec& spec, World& world, Turn& turn, EniId eni, std::int32_t want);
// An ENI with its own address only, attached and in the store since long ago; none if the subnet is empty.
EniId old_eni(const Spec& spec, World& world, Turn& turn, PoolId pool, SubnetIx subnet);

}  // namespace eks
