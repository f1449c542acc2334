// What others of the platform tell those who follow ExternalDNS.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// Those that stand as the run begins have looked before.
void follow_settled_names(const Spec& spec, World& world, Turn& turn);
// It has its first ready pod, or has lost the last one; `dns` into Identity::external_dns.
void external_dns_changes(const Spec& spec, World& world, Turn& turn, std::uint32_t dns);
// An Ingress or a Service has got the address of its load balancer.
void names_change(const Spec& spec, World& world, Turn& turn, const BalancerObject& object);

}  // namespace eks
