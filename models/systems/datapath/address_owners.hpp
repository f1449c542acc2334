// Two address managers on one node: what becomes of addresses that both think are theirs (DPC-57, DPD-35), such as the
// VPC CNI's agent, left in place, beside Cilium's with addresses of ENIs. Pure functions of plain values.
#pragma once

#include "models/spec/datapath.hpp"

#include <algorithm>
#include <cstdint>

namespace eks::datapath {

// Where an address is that both sides claim.
enum class ClaimedAddress : std::uint8_t {
    handed_out_twice,  // to two pods: packets come to the one whose route was written last
    unassigned,        // taken from the ENI under its pod: EC2 brings nothing there, the node itself still does
    parked,            // no pod has it
};

// The share of connections to an endpoint there that fail, with so many of them from its own node.
constexpr double fails_at(ClaimedAddress address, bool route_is_its_own, double same_node_share) {
    switch (address) {
        case ClaimedAddress::handed_out_twice: return route_is_its_own ? 0 : 1;
        case ClaimedAddress::unassigned: return 1 - same_node_share;
        case ClaimedAddress::parked: return 0;
    }
    return 0;
}

// Of a Service's endpoints, on average over the time in which routes are rewritten now for one pod and now for the
// other.
struct ClaimedEndpoints {
    double handed_out_twice = 0;
    double unassigned = 0;
    double route_is_its_own_share = 0;  // of the time; 0: the other pod's was written last
    double same_node_share = 0;
};

// Of new connections to the Service: affected endpoints over all. Each new connection chooses anew; an open one fails
// only when its own endpoint's address is taken.
constexpr double failing_share(const ClaimedEndpoints& claimed, double endpoints) {
    if (endpoints <= 0) return 1;
    const double affected = claimed.handed_out_twice * (1 - claimed.route_is_its_own_share) +
                            claimed.unassigned * fails_at(ClaimedAddress::unassigned, false, claimed.same_node_share);
    return std::min(1.0, affected / endpoints);
}

// When the one side takes up what the other has added to an interface at this time of its own clock: at its next scan.
// With the scans' phase unknown it is half a period on average and a period at most.
constexpr double adoption_delay_seconds(double added_at, const Coefficients& c) {
    const double period = c[Coefficient::adoption_scan];
    double since = added_at;
    while (since >= period) since -= period;
    return since > 0 ? period - since : 0;
}
// And how many such addresses it has given back to EC2 after so long above its warm target, one at a time.
constexpr double returned_addresses(double seconds, double surplus, const Coefficients& c) {
    return std::min(surplus, static_cast<double>(static_cast<long long>(seconds / c[Coefficient::surplus_return])));
}

}  // namespace eks::datapath
