// What pods have to do with networks beyond the VPC, as it is now (FR-9): whom they reach, whose source ports their
// connections take, and which share of new connections finds none (IPAM-165, DPC-36, DPC-37). All of it is a steady
// state, worked out anew for a node when one of its pods begins or ends to use the network.
#include "models/systems/handlers.hpp"
#include "models/systems/network/source_nat.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace eks {

namespace {

constexpr double milli = 1e-3;
constexpr double ppm = 1e6;

// Connections to one network: how many a second, and the ports that they would hold if all got one.
struct Flow {
    double per_second = 0;
    double ports_wanted = 0;
    double mean_held() const { return per_second > 0 ? ports_wanted / per_second : 0; }
};

// What a set of translated addresses does for all networks together.
struct Translation {
    double most_ports = 0;  // of the network that takes most: ports of different networks do not collide
    double per_second = 0;
    double refused = 0;  // of them, connections a second
    void add(double ports, double rate, double refused_share) {
        most_ports = std::max(most_ports, ports);
        per_second += rate;
        refused += rate * refused_share;
    }
    std::int32_t ports() const { return static_cast<std::int32_t>(std::llround(most_ports)); }
    std::int32_t refused_ppm() const {
        return per_second > 0 ? static_cast<std::int32_t>(std::llround(refused / per_second * ppm)) : 0;
    }
};

DefaultRoute route_of(const Spec& spec, SubnetIx subnet) {
    if (!spec[subnet].is_private) return DefaultRoute::internet_gateway;
    return spec.outside.gateway_of_zone[spec[subnet].zone.value] >= 0 ? DefaultRoute::nat_gateway : DefaultRoute::none;
}

PodPlace place_of(const Spec& spec, const World& world, const Pod& pod) {
    const NodeShape& shape = spec[world.nodes[pod.node].shape];
    PodPlace place;
    place.node_route = route_of(spec, shape.subnet);
    const Eni* eni = pod.eni.valid() ? world.enis.find(pod.eni) : nullptr;
    place.pod_route = eni != nullptr ? route_of(spec, eni->subnet) : place.node_route;
    place.is_on_primary_eni = eni != nullptr && eni->is_primary;
    place.is_on_branch_eni = pod.branch.valid();
    return place;
}

// Cilium's rules for pods' addresses lead what it translates out by the primary ENI, as the VPC CNI's do, and all else
// by the ENI of the pod (pkg/datapath/linux/routing of Cilium).
bool is_by_cilium(const Spec& spec) { return spec.cni_kind == CniKind::cilium_eni; }

SnatSettings settings_of(const Spec& spec, const CniSettings& cni) {
    if (is_by_cilium(spec)) return {.external_snat = spec.outside.cilium.by == datapath::Masquerade::none};
    return {.external_snat = cni.external_snat || cni.ipv6,
            .returns_replies = cni.returns_replies,
            .is_strict = cni.is_strict_with_pod_groups};
}

// A network of which only a part is excluded counts as not excluded.
PeerNetwork network_of(const Spec& spec, const OutsideNetwork& network, const CniSettings& cni) {
    const auto& ranges = is_by_cilium(spec) ? spec.outside.cilium.native : cni.excluded_from_snat;
    const bool is_excluded = std::ranges::any_of(ranges, [&](const SnatExclusion& range) {
        return range.prefix_length <= network.prefix_length &&
               (range.prefix_length == 0 ||
                (network.first_address ^ range.first_address) >> (32 - range.prefix_length) == 0);
    });
    return {network.kind, is_excluded, network.routes_to_pods};
}

// Flows through the node's own address, by network; what goes through gateways is left in `counts`, by use.
std::vector<Flow> look_at_pods(const Spec& spec, const World& world, NodeId node, std::vector<OutsideCount>& counts) {
    const Outside& outside = spec.outside;
    const CniSettings& cni = cni_of(world, node);
    std::vector<Flow> flows(outside.networks.size());
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        if (!containers_run(pod) || spec[pod.pod_template].host_network) continue;
        for (std::size_t u = 0; u < outside.uses.size(); ++u) {
            const OutsideUse& use = outside.uses[u];
            if (use.workload != pod.workload) continue;
            const OutsideNetwork& network = outside.networks[use.network];
            const PeerNetwork peer = network_of(spec, network, cni);
            const PodPlace place = place_of(spec, world, pod);
            const SnatSettings settings = settings_of(spec, cni);
            const Reach from = reach_from_pod(settings, place, peer);
            // Nothing on the internet calls a pod by its address, whatever is set.
            if (network.kind != Peer::internet && !reach_to_pod(settings, place, peer).works())
                ++counts[u].unreachable_to;
            if (!from.works()) {
                ++counts[u].unreachable_from;
                continue;
            }
            const double rate = use.connections_milli_per_second * milli;
            if (is_translated(settings, place, peer)) {
                flows[use.network].per_second += rate;
                flows[use.network].ports_wanted += rate * (use.hold + outside.node_hold).in_seconds();
            }
            if (from.source == SourceAddress::nat_gateway) counts[u].through_gateway += 1;
        }
    }
    return flows;
}

