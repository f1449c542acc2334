#include "models/report/decisions/snat.hpp"

#include "models/report/decisions/arguments.hpp"
#include "models/scenario/cidr.hpp"
#include "models/systems/network/source_nat.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace eks {

namespace {

using decisions::is_given;
using decisions::Json;
using decisions::optional_or;
using decisions::WrongArguments;

struct NamedRoute {
    const char* name;
    DefaultRoute route;
};
constexpr std::array named_routes{NamedRoute{"private", DefaultRoute::nat_gateway},
                                  NamedRoute{"public", DefaultRoute::internet_gateway},
                                  NamedRoute{"isolated", DefaultRoute::none}};

NamedRoute route_of(const Json& a, const char* name, const char* otherwise) {
    const auto text = optional_or<std::string>(a, name, otherwise);
    for (const NamedRoute& one : named_routes)
        if (text == one.name) return one;
    throw WrongArguments{Rule::not_one_of, fmt::format("there is no kind of subnet {}", text),
                         "private (NAT gateway), public (internet gateway) or isolated (neither)"};
}

Cidr range_of(const std::string& text) {
    if (const auto range = parse_cidr(text)) return *range;
    throw WrongArguments{Rule::bad_cidr, fmt::format("\"{}\" is no range of addresses", text),
                         "write it as 10.1.0.0/16"};
}

// Whether this version returns replies the way they came, which the plugin does since 1.8.0.
bool returns_replies(const std::string& version) {
    const char* at = version.data() + (version.starts_with('v') ? 1 : 0);
    const char* end = version.data() + version.size();
    int major = 0;
    int minor = 0;
    const auto first = std::from_chars(at, end, major);
    const bool has_minor = first.ec == std::errc() && first.ptr != end && *first.ptr == '.' &&
                           std::from_chars(first.ptr + 1, end, minor).ec == std::errc();
    if (!has_minor)
        throw WrongArguments{Rule::wrong_type, fmt::format("\"{}\" is no version of the VPC CNI", version),
                             "write it as 1.19"};
    return major > 1 || (major == 1 && minor >= 8);
}

double positive(const Json& a, const char* name, double otherwise, double most) {
    const auto value = optional_or<double>(a, name, otherwise);
    if (!(value >= 0 && value <= most))
        throw WrongArguments{Rule::out_of_range, fmt::format("{} is {}", name, a[name].dump()),
                             fmt::format("from 0 to {:.0f}", most)};
    return value;
}

const char* source_text(SourceAddress source) {
    switch (source) {
        case SourceAddress::pod: return "the pod's";
        case SourceAddress::node: return "the node's primary";
        case SourceAddress::node_public: return "the node's public";
        case SourceAddress::nat_gateway: return "the NAT gateway's";
    }
    return "";
}

const char* obstacle_text(Obstacle obstacle) {
    switch (obstacle) {
        case Obstacle::none: return "";
        case Obstacle::no_route: return "the subnet has no route to the internet";
        case Obstacle::no_public_address:
            return "the internet gateway drops it: that address has no public one to stand for it";
        case Obstacle::no_route_back: return "the other network has no route to the addresses of the pods";
        case Obstacle::reply_is_lost:
            return "the reply leaves by the primary ENI, not by the pod's: external SNAT, an exclusion or CNI 1.8 "
                   "helps";
        case Obstacle::not_addressable: return "a pod has no address on the internet; a load balancer has";
    }
    return "";
}

Json row(const char* subnet, const char* peer, const char* direction, const Reach& reach) {
    return {{"subnet", subnet},
            {"peer", peer},
            {"direction", direction},
            {"reachable", reach.works()},
            {"source", reach.works() ? Json(source_text(reach.source)) : Json()},
            {"why_not", reach.works() ? Json() : Json(obstacle_text(reach.obstacle))}};
}

Json matrix_of(const Json& a) {
    SnatSettings settings;
    settings.external_snat = optional_or(a, "external_snat", false);
    settings.returns_replies = returns_replies(optional_or<std::string>(a, "cni_version", "1.8"));
    settings.is_strict = optional_or<std::string>(a, "enforcing_mode", "strict") != "standard";
    if (const auto mode = optional_or<std::string>(a, "enforcing_mode", "strict");
        mode != "strict" && mode != "standard")
        throw WrongArguments{Rule::not_one_of, fmt::format("there is no enforcing mode {}", mode),
                             "POD_SECURITY_GROUP_ENFORCING_MODE is strict or standard"};
    std::vector<Cidr> excluded;
    for (const auto& text : optional_or(a, "exclude_snat_cidrs", std::vector<std::string>{}))
        excluded.push_back(range_of(text));
    // A network of which only a part is excluded counts as not excluded.
    const auto is_excluded = [&](const char* name, const char* otherwise) {
        const Cidr range = range_of(optional_or<std::string>(a, name, otherwise));
        return std::ranges::any_of(excluded, [&](const Cidr& one) { return one.contains(range); });
    };
    const bool routes = optional_or(a, "peers_route_to_pods", true);
    struct Named {
        const char* name;
        PeerNetwork network;
    };
    const std::array peers{
        Named{"the same VPC", {Peer::same_vpc, false, true}},
        Named{"a VPC range younger than 30 s", {Peer::new_vpc_range, false, true}},
        Named{"a peered VPC", {Peer::peered_vpc, is_excluded("peered_cidr", "10.1.0.0/16"), routes}},
        Named{"on premises", {Peer::on_premises, is_excluded("on_premises_cidr", "192.168.0.0/16"), routes}},
        Named{"the internet", {Peer::internet, std::ranges::find(excluded, Cidr{0, 0}) != excluded.end(), true}}};

    std::vector<NamedRoute> subnets;
    if (is_given(a, "subnet"))
        subnets.push_back(route_of(a, "subnet", ""));
    else
        subnets.assign(named_routes.begin(), named_routes.begin() + 2);
    Json matrix = Json::array();
    for (const NamedRoute& subnet : subnets) {
        PodPlace place;
        place.node_route = subnet.route;
        place.pod_route = route_of(a, "pod_subnet", subnet.name).route;
        place.node_has_public_address = optional_or(a, "node_public_address", true);
        place.is_on_primary_eni = optional_or(a, "on_primary_eni", false);
        place.is_on_branch_eni = optional_or(a, "pod_security_groups", false);
        for (const auto& [name, network] : peers) {
            matrix.push_back(row(subnet.name, name, "from the pod", reach_from_pod(settings, place, network)));
            matrix.push_back(row(subnet.name, name, "to the pod", reach_to_pod(settings, place, network)));
        }
    }
    return matrix;
}

Json ports_of(std::int64_t ports, int tries, const std::optional<double>& rate, double held_seconds) {
    Json answer = {
        {"ports", ports},
        {"held_seconds", held_seconds},
        {"connections_per_second_max", std::floor(connections_per_second_max(ports, held_seconds) * 10) / 10}};
    if (!rate) return answer;
    const PortUse use = port_use(ports, tries, *rate, held_seconds);
    answer["ports_in_use"] = std::llround(use.in_use);
    answer["refused_share"] = std::round(use.refused_share * 1e6) / 1e6;
    return answer;
}

}  // namespace

