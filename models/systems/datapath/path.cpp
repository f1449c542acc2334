#include "models/systems/datapath/path.hpp"

namespace eks::datapath {

namespace {

// Where the proxies stand: the node's own and the ingress's at the first node, sidecars and ztunnels beside the pods.
void put_proxies(const Call& call, std::vector<Visit>& visits) {
    const bool is_envoy = call.proxy == Proxy::envoy;
    double Visit::* one = is_envoy ? &Visit::envoys : &Visit::lean_proxies;
    double Visit::* of_two = is_envoy ? &Visit::envoys : &Visit::lean_sidecars;
    Visit& first = visits.front();
    const bool has_client = call.route != Route::ip_target && call.route != Route::instance_target;
    const auto beside_client = [&](double Visit::* kind) {
        if (has_client) first.*kind += 1;
    };
    const auto beside_server = [&](double Visit::* kind) {
        if (call.route == Route::egress) return;
        if (call.route == Route::instance_target) first.*kind += call.local_share;
        if (call.route != Route::instance_target || visits.size() > 1) visits.back().*kind += 1;
    };
    switch (call.layer7) {
        case Layer7::none: break;
        case Layer7::node_proxy:
        case Layer7::ingress_proxy: first.*one += 1; break;
        case Layer7::one_sidecar:
            beside_server(one);
            if (call.route == Route::egress) beside_client(one);
            break;
        case Layer7::two_sidecars:
            beside_client(of_two);
            beside_server(of_two);
            break;
        case Layer7::ztunnel:
            beside_client(&Visit::ztunnels);
            beside_server(&Visit::ztunnels);
            break;
    }
}

}  // namespace

std::vector<Visit> path_of(const DataPath& path, const RuleTable& rules, const Call& call, double position) {
    // What meets no service port walks them all, on every node that sees it (DPD-3).
    Visit stranger;
    stranger.scanned = rules.services;
    stranger.ends = 0.5;

    Visit source = stranger;
    source.is_source = true;
    const bool is_looked_up = path.socket_lb && path.is_ebpf();
    if (call.is_to_service && !is_looked_up && path.mode != Mode::none) {
        source.is_translated = true;
        // eBPF has replaced the address before kube-proxy's rules, if they are still there, see the packet.
        if (!path.translates_by_ebpf()) source.scanned = position;
        source.endpoints = call.endpoints;
        source.is_masqueraded = path.masquerades_all && !path.translates_by_ebpf();
    }

    std::vector<Visit> visits;
    switch (call.route) {
        case Route::same_node:
            source.ends = 1;
            visits = {source};
            break;
        case Route::cross_node: visits = {source, stranger}; break;
        case Route::ip_target: visits = {stranger}; break;
        case Route::instance_target: {
            // NodePorts come after all service ports.
            Visit entry = stranger;
            entry.is_translated = path.mode != Mode::none;
            entry.is_masqueraded = path.mode != Mode::none;
            entry.endpoints = call.endpoints;
            entry.ends = 0.5 * call.local_share;
            visits = {entry};
            Visit second = stranger;
            second.share = 1 - call.local_share;
            if (second.share > 0) visits.push_back(second);
            break;
        }
        case Route::egress: {
            Visit out = stranger;
            out.is_source = true;
            out.is_masqueraded = path.masquerade != Masquerade::none;
            visits = {out};
            break;
        }
    }
    put_proxies(call, visits);
    return visits;
}

double second_hop_share(double nodes_with_pods) { return nodes_with_pods > 1 ? 1 - 1 / nodes_with_pods : 0; }

double proxy_latency_us(const Visit& visit, const Coefficients& c) {
    return visit.envoys * c[Coefficient::l7_envoy_lat] + visit.ztunnels * c[Coefficient::l7_ztun] +
           visit.lean_proxies * c[Coefficient::l7_lean] + visit.lean_sidecars * c[Coefficient::l7_lean_sidecar];
}

}  // namespace eks::datapath
