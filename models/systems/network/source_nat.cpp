#include "models/systems/network/source_nat.hpp"

namespace eks {

namespace {

Reach to_internet(DefaultRoute route, bool has_public_address) {
    switch (route) {
        case DefaultRoute::nat_gateway: return {SourceAddress::nat_gateway, Obstacle::none};
        case DefaultRoute::internet_gateway:
            return {SourceAddress::node_public, has_public_address ? Obstacle::none : Obstacle::no_public_address};
        case DefaultRoute::none: break;
    }
    return {SourceAddress::pod, Obstacle::no_route};
}

bool is_other_network(Peer peer) { return peer == Peer::peered_vpc || peer == Peer::on_premises; }

double power(double base, int exponent) {
    double result = 1;
    for (int i = 0; i < exponent; ++i) result *= base;
    return result;
}

}  // namespace

Reach reach_from_pod(const SnatSettings& settings, const PodPlace& place, const PeerNetwork& peer) {
    if (is_translated(settings, place, peer)) {
        if (peer.kind == Peer::internet) return to_internet(place.node_route, place.node_has_public_address);
        return {SourceAddress::node, Obstacle::none};
    }
    // A public address belongs to the node's primary address, never to that of a pod.
    if (peer.kind == Peer::internet) return to_internet(place.pod_route, false);
    const bool finds_back = !is_other_network(peer.kind) || peer.routes_to_pods;
    return {SourceAddress::pod, finds_back ? Obstacle::none : Obstacle::no_route_back};
}

Reach reach_to_pod(const SnatSettings& settings, const PodPlace& place, const PeerNetwork& peer) {
    Reach reach;
    if (peer.kind == Peer::internet)
        reach.obstacle = Obstacle::not_addressable;
    else if (is_other_network(peer.kind) && !peer.routes_to_pods)
        reach.obstacle = Obstacle::no_route_back;
    else if (is_translated(settings, place, peer) && !settings.returns_replies && !place.is_on_primary_eni)
        reach.obstacle = Obstacle::reply_is_lost;
    return reach;
}

double connections_per_second_max(std::int64_t ports, double held_seconds) {
    return held_seconds > 0 ? static_cast<double>(ports) / held_seconds : 0;
}

PortUse port_use(std::int64_t ports, int tries, double connections_per_second, double held_seconds) {
    // The share in use at which connections come as fast as they go: both sides are monotone in it.
    const double wanted = connections_per_second * held_seconds / static_cast<double>(ports);
    double low = 0;
    double high = 1;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (wanted * (1 - power(middle, tries)) > middle ? low : high) = middle;
    }
    const double refused = wanted > 0 ? 1 - low / wanted : 0;
    return {low * static_cast<double>(ports), refused > 1e-12 ? refused : 0};
}

}  // namespace eks
