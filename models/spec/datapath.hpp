// How packets reach Services on a node, and what that costs: the settings of the data path and the one table of
// numbers that its model is made of. Constant in a run.
//
// Every number is a parameter with a range, and says where it comes from. CPU times are those of one core of the
// machine they were measured on; another machine differs by about one factor for all of them (Coefficients::scaled).
// The table has no numbers for the latency of load balancers, EC2's packet rates and the sizes of EC2's connection
// tracking: no source gives any (DPA-9).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eks::datapath {

// DPC-1. `none`: packets are routed, and no Service works on the node.
enum class Mode : std::uint8_t { none, iptables_legacy, iptables_nft, nftables, ipvs, ebpf_legacy, ebpf_host_routing };
inline constexpr std::array all_modes{Mode::none, Mode::iptables_legacy, Mode::iptables_nft,     Mode::nftables,
                                      Mode::ipvs, Mode::ebpf_legacy,     Mode::ebpf_host_routing};
std::string_view text_of(Mode mode);  // "iptables-legacy"

// What kube-proxy leaves in the kernel: nothing, rules that it keeps up to date, or rules that nobody touches any more.
enum class KubeProxyRules : std::uint8_t { absent, live, frozen };

enum class Masquerade : std::uint8_t { none, iptables, ebpf };

// Which events the eBPF programs export to Hubble: Cilium's monitorAggregation medium, its default, or none, with which
// every packet is one.
enum class Hubble : std::uint8_t { off, aggregated, every_packet };

enum class Protocol : std::uint8_t { tcp, udp };

// What stands in the way of requests on layer 7 (DPC-1).
enum class Layer7 : std::uint8_t { none, node_proxy, ingress_proxy, one_sidecar, two_sidecars, ztunnel };
enum class Proxy : std::uint8_t { envoy, lean };  // lean: haproxy, nginx

// Where a node can be on the way from kube-proxy to what replaces it (DPC-55).
enum class MigrationState : std::uint8_t {
    kube_proxy_live,
    rules_left,                   // kube-proxy's DaemonSet is gone, its rules are not
    rules_flushed,                // and nothing in their place
    flushed_and_rebooted,         // or conntrack flushed
    both_on_fresh_node,           // the replacement was started while kube-proxy runs; the node has no connections yet
    replaced_over_live,           // the replacement was switched on over connections that kube-proxy translates
    agent_without_api,            // the replacement has no address of the API server, and kube-proxy is gone
    agent_without_api_restarted,  // and has been restarted since
    no_replacement_in_agent,      // kubeProxyReplacement false, and no kube-proxy
};

struct DataPath {
    Mode mode = Mode::iptables_legacy;
    bool socket_lb = false;  // eBPF: the Service's address is replaced at connect()
    bool chained = false;    // eBPF behind another CNI: packets cross the host's stack as well
    KubeProxyRules kube_proxy_rules = KubeProxyRules::live;
    // Of which kind kube-proxy's rules are where eBPF does its work: they are still walked.
    Mode rules_kind = Mode::iptables_legacy;
    Hubble hubble = Hubble::off;
    Masquerade masquerade = Masquerade::none;
    // eBPF: its programs replace Services' addresses; else they leave that to kube-proxy's rules.
    bool replaces_kube_proxy = true;
    // kube-proxy: connections to Services come from the node's address, whoever asks (masqueradeAll).
    bool masquerades_all = false;

    constexpr bool translates_by_ebpf() const { return is_ebpf() && replaces_kube_proxy; }
    constexpr bool is_ebpf() const { return mode == Mode::ebpf_legacy || mode == Mode::ebpf_host_routing; }
    // Whose rules new connections walk.
    constexpr Mode rules() const {
        if (kube_proxy_rules == KubeProxyRules::absent) return Mode::none;
        return is_ebpf() ? rules_kind : mode;
    }
    // DPC-11
    constexpr bool tracks_connections() const {
        return kube_proxy_rules != KubeProxyRules::absent || masquerade == Masquerade::iptables || chained;
    }
    friend constexpr bool operator==(const DataPath&, const DataPath&) = default;
};

// A node that does nothing but this: kube-proxy with its own masquerading where it has rules, and for eBPF no
// kube-proxy, its own masquerading and the load balancer in the socket (DPD-15, DPD-16).
DataPath plain_data_path(Mode mode);

// What CPU time is spent on, so that an answer can say where it goes (DPC-68).
enum class Part : std::uint8_t {
    sockets,      // the applications' ends of connections
    hops,         // routing through the host's namespace
    ebpf,         // eBPF programs, their own connection tracking and translation included
    tracking,     // conntrack and the fixed filter rules
    translation,  // of a Service's address by kube-proxy's rules or IPVS
    scan,         // of kube-proxy's rules, a service port after the other
    pick,         // of an endpoint by iptables, a rule after the other
    masquerade,   // of the source address
    socket_lb,    // the load balancer at connect()
    events,       // exported to Hubble
    bytes,        // copied
    layer7,       // proxies
    count_
};
inline constexpr auto part_count = static_cast<std::size_t>(Part::count_);

