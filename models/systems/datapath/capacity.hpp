// What a node spends on its network, which of it another data path would spare, and which limit breaks first at which
// multiple of today's traffic (DPC-68). Pure functions of plain values.
#pragma once

#include "models/spec/datapath.hpp"
#include "models/systems/datapath/path.hpp"
#include "models/systems/datapath/table_fill.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace eks::datapath {

// What the node is for a kind of connection.
enum class Role : std::uint8_t {
    client,  // a pod here connects to one on another node
    server,  // a pod here is connected to from another node, or by a load balancer that targets addresses
    both,
    entry,   // a load balancer that targets instances comes in here
    egress,  // a pod here connects out of the VPC
};

struct NodeClass {
    Role role = Role::client;
    double connections_per_second = 0;
    Flow flow;
    Ending ending = Ending::closed;
    bool is_to_service = true;
    double endpoints = 1;
    double local_share = 0;              // entry
    std::optional<double> entries_most;  // of its sources and ports
    std::int32_t destination = 0;        // egress: classes with the same one and protocol share its ports
    Layer7 layer7 = Layer7::none;
    Proxy proxy = Proxy::envoy;
    bool is_targeted = false;        // server: a load balancer sends to the pod's address
    std::optional<double> position;  // of its Service among the rules; none: in the middle (DPC-3)
};

// What there is; what is not said does not limit.
struct NodeLimits {
    double cores = 1;
    std::optional<double> conntrack;
    std::optional<double> bpf_map;
    std::optional<double> lb_map;
    std::optional<double> ec2_tracking;
    bool has_nitro_6 = false;
    std::optional<double> bytes_in_per_second;
    std::optional<double> bytes_out_per_second;
    std::optional<double> packets_per_second;
    std::optional<double> ports_of_programs;  // where eBPF masquerades; none: as by conntrack (DPC-36)
};

struct NodeDemand {
    RuleTable rules;
    std::vector<NodeClass> classes;
    double application_cores = 0;
    double resolver_packets_per_second = 0;  // of the ENI that asks most
};

enum class LimitKind : std::uint8_t {
    cores,
    conntrack,
    bpf_map,
    lb_map,
    source_ports,
    ec2_tracking,
    bytes_in,
    bytes_out,
    packets,
    resolver
};
std::string_view text_of(LimitKind kind);

struct Limit {
    LimitKind kind = LimitKind::cores;
    double used = 0;  // as it would be without the limit
    double cap = 0;
    // Of today's traffic, at which it is reached; none: more traffic alone never does. 0 where it is exceeded whatever
    // the traffic.
    std::optional<double> multiple;
    std::int32_t destination = 0;  // source_ports
    Protocol protocol = Protocol::tcp;
};

struct Capacity {
    Work cores;       // cores at work, by what for
    double load = 0;  // with the applications'
    std::vector<Limit> limits;
    std::size_t first = 0;  // of these, the one with the smallest multiple; the first of equals
};

Capacity capacity_of(const DataPath& path, const Coefficients& coefficients, const NodeDemand& demand,
                     const NodeLimits& limits);

// The same node with each data path in turn.
struct ModeCapacity {
    Mode mode = Mode::none;
    Capacity capacity;
    double avoided_share = 0;  // of the cores that the network takes now; below 0: it takes more
};
std::vector<ModeCapacity> capacity_by_mode(const DataPath& now, const Coefficients& coefficients,
                                           const NodeDemand& demand, const NodeLimits& limits);

// What a class takes of the node for one of its connections.
Visit visit_of(const DataPath& path, const RuleTable& rules, const NodeClass& one);

}  // namespace eks::datapath
