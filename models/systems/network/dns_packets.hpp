// Packets to the VPC's resolver, which takes 1024 a second from each ENI and loses the others (DNS-3).
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

namespace eks {

// A second, of the ENI of the node that sends most; as the world is now.
double resolver_packets_of(const Spec& spec, const World& world, NodeId node);

}  // namespace eks
