// Which data path the nodes of a cluster have, and how requests become connections on it: what a scenario says, and
// what kube-proxy's and Cilium's own settings do. Constant in a run.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/datapath.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eks {

// `connections` of a class of traffic. Data paths see no class that says nothing of them.
struct ConnectionUse {
    bool is_said = false;
    double requests = 1;  // on each connection
    sim::Duration hold;   // how long one is open
    datapath::Protocol protocol = datapath::Protocol::tcp;
    datapath::Layer7 layer7 = datapath::Layer7::none;  // proxies on the way (DPC-1)
    datapath::Proxy proxy = datapath::Proxy::envoy;
    std::optional<double> connect_timeout_seconds;  // of the client; none: that of Linux (DPC-67)
    // After which a client gives up an open connection on which nobody answers (DPS-16); none: that of Linux.
    std::optional<double> answer_timeout_seconds;
    friend bool operator==(const ConnectionUse&, const ConnectionUse&) = default;
};

// Of kube-proxy, its KubeProxyConfiguration.
struct KubeProxySettings {
    // With `iptables` the nodes' own front end decides between legacy and nft (DPD-8): DataPaths::front_ends.
    enum class Mode : std::uint8_t { iptables, nftables, ipvs } mode = Mode::iptables;
    sim::Duration min_sync_period = sim::Duration::seconds(1);
    sim::Duration sync_period = sim::Duration::seconds(30);
    // How often it writes all its rules anew, whatever has changed (DPD-6). A guess.
    sim::Duration full_sync_period = sim::Duration::hours(1);
    bool masquerades_all = false;
    // DPD-10
    double conntrack_max_per_core = 32768;
    double conntrack_min = 131072;
    friend bool operator==(const KubeProxySettings&, const KubeProxySettings&) = default;
};

// Of Cilium, what concerns packets; how it gives addresses is in CiliumSettings.
struct CiliumPath {
    bool is_there = false;
    bool has_host_routing = true;  // enable-host-legacy-routing is false, and all that it takes is there (DPD-16)
    bool has_socket_lb = true;     // bpf-lb-sock, which kubeProxyReplacement brings along
    bool is_chained = false;
    datapath::Masquerade masquerade = datapath::Masquerade::none;
    datapath::Hubble hubble = datapath::Hubble::off;
    // DPD-18: 0.25 % of the node's memory with a floor, or numbers.
    double dynamic_size_ratio = 0.0025;
    std::optional<double> tcp_entries;
    double lb_map_entries = 65536;
    friend bool operator==(const CiliumPath&, const CiliumPath&) = default;
};

// Services that the scenario does not list one by one: rules that every node carries all the same. A step function of
// the simulated time; each point holds until the next.
struct OtherServices {
    struct Point {
        sim::Duration at;
        double count = 0;
        friend bool operator==(const Point&, const Point&) = default;
    };
    std::vector<Point> points;      // the first at 0; empty: there are none
    double endpoints = 1;           // of each
    double changes_per_second = 0;  // of their endpoints: kube-proxy has so much more to write
    friend bool operator==(const OtherServices&, const OtherServices&) = default;
};

// What AWS does not publish, and only the user knows (DPA-9). None: no bound.
struct NetworkAllowances {
    std::optional<double> packets_per_second;  // of a node
    std::optional<double> tracked_connections;
    std::optional<double> burst_bytes_per_second;  // above the baseline, on credit
    double credit_minutes = 30;                    // DPD-27 has 5 to 60
    friend bool operator==(const NetworkAllowances&, const NetworkAllowances&) = default;
};

struct DataPaths {
    // Some class of the traffic, or some use of a network outside, says how it connects. Else nothing of all this costs
    // anything.
    bool are_used = false;
    KubeProxySettings kube_proxy;
    CiliumPath cilium;
    // The front end of iptables by NodeShapeIx: iptables_legacy or iptables_nft.
    std::vector<datapath::Mode> front_ends;
    // `cluster.dataPath.mode`: this one on all nodes, whatever the manifests make of it.
    std::optional<datapath::DataPath> forced;
    OtherServices others;
    NetworkAllowances allowances;
    datapath::Coefficients coefficients = datapath::default_coefficients();
    std::string profile;  // where they come from; empty: the defaults
    // Of open connections, those whose next packet the new path picks up when it is switched on over kube-proxy's
    // (DPC-55, DPS-13). A guess.
    double picked_up_share = 0.3;
    // From the slices of a Service to the targets of a load balancer that sends to pods: its controller, and the load
    // balancer itself. A guess.
    sim::Duration target_lag = sim::Duration::seconds(5);
    // Latency that a load balancer adds; none is claimed (DPA-9).
    sim::Duration balancer_latency;
    friend bool operator==(const DataPaths&, const DataPaths&) = default;
};

}  // namespace eks
