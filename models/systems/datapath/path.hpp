// The nodes that a connection comes by, and what each of them does (DPC-5, DPC-6).
#pragma once

#include "models/spec/datapath.hpp"
#include "models/systems/datapath/visit.hpp"

#include <vector>

namespace eks::datapath {

enum class Route : std::uint8_t {
    same_node,        // from a pod to one on its node
    cross_node,       // to one on another node
    ip_target,        // a load balancer sends to the pod's address
    instance_target,  // a load balancer sends to a NodePort of any node
    egress,           // from a pod out of the VPC
};

struct Call {
    Route route = Route::cross_node;
    bool is_to_service = true;  // a ClusterIP, and not the pod's own address; counts between pods
    double endpoints = 1;       // of the Service
    double local_share = 0;     // instance_target: of the endpoints, those on the node that was chosen
    Layer7 layer7 = Layer7::none;
    Proxy proxy = Proxy::envoy;
};

// A service port has a random place among the others (DPC-3): on average in the middle.
constexpr double mean_position(double services) { return services > 0 ? (services + 1) / 2 : 0; }

// `position` of the Service among the rules of the node that translates.
std::vector<Visit> path_of(const DataPath& path, const RuleTable& rules, const Call& call, double position);

// DPS-22: the share of connections through instance targets that take a second node, where so many nodes have pods of
// the Service and the load balancer sends to them alone.
double second_hop_share(double nodes_with_pods);

// Proxies that a request passes, and what they add to its time, in microseconds without load. A lean proxy and a
// ztunnel add what CPU time they take: no other number is known.
double proxy_latency_us(const Visit& visit, const Coefficients& coefficients);

}  // namespace eks::datapath
