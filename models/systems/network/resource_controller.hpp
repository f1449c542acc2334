// The VPC resource controller of the EKS control plane: it attaches a trunk ENI to each node that asks for one, and
// makes and deletes the branch ENIs of pods that have security groups of their own (IPAM-155 to IPAM-157).
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// IPAM-62 (1), IPAM-118 (12): whether the node's daemon may ask for a trunk now.
bool may_ask_for_trunk(const Spec& spec, const World& world, const Node& node);
// Its request goes to the controller. One of a type that cannot have any is never answered.
void ask_for_trunk(const Spec& spec, World& world, Turn& turn, NodeId node);

// The node's instance has ended, and its trunk with it.
void end_trunk(const Spec& spec, World& world, Turn& turn, NodeId node);

// What a settled opening starts from, without time passing: a trunk that is attached and known, and the branch ENI of a
// pod that has been running. False: there is none to be had.
void settle_trunk(const Spec& spec, World& world, Turn& turn, NodeId node);
bool settle_branch_eni(const Spec& spec, World& world, Turn& turn, PodId pod);

}  // namespace eks
