// For how long a client goes on talking to an endpoint that is gone (DPS-16, DPD-9). Pure functions of plain values.
#pragma once

#include "models/spec/datapath.hpp"

#include <algorithm>
#include <optional>

namespace eks::datapath {

// A client that keeps its flow: one UDP port, one TCP connection.
struct KeptFlow {
    Protocol protocol = Protocol::tcp;
    double gap_seconds = 1;  // between its packets
    std::optional<double>
        patience_seconds;  // TCP: after which it gives an unanswered connection up; none: it never does
};

// Seconds from the endpoint's end; none: for as long as it goes on sending. kube-proxy deletes the entries of UDP
// Services with the sync that removes the endpoint, and leaves those of TCP; each packet renews an entry, so that it
// goes by itself only where packets are further apart than it stays. An address that is replaced at the socket has no
// entry to go by: UDP sockets that are connected keep it too.
constexpr std::optional<double> stale_seconds(const DataPath& path, const KeptFlow& flow, double sync_seconds,
                                              const Coefficients& c) {
    using enum Coefficient;
    if (flow.protocol == Protocol::tcp) return flow.patience_seconds;
    std::optional<double> ends;
    if (path.kube_proxy_rules == KubeProxyRules::live) ends = sync_seconds;
    const bool is_tracked = path.tracks_connections();
    const double hold = is_tracked ? c[hold_udp_stream] : c[bpf_hold_other];
    const bool has_entry = is_tracked || !path.socket_lb;
    if (has_entry && flow.gap_seconds > hold) ends = ends ? std::min(*ends, hold) : hold;
    return ends;
}

}  // namespace eks::datapath
