#include "models/systems/datapath/visit.hpp"

#include <cmath>

namespace eks::datapath {

namespace {

using enum Coefficient;

// Where warm and cold differ: the share of cold costs is `heat`.
double heated(const Coefficients& c, Coefficient warm, Coefficient cold) {
    return (1 - c[heat]) * c[warm] + c[heat] * c[cold];
}

// Only the host's stack can be chained: host routing passes it by.
double chain_factor(const DataPath& path, const Coefficients& c) { return path.chained ? c[x_chain] : 1.0; }

// Who replaces a Service's address where it is replaced on this node: eBPF does it in its own programs.
Mode translator(const DataPath& path) { return path.translates_by_ebpf() ? Mode::none : path.rules(); }

}  // namespace

double packets_of(const Flow& flow) {
    return flow.protocol == Protocol::tcp ? 8 + 2 * flow.requests : 2 * flow.requests;
}

double packets_on_the_wire(const Flow& flow, double segment_bytes) {
    const auto beyond_first = [segment_bytes](double bytes) {
        const double segments = std::ceil(bytes / segment_bytes);
        return segments > 1 ? segments - 1 : 0.0;
    };
    return packets_of(flow) + flow.requests * (beyond_first(flow.request_bytes) + beyond_first(flow.answer_bytes));
}

double scan_us(Mode rules, bool has_comments, Protocol protocol, const Coefficients& c) {
    switch (rules) {
        case Mode::iptables_legacy:
            return has_comments ? heated(c, c_rule_legacy_warm, c_rule_legacy_cold) / 1000
                                : heated(c, c_rule_bare_warm, c_rule_bare_cold) / 1000;
        case Mode::iptables_nft:
            return protocol == Protocol::udp ? c[c_rule_inft_udp] / 1000
                                             : heated(c, c_rule_inft_warm, c_rule_inft_cold) / 1000;
        case Mode::none: return 0;
        case Mode::nftables:
        case Mode::ipvs:
        case Mode::ebpf_legacy:
        case Mode::ebpf_host_routing: return c[c_rule_flat] / 1000;
    }
    return 0;
}

double pick_us(Mode rules, const Coefficients& c) {
    if (rules == Mode::iptables_legacy) return c[c_ep_legacy] / 1000;
    if (rules == Mode::iptables_nft) return heated(c, c_ep_inft_warm, c_ep_inft_cold) / 1000;
    return 0;
}

Work packet_work(const DataPath& path, const Coefficients& c, const Visit& visit) {
    Work work;
    const double chain = chain_factor(path, c);
    if (path.mode == Mode::ebpf_host_routing)
        work[Part::ebpf] = c[w_ebh];
    else
        work[Part::hops] = c[w_hop];
    if (path.mode == Mode::ebpf_legacy) work[Part::ebpf] = c[w_ebl] * chain;
    if (path.tracks_connections()) work[Part::tracking] = c[w_trk];
    if (visit.is_translated) {
        switch (translator(path)) {
            case Mode::iptables_legacy: work[Part::translation] = c[w_nat]; break;
            case Mode::iptables_nft: work[Part::translation] = c[w_nat] + c[w_inx]; break;
            case Mode::nftables: work[Part::translation] = c[w_nft]; break;
            case Mode::ipvs: work[Part::translation] = c[w_nft] + c[ipvs_w]; break;
            default: break;
        }
    }
    if (visit.is_masqueraded) work[Part::masquerade] = c[w_masq];
    return work;
}

Work setup_work(const DataPath& path, const Coefficients& c, const RuleTable& rules, const Flow& flow,
                const Visit& visit) {
    Work work;
    const double chain = chain_factor(path, c);
    if (path.tracks_connections()) work[Part::tracking] = flow.protocol == Protocol::tcp ? c[n_trk] : c[n_trk_udp];
    // A flow is new to the eBPF programs of each node that it comes by, whether they translate it or not.
    if (path.mode == Mode::ebpf_legacy) work[Part::ebpf] = c[n_ebl] * chain;
    if (path.mode == Mode::ebpf_host_routing) work[Part::ebpf] = c[n_ebh];
    if (visit.is_translated) {
        switch (translator(path)) {
            case Mode::iptables_legacy: work[Part::translation] = c[n_nat]; break;
            case Mode::iptables_nft: work[Part::translation] = c[n_nat] + c[n_inx]; break;
            case Mode::nftables: work[Part::translation] = c[n_nft]; break;
            case Mode::ipvs: work[Part::translation] = c[n_nft] + c[ipvs_new]; break;
            default: break;
        }
        work[Part::pick] = pick_us(translator(path), c) * (visit.endpoints + 1) / 2;
    }
    if (visit.is_masqueraded) work[Part::masquerade] = c[n_masq];
    work[Part::scan] = scan_us(path.rules(), rules.has_comments, flow.protocol, c) * visit.scanned;
    if (visit.is_source && path.socket_lb && path.is_ebpf())
        work[Part::socket_lb] = (flow.protocol == Protocol::tcp ? c[n_sock] : c[n_sock_udp] * flow.requests) * chain;
    if (path.is_ebpf() && path.hubble != Hubble::off) {
        const double events =
            path.hubble == Hubble::every_packet ? packets_of(flow) : c[evt_conn] + flow.life_seconds / c[evt_period];
        work[Part::events] = events * (c[h_evt_path] + c[h_evt_agent]);
    }
    return work;
}

double waited_for_us(const Work& work, const Coefficients& c) {
    const double event = c[h_evt_path] + c[h_evt_agent];
    const double in_agent = event > 0 ? work[Part::events] * c[h_evt_agent] / event : 0;
    return work.total() - work[Part::layer7] - in_agent;
}

Work connection_work(const DataPath& path, const Coefficients& c, const RuleTable& rules, const Flow& flow,
                     const Visit& visit) {
    Flow first = flow;
    first.requests = 1;
    Work work = setup_work(path, c, rules, flow, visit) + packets_of(first) * packet_work(path, c, visit);
    // UDP opens and closes nothing: its sockets do what they do for a request.
    work[Part::sockets] = visit.ends * (flow.protocol == Protocol::tcp ? c[k_conn] : c[k_req]);
    return work;
}

Work request_work(const DataPath& path, const Coefficients& c, const Visit& visit) {
    Work work = 2 * packet_work(path, c, visit);
    work[Part::sockets] = visit.ends * c[k_req];
    return work;
}

Work content_work(const Coefficients& c, const Flow& flow, const Visit& visit) {
    Work work;
    work[Part::bytes] = visit.ends * (flow.request_bytes + flow.answer_bytes) / 1024 * c[c_byte];
    work[Part::layer7] = visit.envoys * c[l7_envoy] + visit.ztunnels * c[l7_ztun] + visit.lean_proxies * c[l7_lean] +
                         visit.lean_sidecars * c[l7_lean_sidecar];
    return work;
}

Work whole_work(const DataPath& path, const Coefficients& c, const RuleTable& rules, const Flow& flow,
                const Visit& visit) {
    const double more = flow.requests > 1 ? flow.requests - 1 : 0;
    return connection_work(path, c, rules, flow, visit) + more * request_work(path, c, visit) +
           flow.requests * content_work(c, flow, visit);
}

}  // namespace eks::datapath
