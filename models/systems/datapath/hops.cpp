#include "models/systems/datapath/hops.hpp"

#include "models/systems/datapath/path.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/topological_sort.hpp>
#include <boost/property_map/function_property_map.hpp>

#include <algorithm>
#include <array>

namespace eks::datapath {

namespace {

using enum Coefficient;

// A way to the next place.
struct Step {
    Hop hop;
    bool serves_first = true;
    bool serves_later = true;

    bool serves(Packet packet) const { return packet == Packet::first ? serves_first : serves_later; }
};

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Step>;
using Vertex = boost::graph_traits<Graph>::vertex_descriptor;
using Edge = boost::graph_traits<Graph>::edge_descriptor;

struct ServesPacket {
    const Graph* graph = nullptr;
    Packet packet = Packet::first;
    bool operator()(const Edge& edge) const { return (*graph)[edge].serves(packet); }
};
using PacketGraph = boost::filtered_graph<Graph, ServesPacket>;

// Lays the places of each node out behind each other. Where the first packet and the later ones part, there are two
// ends to go on from.
class Layout {
  public:
    Layout(const Coefficients& c, const RuleTable& rules, const Flow& flow, const HopNetwork& network)
        : c_(c), rules_(rules), flow_(flow), network_(network), first_(boost::add_vertex(graph_)), later_(first_) {}

    void lay(std::span<const NodeOnPath> nodes) {
        if (network_.comes_from_far) lay_way_in();
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            node_ = static_cast<std::uint32_t>(i);
            if (i > 0) all(between_nodes());
            lay(nodes[i]);
        }
        if (network_.leaves_for_far) all(far());
        // Both kinds of packets arrive at the same place.
        join();
    }

    const Graph& graph() const { return graph_; }
    Vertex source() const { return 0; }
    Vertex target() const { return first_; }

  private:
    Hop at(Place place) const {
        Hop hop;
        hop.place = place;
        hop.node = node_;
        return hop;
    }
    Hop far() const {
        Hop hop = at(Place::network);
        hop.latency_us = c_[rtt_zone];
        return hop;
    }
    Hop between_nodes() const {
        Hop hop = far();
        hop.latency_us += network_.cross_zone_share * (c_[rtt_xzone] - c_[rtt_zone]);
        return hop;
    }

    void all(const Hop& hop) {
        const Vertex next = boost::add_vertex(graph_);
        if (first_ == later_) {
            boost::add_edge(first_, next, Step{hop}, graph_);
        } else {
            boost::add_edge(first_, next, Step{hop, true, false}, graph_);
            boost::add_edge(later_, next, Step{hop, false, true}, graph_);
        }
        first_ = later_ = next;
    }
    void first_only(const Hop& hop) {
        const Vertex next = boost::add_vertex(graph_);
        boost::add_edge(first_, next, Step{hop, true, false}, graph_);
        first_ = next;
    }
    void join() {
        if (first_ != later_) all(at(Place::eni));
    }

    void lay_way_in() {
        if (network_.has_balancer) {
            Hop balancer = at(Place::balancer);
            balancer.latency_us = network_.balancer_us;
            all(balancer);
        }
        all(far());
    }

    void lay(const NodeOnPath& node) {
        const Visit& visit = node.visit;
        // The ends of a pod that calls one on its own node are two.
        const bool is_both = visit.is_source && visit.ends > 0.5;
        const double first_end = visit.is_source ? (is_both ? visit.ends / 2 : visit.ends) : 0;
        const double last_end = visit.ends - first_end;
        if (visit.is_source) {
            all(application(visit, first_end));
            lay_socket(node);
            lay_proxies(visit);
            all(at(Place::veth));
        } else {
            all(at(Place::eni));
        }
        lay_kernel(node);
        if (last_end > 0) {
            all(at(Place::veth));
            if (!visit.is_source) lay_proxies(visit);
            all(application(visit, last_end));
        } else {
            if (!visit.is_source) lay_proxies(visit);
            all(at(Place::eni));
        }
    }

