// What a load balancer's kind of target adds to a connection (DPS-22, DPD-32, DPD-33). Pure functions of plain values.
#pragma once

#include "models/systems/datapath/path.hpp"

namespace eks::datapath {

enum class Target : std::uint8_t { instance, ip };

// The share of connections that take a second node; none with ip targets.
inline double extra_hop_share(Target target, double nodes_with_pods) {
    return target == Target::instance ? second_hop_share(nodes_with_pods) : 0;
}

// GB that are billed for what crosses zones between the two nodes, where the second one is in another zone with this
// share: EC2 bills a GB that leaves a zone and, once more, where it comes in.
inline double billed_gb(Target target, double gb, double nodes_with_pods, double other_zone_share) {
    constexpr double directions = 2;
    return directions * gb * extra_hop_share(target, nodes_with_pods) * other_zone_share;
}

// A client that is sent to itself, through a load balancer that keeps the client's address, gets packets that come from
// its own address, and drops them.
constexpr bool fails_as_hairpin(bool keeps_client_address, bool client_is_target) {
    return keeps_client_address && client_is_target;
}

}  // namespace eks::datapath
