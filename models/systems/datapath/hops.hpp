// The way of a packet through the kernels of the nodes that it comes by, as a graph whose edges have a cost: which hop
// takes what, where visit.hpp has the sums for a node (DPC-5, DPC-11 to DPC-13). For explanations: runs need the sums
// alone. Pure functions of plain values.
//
// The first packet of a connection and all later ones take different ways: the first is looked up in the rules, the
// others follow the stored translation past them (DPD-2). Answers take the same way back.
#pragma once

#include "models/spec/datapath.hpp"
#include "models/systems/datapath/visit.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace eks::datapath {

// Where a hop comes to.
enum class Place : std::uint8_t {
    application,     // the socket
    socket_lb,       // the hook at connect()
    proxy,           // Envoy, another proxy or a ztunnel
    veth,            // of the pod
    ebpf,            // programs at the veth and the ENI
    host_stack,      // routing through the host's namespace
    conntrack,       // and the fixed filter rules
    services_chain,  // kube-proxy's rules, a service port after the other
    endpoint_pick,   // an endpoint's rule after the other
    translation,     // of the Service's address
    masquerade,      // of the source address
    events,          // exported to Hubble
    eni,
    network,  // between nodes, or to what is outside
    balancer,
};
std::string_view text_of(Place place);

// CPU time in microseconds of one core, saturated (DPC-15).
struct Hop {
    Place place = Place::application;
    std::uint32_t node = 0;  // of those on the path; of the network: the one that it leads to
    double rules = 0;        // services_chain: service ports; endpoint_pick: endpoints, on average
    Work setup;              // once for a connection, beside its packets
    Work packet;             // each packet
    Work opening;            // at its ends and in proxies: a connection with its first request
    Work request;            // likewise: a request more
    double latency_us = 0;   // without load, that no core spends: a round trip, a proxy, a load balancer
};
// A connection with its first request, and a request more.
Work first_work(const Hop& hop, const Flow& flow);
Work more_work(const Hop& hop);

enum class Packet : std::uint8_t { first, later };

struct NodeOnPath {
    DataPath path;
    Visit visit;
};
// What lies between the nodes.
struct HopNetwork {
    double cross_zone_share = 0;  // of what goes from node to node
    bool comes_from_far = false;  // the first node gets it from outside
    bool leaves_for_far = false;  // the last one sends it there
    bool has_balancer = false;    // comes_from_far: through a load balancer
    double balancer_us = 0;
};

// Hop by hop in the order of the way. What a visit ends with is one: where ends are shared between a node and the next
// (Visit::ends between 0 and 0.5 at an entry), the application's part stands at both, by their shares.
std::vector<Hop> hops_of(std::span<const NodeOnPath> nodes, const Coefficients& coefficients, const RuleTable& rules,
                         const Flow& flow, const HopNetwork& network, Packet packet);

// How many ways the graph has for such a packet: one, or the model contradicts itself.
std::size_t ways_of(std::span<const NodeOnPath> nodes, const Coefficients& coefficients, const RuleTable& rules,
                    const Flow& flow, const HopNetwork& network, Packet packet);

}  // namespace eks::datapath
