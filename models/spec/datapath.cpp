#include "models/spec/datapath.hpp"

namespace eks::datapath {

namespace {

// Measured values: Linux, iptables 1.8.9, nftables, eBPF programs of our own, closed loop, warm caches, November 2026.
// A short connection is connect, one request, one answer, close: ten packets. Programming times state no range: 10 % on
// either side stands for one. What no source fixes is `assumed`.
constexpr std::array<CoefficientRow, coefficient_count> rows_of_table() {
    using enum Coefficient;
    using enum Unit;
    using enum Origin;
    return {{
        {k_conn, "k_conn", 93.9, 90, 100, us_cpu, measured, "both sockets of a short connection"},
        {k_req, "k_req", 19.1, 18, 20, us_cpu, measured,
         "both sockets of a request on an open connection; 24 on two cores"},
        {w_hop, "w_hop", 1.5, 1.4, 1.6, us_cpu, measured, "a packet routed through the host's namespace"},
        {w_trk, "w_trk", 1.12, 1.0, 1.3, us_cpu, measured, "conntrack and the fixed filter rules, a packet"},
        {n_trk, "n_trk", 7.5, 6, 9, us_cpu, measured, "a conntrack entry over its life, TCP"},
        {n_trk_udp, "n_trk_udp", 4.5, 3.6, 5.4, us_cpu, measured, "the same, UDP; its range is TCP's in proportion"},
        {w_nat, "w_nat", 0.33, 0.231, 0.429, us_cpu, measured, "translation by iptables, a packet; 30 %"},
        {n_nat, "n_nat", 3.0, 2.1, 3.9, us_cpu, measured, "translation by iptables, a connection; 30 %"},
        {w_nft, "w_nft", 0.21, 0.147, 0.273, us_cpu, measured, "translation by nftables, a packet; 30 %"},
        {n_nft, "n_nft", 2.2, 1.54, 2.86, us_cpu, measured, "translation by nftables, a connection; 30 %"},
        {w_inx, "w_inx", 0.3, 0.15, 0.45, us_cpu, measured, "iptables-nft beyond legacy, a packet; 50 %"},
        {n_inx, "n_inx", 2.5, 1.25, 3.75, us_cpu, measured, "iptables-nft beyond legacy, a connection; 50 %"},

        {c_rule_legacy_warm, "c_rule_legacy_warm", 6.8, 6.5, 9.5, ns_cpu, measured,
         "a service port scanned, legacy with comments, in the cache; published medians begin at 9.5 (KEP-3866)"},
        {c_rule_legacy_cold, "c_rule_legacy_cold", 22, 17.4, 24, ns_cpu, measured,
         "the same from memory; published medians end at 17.4, 99th percentiles at 23.9 (KEP-3866)"},
        {c_rule_bare_warm, "c_rule_bare_warm", 4.8, 4.5, 5.5, ns_cpu, measured,
         "legacy without comments, in the cache"},
        {c_rule_bare_cold, "c_rule_bare_cold", 15, 14, 16, ns_cpu, measured, "legacy without comments, from memory"},
        {c_rule_inft_warm, "c_rule_inft_warm", 19, 14, 21, ns_cpu, measured, "iptables-nft, in the cache"},
        {c_rule_inft_cold, "c_rule_inft_cold", 21, 19, 23, ns_cpu, measured, "iptables-nft, from memory"},
        {c_rule_inft_udp, "c_rule_inft_udp", 14, 14, 23, ns_cpu, measured, "iptables-nft, UDP"},
        {c_rule_flat, "c_rule_flat", 0, -0.1, 0.5, ns_cpu, measured, "nftables and eBPF; for IPVS published"},
        {c_ep_legacy, "c_ep_legacy", 80, 72, 88, ns_cpu, measured, "an endpoint's rule visited, legacy; 10 %"},
        {c_ep_inft_warm, "c_ep_inft_warm", 150, 135, 165, ns_cpu, measured,
         "the same, iptables-nft, in the cache; 10 %"},
        {c_ep_inft_cold, "c_ep_inft_cold", 410, 369, 451, ns_cpu, measured, "the same, from memory; 10 %"},

        {w_ebl, "w_ebl", 0.75, 0.75, 2.25, us_cpu, measured,
         "eBPF with the host's routing, a packet, beside w_hop; a lower bound, the agent's programs take up to 3 "
         "times"},
        {n_ebl, "n_ebl", 2.9, 2.9, 8.7, us_cpu, measured, "the same, a new flow; a lower bound"},
        {w_ebh, "w_ebh", 0.95, 0.95, 2.85, us_cpu, measured,
         "eBPF host routing, a packet, instead of w_hop; lower bound"},
        {n_ebh, "n_ebh", 4.0, 4.0, 12.0, us_cpu, measured, "the same, a new flow; a lower bound"},
        {n_sock, "n_sock", 0.7, 0.5, 1.5, us_cpu, measured, "the load balancer in the socket, a connect"},
        {n_sock_udp, "n_sock_udp", 1.5, 0.5, 1.5, us_cpu, measured, "the same, a UDP send"},
        {x_chain, "x_chain", 1, 1, 15, factor, assumed,
         "eBPF's costs behind another CNI; two publications contradict each other by a factor here (DPA-6): calibrate"},
        {w_masq, "w_masq", 0.4, 0.28, 0.52, us_cpu, measured, "source translation, a packet; 30 %"},
        {n_masq, "n_masq", 2.7, 1.89, 3.51, us_cpu, measured, "source translation, a connection; 30 %"},
        {ipvs_new, "ipvs_new", 10, 0, 20, us_cpu, assumed,
         "IPVS beyond nftables, a connection; after requests per second of cilium.io, 2020-10-09"},
        {ipvs_w, "ipvs_w", 0.3, 0, 0.6, us_cpu, assumed, "IPVS beyond nftables, a packet; after the same"},
        {h_evt_path, "h_evt_path", 3.9, 3.9, 3.9, us_cpu, measured,
         "an event exported to Hubble, in the packet's path"},
        {h_evt_agent, "h_evt_agent", 15.6, 2, 16, us_cpu, measured,
         "the same in the agent; 3 where it reads in batches"},
        {evt_conn, "evt_conn", 4, 2, 6, count, assumed,
         "events of a connection: it is new, and each new TCP flag (Cilium's tuning guide); a guess"},
        {evt_period, "evt_period", 5, 5, 5, seconds, published, "and one in so long while it is open (the same guide)"},
        {c_byte, "c_byte", 0.35, 0.30, 0.39, us_cpu, measured, "a KiB copied, both ends and one hop"},

        {l7_envoy, "l7_envoy", 200, 80, 500, us_cpu, published, "Envoy, a request and proxy: Istio 1.24, performance"},
        {l7_envoy_lat, "l7_envoy_lat", 350, 200, 1100, us, published,
         "mean latency of an Envoy without load: cilium.io, 2021-05-11, sidecars"},
        {l7_ztun, "l7_ztun", 60, 40, 90, us_cpu, published, "ztunnel, a request: Istio 1.24, performance"},
        {l7_lean, "l7_lean", 36, 26, 60, us_cpu, measured, "haproxy or nginx, a request"},
        {l7_lean_sidecar, "l7_lean_sidecar", 55, 50, 60, us_cpu, measured, "the same as one of two sidecars"},

        {heat, "heat", 0.7, 0, 1, factor, assumed,
         "share of cold costs in a scan: 0 saturated, 1 an idle node under a busy application"},
        {kappa, "kappa", 0.8, 0.5, 1.1, factor, measured,
         "shape of the queue: half of 1 plus the work's squared variation"},
        {s_idle, "s_idle", 0.45, 0.3, 0.55, factor, measured, "extra work where there is little load"},
        {p99_base, "p99_base", 1.7, 1.36, 2.04, factor, measured,
         "99th percentile over mean, without load; worst 20 %"},
        {p99_load, "p99_load", 1.9, 1.52, 2.28, factor, measured, "and what load adds to it"},
        {p90_base, "p90_base", 1.25, 1.075, 1.425, factor, measured, "90th percentile over mean; worst 14 %"},
        {p90_load, "p90_load", 0.7, 0.602, 0.798, factor, measured, "and what load adds to it"},
        {rtt_zone, "rtt_zone", 150, 80, 300, us, assumed, "round trip within a zone"},
        {rtt_xzone, "rtt_xzone", 700, 300, 1500, us, assumed, "between zones; after duckkit.dev, a secondary source"},

        {hold_time_wait, "hold_time_wait", 120, 120, 120, seconds, measured, "nf_conntrack_tcp_timeout_time_wait"},
        {hold_reset, "hold_reset", 10, 10, 10, seconds, measured, "nf_conntrack_tcp_timeout_close"},
        {hold_syn, "hold_syn", 120, 120, 120, seconds, measured, "nf_conntrack_tcp_timeout_syn_sent"},
        {hold_udp, "hold_udp", 30, 30, 30, seconds, measured, "nf_conntrack_udp_timeout"},
        {hold_udp_stream, "hold_udp_stream", 120, 120, 120, seconds, measured, "nf_conntrack_udp_timeout_stream"},
        {hold_established, "hold_established", 86'400, 86'400, 86'400, seconds, published,
         "kube-proxy's conntrack.tcpEstablishedTimeout"},
        {ct_sweep, "ct_sweep", 10, 0, 10, per_second, measured, "closing entries that a full table's sweeper frees"},
        {bpf_entries, "bpf_entries", 2, 1, 2, count, assumed, "entries of a translated connection in the BPF map"},
        {bpf_hold_closed, "bpf_hold_closed", 10, 10, 10, seconds, published, "Cilium, bpf-ct-timeout-regular-tcp-fin"},
        {bpf_hold_tcp, "bpf_hold_tcp", 8'000, 8'000, 8'000, seconds, published, "Cilium, bpf-ct-timeout-regular-tcp"},
        {bpf_hold_syn, "bpf_hold_syn", 60, 60, 60, seconds, published, "Cilium, bpf-ct-timeout-regular-tcp-syn"},
        {bpf_hold_other, "bpf_hold_other", 60, 60, 60, seconds, published, "Cilium, bpf-ct-timeout-regular-any"},
        {lb_map_max, "lb_map_max", 65'536, 65'536, 65'536, count, published, "Cilium, bpf-lb-map-max"},
        {ec2_hold_tcp, "ec2_hold_tcp", 432'000, 60, 432'000, seconds, published,
         "idle timeout of EC2's connection tracking; settable for each ENI"},
        {ec2_hold_tcp_nitro6, "ec2_hold_tcp_nitro6", 350, 60, 432'000, seconds, published, "from Nitro 6 on"},
        {ec2_hold_udp, "ec2_hold_udp", 30, 30, 60, seconds, published, "UDP, one question and answer"},
        {ec2_hold_udp_stream, "ec2_hold_udp_stream", 180, 60, 180, seconds, published, "UDP, more than that"},
        {ports_node, "ports_node", 64'500, 64'500, 64'512, count, measured,
         "source ports of a node to one destination"},
        {ports_gateway, "ports_gateway", 55'000, 55'000, 55'000, count, published,
         "Amazon VPC User Guide, NAT gateway basics: for each address"},
        {hold_gateway, "hold_gateway", 60, 0, 350, seconds, assumed,
         "how long a NAT gateway keeps a closed connection"},
        {resolver_packets, "resolver_packets", 1024, 1024, 1024, per_second, published,
         "the VPC's resolver, for each ENI; no burst is known"},
        {bucket_queue, "bucket_queue", 10'000, 0, 20'000, us, assumed,
         "how long excess packets queue before they are lost"},
        {rto, "rto", 200'000, 200'000, 200'000, us, measured, "Linux, the shortest retransmission timeout of TCP"},
        {syn_retry, "syn_retry", 1, 1, 1, seconds, measured, "Linux, first retransmission of a SYN; each doubles it"},
        {dns_timeout, "dns_timeout", 5, 1, 30, seconds, published, "resolv.conf(5), timeout: an attempt"},
        {sync_period, "sync_period", 1, 0, 10, seconds, published, "kube-proxy's minSyncPeriod"},
        {address_rest, "address_rest", 30, 30, 30, seconds, published,
         "VPC CNI: a freed address is not given out so long"},

        {sync_legacy_full, "sync_legacy_full", 12.6, 11.3, 13.9, us_cpu, measured, "a rule, iptables-legacy, all anew"},
        {sync_legacy_base, "sync_legacy_base", 5'000, 4'000, 6'000, us_cpu, measured, "iptables-legacy, any change"},
        {sync_legacy_rule, "sync_legacy_rule", 5.5, 5, 6, us_cpu, measured, "and for each rule in the table"},
        {sync_legacy_service, "sync_legacy_service", 13.7, 12.3, 15.1, us_cpu, measured, "and for each service port"},
        {sync_bare_rule, "sync_bare_rule", 3.5, 3.2, 3.9, us_cpu, measured, "the same two without comments: a rule"},
        {sync_bare_service, "sync_bare_service", 8, 7.2, 8.8, us_cpu, measured, "a service port"},
        {sync_inft_full, "sync_inft_full", 30, 27, 33, us_cpu, measured,
         "a rule, iptables-nft 1.8.9, into an empty table"},
        {sync_inft_again, "sync_inft_again", 0.033, 0.03, 0.036, us_cpu, measured,
         "and for each pair of rule and service port where the table was full"},
        {sync_inft_service, "sync_inft_service", 80, 50, 110, us_cpu, measured,
         "iptables-nft, one change, a service port"},
        {sync_nft_full, "sync_nft_full", 25, 22.5, 27.5, us_cpu, measured, "an element, nftables, all anew"},
        {sync_nft_square, "sync_nft_square", 0.012, 0.0108, 0.0132, us_cpu, measured,
         "and for each pair of element and service port"},
        {sync_nft_large, "sync_nft_large", 2.6, 2.3, 2.9, factor, measured,
         "all of it at 20000 service ports; 1 at 10000"},
        {sync_nft_kernel, "sync_nft_kernel", 1, 1, 12, factor, published,
         "on older kernels 2 to 12: kubernetes/kubernetes issues 135639, 139513"},
        {sync_nft_base, "sync_nft_base", 5'000, 4'000, 6'000, us_cpu, measured, "nftables, any change"},
        {sync_nft_service, "sync_nft_service", 16, 14.4, 17.6, us_cpu, measured, "and for each service port"},
        {sync_nft_list_chains, "sync_nft_list_chains", 20, 18, 22, us_cpu, measured, "listing chains, a service port"},
        {sync_nft_list_all, "sync_nft_list_all", 280, 250, 310, us_cpu, measured,
         "listing the whole table (kube-proxy 1.36), a service port; twice that from 10000 on"},
        {sync_ipvs_entry, "sync_ipvs_entry", 10, 5, 20, us_cpu, assumed, "IPVS, an entry, all anew; a guess"},
        {sync_ipvs_service, "sync_ipvs_service", 1'000, 500, 2'000, us_cpu, assumed,
         "IPVS, a changed service; a guess"},
        {sync_ebpf_full, "sync_ebpf_full", 2.1, 1.9, 2.3, us_cpu, measured, "an entry of the maps, all anew"},
        {sync_ebpf_entry, "sync_ebpf_entry", 1.7, 1.5, 1.9, us_cpu, measured, "an entry of a changed service"},
        {sync_ebpf_agent, "sync_ebpf_agent", 30'000, 10'000, 100'000, us, assumed,
         "what the agent does besides; a guess"},

        {tcp_segment_vpc, "tcp_segment_vpc", 8'949, 1'448, 8'961, count, published,
         "bytes of a message that a packet carries within a VPC: MTU 9001 (Amazon EC2 User Guide, network MTU; the VPC "
         "CNI's AWS_VPC_ENI_MTU) without headers and timestamps of TCP"},
        {tcp_segment_internet, "tcp_segment_internet", 1'448, 1'248, 1'460, count, published,
         "and out of it: MTU 1500 over an internet gateway (the same page), 1300 in a Wavelength Zone"},
        {dns_race, "dns_race", 0.005, 0.001, 0.01, factor, assumed,
         "share of lookups that lose a question where A and AAAA share a socket: kubernetes/kubernetes issue 56903"},
        {adoption_scan, "adoption_scan", 60, 60, 60, seconds, published,
         "how often the VPC CNI looks for addresses on its interfaces: amazon-vpc-cni-k8s, pkg/ipamd"},
        {surplus_return, "surplus_return", 5, 5, 5, seconds, published,
         "how often it may return what is above its warm target: the same"},
    }};
}
constexpr auto all_rows = rows_of_table();

// Each row stands where its name says, and its value within its range.
constexpr bool is_in_order() {
    for (std::size_t i = 0; i < all_rows.size(); ++i) {
        const CoefficientRow& row = all_rows[i];
        if (static_cast<std::size_t>(row.name) != i || row.low > row.value || row.value > row.high) return false;
    }
    return true;
}
static_assert(is_in_order());

template <class Member>
Coefficients values_of(Member member) {
    Coefficients all;
    for (const CoefficientRow& row : all_rows) all[row.name] = row.*member;
    return all;
}

}  // namespace

const std::array<CoefficientRow, coefficient_count>& coefficient_table() { return all_rows; }

std::optional<Coefficient> coefficient_named(std::string_view id) {
    for (const CoefficientRow& row : all_rows)
        if (row.id == id) return row.name;
    return {};
}

std::string_view text_of(Mode mode) {
    switch (mode) {
        case Mode::none: return "none";
        case Mode::iptables_legacy: return "iptables-legacy";
        case Mode::iptables_nft: return "iptables-nft";
        case Mode::nftables: return "nftables";
        case Mode::ipvs: return "ipvs";
        case Mode::ebpf_legacy: return "ebpf-legacy";
        case Mode::ebpf_host_routing: return "ebpf-hostrouting";
    }
    return "";
}

std::string_view text_of(Unit unit) {
    switch (unit) {
        case Unit::us_cpu: return "us of CPU";
        case Unit::ns_cpu: return "ns of CPU";
        case Unit::us: return "us";
        case Unit::seconds: return "s";
        case Unit::per_second: return "1/s";
        case Unit::count: return "count";
        case Unit::factor: return "factor";
    }
    return "";
}

std::string_view text_of(Origin origin) {
    switch (origin) {
        case Origin::measured: return "measured";
        case Origin::published: return "published";
        case Origin::assumed: return "assumed";
    }
    return "";
}

DataPath plain_data_path(Mode mode) {
    DataPath path;
    path.mode = mode;
    const bool has_rules = mode != Mode::none && !path.is_ebpf();
    path.kube_proxy_rules = has_rules ? KubeProxyRules::live : KubeProxyRules::absent;
    path.socket_lb = path.is_ebpf();
    path.masquerade = path.is_ebpf() ? Masquerade::ebpf : has_rules ? Masquerade::iptables : Masquerade::none;
    return path;
}

Coefficients Coefficients::scaled(double factor) const {
    Coefficients scaled = *this;
    for (const CoefficientRow& row : all_rows)
        if (row.unit == Unit::us_cpu || row.unit == Unit::ns_cpu) scaled[row.name] *= factor;
    return scaled;
}

Coefficients default_coefficients() { return values_of(&CoefficientRow::value); }
Coefficients lowest_coefficients() { return values_of(&CoefficientRow::low); }
Coefficients highest_coefficients() { return values_of(&CoefficientRow::high); }

}  // namespace eks::datapath
