// Cilium's operator in ENI mode: it makes all calls to EC2, for all nodes (IPAM-300, IPAM-320 to IPAM-329).
//
// Each minute, and whenever it has changed something in EC2, it reads anew what all instances have and publishes it in
// the CiliumNode objects; then it acts once on each node that lacks addresses or has too many. Nodes for which a resync
// can change nothing are not in its list, so that a resync costs what it has to do.
#pragma once

#include "models/systems/network/cilium_arithmetic.hpp"
#include "models/systems/turn.hpp"

namespace eks::cilium {

CiliumWatermarks watermarks(const Spec& spec, const World& world, NodeId node);

// The operator hears of the node's CiliumNode object: it acts at once if addresses are missing and no resync is
// outstanding, and looks at the node again with the next resync if there is anything to see.
void object_changed(const Spec& spec, World& world, Turn& turn, NodeId node);

// Whether the node's address shortage is being worked on, and how.
WaitCause shortage_cause(const Spec& spec, const World& world, NodeId node);

AddressWait next_addresses_await(const Spec& spec, const World& world, NodeId node);

// Gives back what the agent had agreed to give up.
void cancel_release(World& world, Turn& turn, NodeId node);

// Whether any pod of the operator runs and one of them leads.
bool is_up(const Spec& spec, const World& world);

// IPAM-327: while an ENI of the node has single addresses and no prefix, the node gets no more prefixes. A fallback
// that was tried in vain leaves no such ENI behind.
void choose_cidrs(const Spec& spec, World& world, NodeId node);

// IPAM-350: it taints a node whose agent is not ready, and takes the taint away, also that with which the node has
// joined. It can be told to do one of them alone, or neither.
void agent_is_ready(const Spec& spec, World& world, Turn& turn, NodeId node, bool is_ready);

// IPAM-355: how often it looks for DNS pods that another CNI serves.
inline constexpr sim::Duration unmanaged_pods_interval = sim::Duration::microseconds(15'000'000);
// The node's instance has ended: whatever is done for it is void, and its worker is free. An ENI that was made and not
// attached yet is collected (IPAM-328).
void forget_node(const Spec& spec, World& world, Turn& turn, NodeId node);

// The first of its resyncs is scheduled.
void start_operator(const Spec& spec, World& world, Turn& turn);

// Brings a node's pool to where it would be after a long calm, without time passing.
void settle_pool(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks::cilium