    Hop application(const Visit& visit, double ends) const {
        Hop hop = at(Place::application);
        hop.opening[Part::sockets] = ends * (flow_.protocol == Protocol::tcp ? c_[k_conn] : c_[k_req]);
        hop.request[Part::sockets] = ends * c_[k_req];
        const double bytes = visit.ends > 0 ? (flow_.request_bytes + flow_.answer_bytes) / 1024 * c_[c_byte] : 0;
        hop.opening[Part::bytes] = hop.request[Part::bytes] = ends * bytes;
        return hop;
    }

    void lay_socket(const NodeOnPath& node) {
        if (!node.path.socket_lb || !node.path.is_ebpf()) return;
        Hop hop = at(Place::socket_lb);
        const bool is_tcp = flow_.protocol == Protocol::tcp;
        hop.setup[Part::socket_lb] = chain(node.path) * (is_tcp ? c_[n_sock] : c_[n_sock_udp] * flow_.requests);
        // A TCP socket is looked up once, one of UDP with each message.
        if (is_tcp)
            first_only(hop);
        else
            all(hop);
    }

    void lay_proxies(const Visit& visit) {
        Hop hop = at(Place::proxy);
        hop.opening[Part::layer7] = visit.envoys * c_[l7_envoy] + visit.ztunnels * c_[l7_ztun] +
                                    visit.lean_proxies * c_[l7_lean] + visit.lean_sidecars * c_[l7_lean_sidecar];
        hop.request = hop.opening;
        hop.latency_us = proxy_latency_us(visit, c_);
        if (visit.envoys + visit.ztunnels + visit.lean_proxies + visit.lean_sidecars > 0) all(hop);
    }

    double chain(const DataPath& path) const { return path.chained ? c_[x_chain] : 1; }

    void lay_kernel(const NodeOnPath& node) {
        const DataPath& path = node.path;
        if (path.is_ebpf()) {
            const bool passes_stack = path.mode == Mode::ebpf_host_routing;
            Hop hop = at(Place::ebpf);
            hop.packet[Part::ebpf] = passes_stack ? c_[w_ebh] : c_[w_ebl] * chain(path);
            hop.setup[Part::ebpf] = passes_stack ? c_[n_ebh] : c_[n_ebl] * chain(path);
            all(hop);
            lay_events(path);
        }
        if (path.mode != Mode::ebpf_host_routing) {
            Hop hop = at(Place::host_stack);
            hop.packet[Part::hops] = c_[w_hop];
            all(hop);
        }
        if (path.tracks_connections()) {
            Hop hop = at(Place::conntrack);
            hop.packet[Part::tracking] = c_[w_trk];
            hop.setup[Part::tracking] = flow_.protocol == Protocol::tcp ? c_[n_trk] : c_[n_trk_udp];
            all(hop);
        }
        lay_rules(node);
        if (node.visit.is_masqueraded) {
            Hop hop = at(Place::masquerade);
            hop.packet[Part::masquerade] = c_[w_masq];
            hop.setup[Part::masquerade] = c_[n_masq];
            all(hop);
        }
    }

    void lay_events(const DataPath& path) {
        if (path.hubble == Hubble::off) return;
        Hop hop = at(Place::events);
        const double events = path.hubble == Hubble::every_packet ? packets_of(flow_)
                                                                  : c_[evt_conn] + flow_.life_seconds / c_[evt_period];
        hop.setup[Part::events] = events * (c_[h_evt_path] + c_[h_evt_agent]);
        all(hop);
    }

    void lay_rules(const NodeOnPath& node) {
        const Mode walked = node.path.rules();
        if (walked == Mode::none) return;
        if (node.visit.scanned > 0) {
            Hop hop = at(Place::services_chain);
            hop.rules = node.visit.scanned;
            hop.setup[Part::scan] = scan_us(walked, rules_.has_comments, flow_.protocol, c_) * node.visit.scanned;
            first_only(hop);
        }
        if (!node.visit.is_translated || node.path.is_ebpf()) return;
        Hop pick = at(Place::endpoint_pick);
        pick.rules =
            walked == Mode::iptables_legacy || walked == Mode::iptables_nft ? (node.visit.endpoints + 1) / 2 : 0;
        pick.setup[Part::pick] = pick_us(walked, c_) * (node.visit.endpoints + 1) / 2;
        first_only(pick);
        all(translation(walked));
    }

