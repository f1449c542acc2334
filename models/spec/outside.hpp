// What lies beyond the VPC, and what pods have to do there (FR-9).
#pragma once

#include "libsim/time.hpp"
#include "models/spec/cni_settings.hpp"
#include "models/spec/datapath.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

// Where the default route of a subnet leads.
enum class DefaultRoute : std::uint8_t {
    internet_gateway,  // a public subnet
    nat_gateway,       // a private one
    none,              // an isolated one
};

enum class Peer : std::uint8_t {
    same_vpc,
    new_vpc_range,  // a CIDR that the VPC got less than 30 s ago, which the node still takes for outside (IPAM-167)
    peered_vpc,     // by peering or a transit gateway
    on_premises,    // by VPN, Direct Connect or a transit gateway
    internet,
};

// A network that pods talk to: one address, port and protocol there.
struct OutsideNetwork {
    std::string name;
    Peer kind = Peer::peered_vpc;
    std::uint32_t first_address = 0;  // of its range; the internet's is all
    std::int32_t prefix_length = 0;
    bool routes_to_pods = true;
    friend bool operator==(const OutsideNetwork&, const OutsideNetwork&) = default;
};

// What each running pod of a workload opens to one of them.
struct OutsideUse {
    WorkloadIx workload;
    std::uint32_t network = 0;  // into Outside::networks
    std::int32_t connections_milli_per_second = 0;
    sim::Duration hold;  // how long a connection is open
    friend bool operator==(const OutsideUse&, const OutsideUse&) = default;
};

struct NatGateway {
    std::string name;
    std::int32_t addresses = 1;
    friend bool operator==(const NatGateway&, const NatGateway&) = default;
};

// What Cilium makes of the source of connections that leave (enable-ipv4-masquerade), where it gives the addresses.
struct CiliumMasquerade {
    datapath::Masquerade by = datapath::Masquerade::iptables;
    std::vector<SnatExclusion> native;  // ipv4-native-routing-cidr: who is there sees the pods' own addresses
    friend bool operator==(const CiliumMasquerade&, const CiliumMasquerade&) = default;
};

// Nothing of it costs anything as long as `uses` is empty.
struct Outside {
    std::vector<OutsideNetwork> networks;
    std::vector<OutsideUse> uses;
    std::vector<NatGateway> gateways;
    std::vector<std::int32_t> gateway_of_zone;  // by ZoneIx, of the private subnets there; -1: they have none
    // DPC-36: how long a port stays taken after its connection has ended.
    sim::Duration node_hold = sim::Duration::microseconds(120'000'000);    // conntrack, TIME_WAIT
    sim::Duration gateway_hold = sim::Duration::microseconds(60'000'000);  // a guess
    CiliumMasquerade cilium;
    friend bool operator==(const Outside&, const Outside&) = default;
};

}  // namespace eks
