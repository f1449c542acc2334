// What proxies cost that stand beside every pod, and one for each node (DPS-20, DPD-25). Pure functions of plain
// values.
#pragma once

#include "models/spec/datapath.hpp"

#include <cstdint>

namespace eks::datapath {

// Memory of each proxy and of each pod's share of one, in MB: Istio 1.24's performance page, at 1000 requests a second
// of 1 KB; that of an idle proxy is not published, and taken to be the same.
struct ProxyMemory {
    double sidecar_mb = 60;
    double node_proxy_mb = 60;  // of a waypoint there; a guess for Cilium's Envoy
    double ztunnel_mb = 12;
};

struct ProxiedNode {
    double pods = 0;                 // with a proxy, or behind the node's
    double requests_per_second = 0;  // of all of them, each once
};

struct ProxyCost {
    double proxies = 0;
    double memory_mb = 0;
    double cores = 0;
    double pods_that_fail_together = 0;  // with one proxy
};

// Two sidecars: half of the requests' proxies stand on the callers' nodes, so that a node whose pods call as much as
// they are called has both.
constexpr ProxyCost proxy_cost(Layer7 kind, const ProxiedNode& node, const ProxyMemory& memory, const Coefficients& c) {
    using enum Coefficient;
    const double envoy_cores = node.requests_per_second * c[l7_envoy] * 1e-6;
    switch (kind) {
        case Layer7::none: return {};
        case Layer7::node_proxy:
        case Layer7::ingress_proxy: return {1, memory.node_proxy_mb, envoy_cores, node.pods};
        case Layer7::one_sidecar: return {node.pods, node.pods * memory.sidecar_mb, envoy_cores, 1};
        case Layer7::two_sidecars: return {node.pods, node.pods * memory.sidecar_mb, 2 * envoy_cores, 1};
        case Layer7::ztunnel:
            return {1, memory.ztunnel_mb, 2 * node.requests_per_second * c[l7_ztun] * 1e-6, node.pods};
    }
    return {};
}

}  // namespace eks::datapath
