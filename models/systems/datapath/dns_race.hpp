// The race of two questions from one socket in conntrack (DPS-15, DPD-36): both are new to it, one of them is dropped,
// and the resolver asks again after its timeout. Pure functions of plain values.
#pragma once

#include "models/spec/datapath.hpp"

namespace eks::datapath {

// How a pod's resolver asks.
struct Asking {
    bool shares_a_socket = true;  // glibc, without `single-request-reopen` of resolv.conf(5)
    bool is_by_tcp = false;       // `use-vc`
    bool has_node_cache = false;  // node-local DNS cache: its address is not translated, and not tracked
};

// The share of lookups that lose a question to the race. The path is that of the node that asks; where the Service's
// address is replaced at the socket, nothing is left to be translated per packet.
constexpr double race_share(const DataPath& path, const Asking& asking, const Coefficients& c) {
    const bool is_per_packet = !(path.is_ebpf() && path.socket_lb);
    const bool races = path.tracks_connections() && is_per_packet && asking.shares_a_socket && !asking.is_by_tcp &&
                       !asking.has_node_cache;
    return races ? c[Coefficient::dns_race] : 0;
}
// What that adds to a lookup on average; the one that meets it waits a whole timeout.
constexpr double race_seconds(double share, const Coefficients& c) { return share * c[Coefficient::dns_timeout]; }

}  // namespace eks::datapath