void tell_node(World& world, Turn& turn, NodeId node, const Translation& now) {
    OutsideNode& row = world.outside_nodes[node.slot];
    const SnatFact fact{node, now.ports() - row.ports, now.refused_ppm() - row.refused_ppm};
    row = {node, now.ports(), now.refused_ppm(), false};
    if (fact.ports != 0 || fact.refused_ppm != 0) turn.note(fact);
}

// All nodes of its zones share a gateway's ports.
void tell_gateways(const Spec& spec, World& world, Turn& turn) {
    const Outside& outside = spec.outside;
    for (std::uint32_t g = 0; g < outside.gateways.size(); ++g) {
        std::vector<Flow> flows(outside.networks.size());
        for (const OutsideNode& row : world.outside_nodes) {
            const Node* node = world.nodes.find(row.node);
            if (node == nullptr ||
                outside.gateway_of_zone[spec[node->shape].zone.value] != static_cast<std::int32_t>(g))
                continue;
            const double accepted = 1 - row.refused_ppm / ppm;
            for (std::size_t u = 0; u < outside.uses.size(); ++u) {
                const OutsideUse& use = outside.uses[u];
                const double rate = world.outside_counts[row.node.slot * outside.uses.size() + u].through_gateway *
                                    use.connections_milli_per_second * milli * accepted;
                flows[use.network].per_second += rate;
                flows[use.network].ports_wanted += rate * (use.hold + outside.gateway_hold).in_seconds();
            }
        }
        const auto ports = static_cast<double>(outside.gateways[g].addresses * ports_of_nat_gateway_address);
        Translation all;
        for (const Flow& flow : flows) {
            const double refused = flow.ports_wanted > ports ? 1 - ports / flow.ports_wanted : 0;
            all.add(std::min(flow.ports_wanted, ports), flow.per_second, refused);
        }
        OutsideNode& row = world.outside_gateways[g];
        const NatGatewayFact fact{g, all.ports() - row.ports, all.refused_ppm() - row.refused_ppm};
        row.ports = all.ports();
        row.refused_ppm = all.refused_ppm();
        if (fact.ports != 0 || fact.refused_ppm != 0) turn.note(fact);
    }
}

}  // namespace

void outside_use_changes(const Spec& spec, World& world, Turn& turn, NodeId node) {
    dns_changes(spec, world, turn);
    const std::size_t uses = spec.outside.uses.size();
    if (uses == 0) return;
    if (spec.data_paths.are_used) {
        for (const OutsideUse& use : spec.outside.uses) pods_of_connections_change(spec, world, use.workload);
        requests_change(world, turn);
    }
    const std::size_t slots = std::max<std::size_t>(world.outside_nodes.size(), node.slot + std::size_t{1});
    world.outside_nodes.resize(slots);
    world.outside_counts.resize(slots * uses);
    world.outside_gateways.resize(spec.outside.gateways.size());
    if (world.outside_nodes[node.slot].is_due) return;
    world.outside_nodes[node.slot].is_due = true;
    turn.at(turn.now(), OutsideChanges{node});
}

void on(const Spec& spec, World& world, Turn& turn, const OutsideChanges& event) {
    const std::size_t uses = spec.outside.uses.size();
    const bool is_there = world.nodes.contains(event.node);
    std::vector<OutsideCount> counts(uses);
    Translation node;
    if (is_there) {
        for (const Flow& flow : look_at_pods(spec, world, event.node, counts)) {
            if (flow.per_second <= 0) continue;
            const bool is_by_programs = is_by_cilium(spec) && spec.outside.cilium.by == datapath::Masquerade::ebpf;
            const PortUse use = port_use(is_by_programs ? snat_ports_of_cilium : snat_ports_of_node,
                                         is_by_programs ? snat_port_tries_of_cilium : snat_port_tries, flow.per_second,
                                         flow.mean_held());
            node.add(use.in_use, flow.per_second, use.refused_share);
        }
    }
    for (std::uint32_t u = 0; u < uses; ++u) {
        OutsideCount& was = world.outside_counts[event.node.slot * uses + u];
        const UnreachableFact fact{u, counts[u].unreachable_from - was.unreachable_from,
                                   counts[u].unreachable_to - was.unreachable_to};
        was = counts[u];
        if (fact.from_pods != 0 || fact.to_pods != 0) turn.note(fact);
    }
    if (is_there)
        tell_node(world, turn, event.node, node);
    else
        world.outside_nodes[event.node.slot] = {};
    tell_gateways(spec, world, turn);
    outside_ports_fare_otherwise(spec, world, turn);
}

}  // namespace eks
