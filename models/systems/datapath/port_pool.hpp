// Source ports: how many connections to one destination share a translated address (DPC-36, DPC-37), and the map of
// frontends and backends that eBPF balances with (DPC-38). Pure functions of plain values.
#pragma once

#include "models/spec/cilium_ports.hpp"
#include "models/spec/datapath.hpp"

#include <algorithm>
#include <cmath>

namespace eks::datapath {

// Ports to one (address, port, protocol). Over the cap the excess fails and the rest does not notice; other
// destinations have ports of their own.
struct PortPool {
    double cap = 0;
    double used = 0;  // as far as there are any
    double success = 1;
};

inline constexpr double ports_of_programs = snat_ports_of_cilium;

constexpr PortPool port_pool(double cap, double per_second, double life_seconds, double hold_seconds) {
    const double wanted = per_second * (life_seconds + hold_seconds);
    return {cap, std::min(cap, wanted), wanted > cap ? cap / wanted : 1};
}

// DPC-37: connections that leave the VPC, all to one destination. Without external SNAT each node has ports of its own;
// with it the nodes of a zone share those of the gateway's addresses.
struct Egress {
    bool is_external_snat = false;
    double nodes = 1;              // of the zone
    double gateway_addresses = 1;  // up to 8
    double per_second = 0;         // of one node
    double life_seconds = 0;
};
constexpr PortPool egress_ports(const Egress& egress, const Coefficients& c) {
    using enum Coefficient;
    if (!egress.is_external_snat)
        return port_pool(c[ports_node], egress.per_second, egress.life_seconds, c[hold_time_wait]);
    return port_pool(c[ports_gateway] * egress.gateway_addresses, egress.per_second * egress.nodes, egress.life_seconds,
                     c[hold_gateway]);
}

// DPC-38: entries of a map with so many service ports and endpoints each, and the services that are dead on the node
// because those before them filled it.
constexpr double lb_entries(double services, double endpoints) { return services * (1 + endpoints); }
inline double dead_services(double services, double endpoints, double limit) {
    return std::max(0.0, services - std::floor(limit / (1 + endpoints)));
}

}  // namespace eks::datapath
