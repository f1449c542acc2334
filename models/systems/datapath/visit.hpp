// What one node does for a connection and for each request on it (DPC-10 to DPC-13). Pure functions of plain values.
//
// Only the first packet of a connection walks rules; all later ones follow the stored translation, so that what an open
// connection costs does not depend on how many Services there are (DPD-2, DPD-5).
#pragma once

#include "models/spec/datapath.hpp"
#include "models/systems/datapath/work.hpp"

namespace eks::datapath {

// The Services whose rules a node has.
struct RuleTable {
    double services = 0;       // service ports
    double endpoints = 1;      // of each, on average
    bool has_comments = true;  // kube-proxy leaves them out above 1000 endpoints (DPD-4)
};

// DPD-4
inline constexpr double comments_end_at_endpoints = 1000;
constexpr bool keeps_comments(double services, double endpoints) {
    return services * endpoints <= comments_end_at_endpoints;
}

// A kind of connection, as far as nodes see it.
struct Flow {
    Protocol protocol = Protocol::tcp;
    double requests = 1;  // on one connection
    double request_bytes = 0;
    double answer_bytes = 0;
    double life_seconds = 0;  // how long it is open
};

// One node on the way. `share` is the share of the connections that come by here.
struct Visit {
    double share = 1;
    bool is_source = false;      // a pod here connects
    bool is_translated = false;  // the Service's address is replaced here, by rules or per packet
    bool is_masqueraded = false;
    double scanned = 0;    // service ports whose rules the first packet meets, if there are rules
    double endpoints = 1;  // of the Service that is translated
    double ends = 0;       // of the connection's two sockets, the half of both: 0.5 for one of them, 1 for both
    double envoys = 0;     // proxies that each request passes
    double ztunnels = 0;
    double lean_proxies = 0;
    double lean_sidecars = 0;  // such as are one of two
};

// DPC-10: 10 for one request, 8 + 2r for r; UDP has only those that carry something.
double packets_of(const Flow& flow);
// What a network carries of it: a message that is larger than a segment is several packets, and DPC-10 has its first.
// Acknowledgements of the others are left out: receivers gather them.
double packets_on_the_wire(const Flow& flow, double segment_bytes);

// DPC-12: what a service port's rule costs, in microseconds.
double scan_us(Mode rules, bool has_comments, Protocol protocol, const Coefficients& coefficients);
// And an endpoint's rule.
double pick_us(Mode rules, const Coefficients& coefficients);

// DPC-11: each packet.
Work packet_work(const DataPath& path, const Coefficients& coefficients, const Visit& visit);
// DPC-12: the connection as such, whatever travels on it; events of Hubble included.
Work setup_work(const DataPath& path, const Coefficients& coefficients, const RuleTable& rules, const Flow& flow,
                const Visit& visit);
// DPC-13, W_conn without the requests after its first.
Work connection_work(const DataPath& path, const Coefficients& coefficients, const RuleTable& rules, const Flow& flow,
                     const Visit& visit);
// DPC-13, W_req without what its contents take: a request more on an open connection.
Work request_work(const DataPath& path, const Coefficients& coefficients, const Visit& visit);
// What each request's contents take: bytes and proxies.
Work content_work(const Coefficients& coefficients, const Flow& flow, const Visit& visit);

// What of all that somebody waits for: a proxy's time is its latency, not its CPU time, and events are worked on by
// Hubble's agent while the connection goes on.
double waited_for_us(const Work& work, const Coefficients& coefficients);

// A connection with all its requests.
Work whole_work(const DataPath& path, const Coefficients& coefficients, const RuleTable& rules, const Flow& flow,
                const Visit& visit);

}  // namespace eks::datapath