Json snat_call(const Json& a) {
    decisions::refuse_others(a, {"external_snat", "exclude_snat_cidrs", "cni_version", "subnet", "pod_subnet",
                                 "node_public_address", "on_primary_eni", "pod_security_groups", "enforcing_mode",
                                 "peers_route_to_pods", "peered_cidr", "on_premises_cidr", "connections_per_second",
                                 "hold_seconds", "time_wait_seconds", "nodes", "nat_gateway_addresses"});
    constexpr double most_connections = 1e9;
    constexpr double longest_hold = 1e6;
    std::optional<double> rate;
    if (is_given(a, "connections_per_second")) rate = positive(a, "connections_per_second", 0, most_connections);
    const double hold = positive(a, "hold_seconds", 1, longest_hold);
    const double time_wait = positive(a, "time_wait_seconds", conntrack_time_wait_seconds, longest_hold);
    const std::int64_t nodes = decisions::small_count_given(a, "nodes", 1).value_or(1);
    const std::int64_t addresses = decisions::count_given(a, "nat_gateway_addresses", 8, 1).value_or(1);
    std::optional<double> of_all;
    if (rate) of_all = *rate * static_cast<double>(nodes);
    constexpr int as_many_as_there_are = 100'000;
    const std::int64_t gateway_ports = addresses * ports_of_nat_gateway_address;
    return {{"matrix", matrix_of(a)},
            {"ports_of_a_node", ports_of(snat_ports_of_node, snat_port_tries, rate, hold + time_wait)},
            {"ports_of_the_nat_gateway", ports_of(gateway_ports, as_many_as_there_are, of_all, hold)}};
}

}  // namespace eks
