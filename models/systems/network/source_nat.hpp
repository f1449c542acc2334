// Who can reach whom, and with which address, as AWS_VPC_K8S_CNI_EXTERNALSNAT and AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS
// have it (IPAM-165, IPAM-167); and how many connections the ports of one address carry. Pure functions of plain
// values: security groups, network ACLs and policies are not looked at.
//
// What the node translates leaves by its primary ENI, and everything else by the ENI that the pod's address is on
// (amazon-vpc-cni-k8s, pkg/networkutils/network.go, buildIptablesSNATRules and buildIptablesConnmarkRules).
#pragma once

#include "models/spec/cilium_ports.hpp"
#include "models/spec/outside.hpp"

#include <cstdint>

namespace eks {

struct SnatSettings {
    bool external_snat = false;  // AWS_VPC_K8S_CNI_EXTERNALSNAT
    // Before 1.8.0 replies to connections from outside the VPC took the way of the pod's own connections: out by the
    // primary ENI, where a pod behind another ENI loses them (EKS User Guide, external-snat).
    bool returns_replies = true;
    // POD_SECURITY_GROUP_ENFORCING_MODE: with strict, the default, what pods with security groups of their own send is
    // not translated by the node (EKS User Guide, security-groups-for-pods).
    bool is_strict = true;
};

struct PodPlace {
    DefaultRoute node_route = DefaultRoute::nat_gateway;  // of the subnet of the primary ENI
    DefaultRoute pod_route = DefaultRoute::nat_gateway;   // of the subnet of the pod's ENI: another only if custom
    bool node_has_public_address = true;                  // a public or elastic one; counts in a public subnet
    bool is_on_primary_eni = false;
    bool is_on_branch_eni = false;  // it has security groups of its own
};

struct PeerNetwork {
    Peer kind = Peer::peered_vpc;
    bool is_excluded = false;    // in EXCLUDE_SNAT_CIDRS
    bool routes_to_pods = true;  // it has a route to the range that pods have their addresses from
};

// The address that the far side sees.
enum class SourceAddress : std::uint8_t { pod, node, node_public, nat_gateway };

enum class Obstacle : std::uint8_t {
    none,
    no_route,           // the subnet has no way out
    no_public_address,  // an internet gateway carries only addresses that have a public one
    no_route_back,      // the far side does not know where the pods are
    reply_is_lost,      // IPAM-165 before 1.8.0
    not_addressable,    // nothing on the internet can name a pod; that takes a load balancer
};

struct Reach {
    SourceAddress source = SourceAddress::pod;
    Obstacle obstacle = Obstacle::none;
    constexpr bool works() const { return obstacle == Obstacle::none; }
};

// Whether the node replaces the source of the pod's connection by its own address.
constexpr bool is_translated(const SnatSettings& settings, const PodPlace& place, const PeerNetwork& peer) {
    if (place.is_on_branch_eni && settings.is_strict) return false;
    return !settings.external_snat && !peer.is_excluded && peer.kind != Peer::same_vpc;
}

Reach reach_from_pod(const SnatSettings& settings, const PodPlace& place, const PeerNetwork& peer);
Reach reach_to_pod(const SnatSettings& settings, const PodPlace& place, const PeerNetwork& peer);

// --- ports

// Linux maps client ports to 1024..65535: so many connections share one source address for each outside address, port
// and protocol (Linux net/netfilter/nf_nat_core.c).
inline constexpr std::int64_t snat_ports_of_node = 65535 - 1024 + 1;
// Linux gives up after so many occupied ports: rounds of 128, 64, 32, 16 and 8 (the same file, since 5.0).
inline constexpr int snat_port_tries = 128 + 64 + 32 + 16 + 8;
// And how many Cilium's programs try (bpf/lib/nat.h of Cilium, on kernels from 5.2 on).
inline constexpr int snat_port_tries_of_cilium = 128;
// Amazon VPC User Guide, "NAT gateway basics": for each unique destination and address of the gateway.
inline constexpr std::int64_t ports_of_nat_gateway_address = 55'000;
// How long Linux remembers a closed connection, and keeps its port (nf_conntrack_tcp_timeout_time_wait).
inline constexpr double conntrack_time_wait_seconds = 120;

// The rate that fills all ports if each connection holds one for so long (Little's law).
double connections_per_second_max(std::int64_t ports, double held_seconds);

struct PortUse {
    double in_use = 0;
    double refused_share = 0;  // of new connections
};

// Ports in use in the steady state, each new connection trying `tries` of them at random before it is dropped.
PortUse port_use(std::int64_t ports, int tries, double connections_per_second, double held_seconds);

}  // namespace eks