constexpr std::string_view text_of(Part part) {
    constexpr std::array<std::string_view, part_count> texts{"sockets",     "hops",   "ebpf",  "conntrack",
                                                             "translation", "scan",   "pick",  "masquerade",
                                                             "socket_lb",   "events", "bytes", "layer7"};
    return texts[static_cast<std::size_t>(part)];
}

// Why a new connection fails (DPC-66), in the order in which it meets these.
enum class FailureCause : std::uint8_t { dns, rule, endpoint, table, port, quota, count_ };
inline constexpr auto failure_cause_count = static_cast<std::size_t>(FailureCause::count_);

constexpr std::string_view text_of(FailureCause cause) {
    constexpr std::array<std::string_view, failure_cause_count> texts{"dns",   "rule", "endpoint",
                                                                      "table", "port", "quota"};
    return texts[static_cast<std::size_t>(cause)];
}

// Names of the numbers, as calibration profiles write them. c_ is what a rule costs, k_ sockets, w_ a packet, n_ a new
// connection; `sync_` is programming.
// clang-format off
enum class Coefficient : std::uint8_t {
    k_conn, k_req, w_hop, w_trk, n_trk, n_trk_udp, w_nat, n_nat, w_nft, n_nft, w_inx, n_inx,
    c_rule_legacy_warm, c_rule_legacy_cold, c_rule_bare_warm, c_rule_bare_cold, c_rule_inft_warm, c_rule_inft_cold,
    c_rule_inft_udp, c_rule_flat, c_ep_legacy, c_ep_inft_warm, c_ep_inft_cold,
    w_ebl, n_ebl, w_ebh, n_ebh, n_sock, n_sock_udp, x_chain, w_masq, n_masq, ipvs_new, ipvs_w,
    h_evt_path, h_evt_agent, evt_conn, evt_period, c_byte,
    l7_envoy, l7_envoy_lat, l7_ztun, l7_lean, l7_lean_sidecar,
    heat, kappa, s_idle, p99_base, p99_load, p90_base, p90_load, rtt_zone, rtt_xzone,
    hold_time_wait, hold_reset, hold_syn, hold_udp, hold_udp_stream, hold_established, ct_sweep,
    bpf_entries, bpf_hold_closed, bpf_hold_tcp, bpf_hold_syn, bpf_hold_other, lb_map_max,
    ec2_hold_tcp, ec2_hold_tcp_nitro6, ec2_hold_udp, ec2_hold_udp_stream,
    ports_node, ports_gateway, hold_gateway, resolver_packets, bucket_queue, rto, syn_retry, dns_timeout,
    sync_period, address_rest,
    sync_legacy_full, sync_legacy_base, sync_legacy_rule, sync_legacy_service, sync_bare_rule, sync_bare_service,
    sync_inft_full, sync_inft_again, sync_inft_service, sync_nft_full, sync_nft_square, sync_nft_large,
    sync_nft_kernel, sync_nft_base, sync_nft_service, sync_nft_list_chains, sync_nft_list_all, sync_ipvs_entry,
    sync_ipvs_service, sync_ebpf_full, sync_ebpf_entry, sync_ebpf_agent,
    tcp_segment_vpc, tcp_segment_internet, dns_race, adoption_scan, surplus_return,
    count_
};
// clang-format on
inline constexpr auto coefficient_count = static_cast<std::size_t>(Coefficient::count_);

// us_cpu and ns_cpu are CPU time, which goes with the machine; us is time that passes.
enum class Unit : std::uint8_t { us_cpu, ns_cpu, us, seconds, per_second, count, factor };

// measured: on the kernel for this project, or read from it. assumed: a guess.
enum class Origin : std::uint8_t { measured, published, assumed };

struct CoefficientRow {
    Coefficient name;
    std::string_view id;
    double value = 0;
    double low = 0;
    double high = 0;
    Unit unit = Unit::factor;
    Origin origin = Origin::assumed;
    std::string_view meaning;  // with its source
};

// In the order of the names.
const std::array<CoefficientRow, coefficient_count>& coefficient_table();
std::optional<Coefficient> coefficient_named(std::string_view id);
std::string_view text_of(Unit unit);
std::string_view text_of(Origin origin);

// One set of values.
struct Coefficients {
    std::array<double, coefficient_count> values{};

    constexpr double operator[](Coefficient name) const { return values[static_cast<std::size_t>(name)]; }
    constexpr double& operator[](Coefficient name) { return values[static_cast<std::size_t>(name)]; }
    // The same on a machine that takes `factor` times as long.
    Coefficients scaled(double factor) const;
    friend bool operator==(const Coefficients&, const Coefficients&) = default;
};

Coefficients default_coefficients();
Coefficients lowest_coefficients();   // all at the lower end of their range
Coefficients highest_coefficients();  // all at the upper end

}  // namespace eks::datapath