    Hop translation(Mode walked) const {
        const auto [packet, setup] = [&]() -> std::array<double, 2> {
            switch (walked) {
                case Mode::iptables_legacy: return {c_[w_nat], c_[n_nat]};
                case Mode::iptables_nft: return {c_[w_nat] + c_[w_inx], c_[n_nat] + c_[n_inx]};
                case Mode::nftables: return {c_[w_nft], c_[n_nft]};
                case Mode::ipvs: return {c_[w_nft] + c_[ipvs_w], c_[n_nft] + c_[ipvs_new]};
                default: return {0, 0};
            }
        }();
        Hop hop = at(Place::translation);
        hop.packet[Part::translation] = packet;
        hop.setup[Part::translation] = setup;
        return hop;
    }

    const Coefficients& c_;
    const RuleTable& rules_;
    const Flow& flow_;
    const HopNetwork& network_;
    Graph graph_;
    Vertex first_;
    Vertex later_;
    std::uint32_t node_ = 0;
};

// What the packet costs on the edge, so that of several ways the shortest is the cheapest.
double cost_of(const Hop& hop, Packet packet) {
    return hop.packet.total() + (packet == Packet::first ? hop.setup.total() : 0) + hop.latency_us;
}

}  // namespace

std::string_view text_of(Place place) {
    switch (place) {
        case Place::application: return "application";
        case Place::socket_lb: return "socket load balancer";
        case Place::proxy: return "proxy";
        case Place::veth: return "veth";
        case Place::ebpf: return "eBPF programs";
        case Place::host_stack: return "host stack";
        case Place::conntrack: return "conntrack";
        case Place::services_chain: return "services chain";
        case Place::endpoint_pick: return "endpoint pick";
        case Place::translation: return "translation";
        case Place::masquerade: return "masquerade";
        case Place::events: return "events to Hubble";
        case Place::eni: return "ENI";
        case Place::network: return "network";
        case Place::balancer: return "load balancer";
    }
    return "";
}

Work first_work(const Hop& hop, const Flow& flow) {
    Flow first = flow;
    first.requests = 1;
    return hop.setup + packets_of(first) * hop.packet + hop.opening;
}

Work more_work(const Hop& hop) { return 2 * hop.packet + hop.request; }

std::vector<Hop> hops_of(std::span<const NodeOnPath> nodes, const Coefficients& c, const RuleTable& rules,
                         const Flow& flow, const HopNetwork& network, Packet packet) {
    Layout layout(c, rules, flow, network);
    layout.lay(nodes);
    const Graph& graph = layout.graph();
    const PacketGraph ways(graph, ServesPacket{&graph, packet});
    std::vector<Vertex> before(boost::num_vertices(graph));
    const auto cost =
        boost::make_function_property_map<Edge>([&](const Edge& edge) { return cost_of(graph[edge].hop, packet); });
    boost::dijkstra_shortest_paths(ways, layout.source(), boost::predecessor_map(before.data()).weight_map(cost));

    std::vector<Hop> hops;
    for (Vertex at = layout.target(); at != layout.source(); at = before[at])
        hops.push_back(ways[boost::edge(before[at], at, ways).first].hop);
    std::ranges::reverse(hops);
    return hops;
}

std::size_t ways_of(std::span<const NodeOnPath> nodes, const Coefficients& c, const RuleTable& rules, const Flow& flow,
                    const HopNetwork& network, Packet packet) {
    Layout layout(c, rules, flow, network);
    layout.lay(nodes);
    const Graph& graph = layout.graph();
    const PacketGraph ways(graph, ServesPacket{&graph, packet});
    std::vector<Vertex> from_the_end;
    boost::topological_sort(ways, std::back_inserter(from_the_end));
    std::vector<std::size_t> counts(boost::num_vertices(graph), 0);
    counts[layout.source()] = 1;
    for (auto at = from_the_end.rbegin(); at != from_the_end.rend(); ++at) {
        for (const Edge& edge : boost::make_iterator_range(boost::out_edges(*at, ways)))
            counts[boost::target(edge, ways)] += counts[*at];
    }
    return counts[layout.target()];
}

}  // namespace eks::datapath
