#include "models/report/decisions/subnet_capacity.hpp"

#include "models/report/decisions/arguments.hpp"
#include "models/report/decisions/warm_pool.hpp"
#include "models/scenario/cidr.hpp"
#include "models/systems/network/subnet_capacity.hpp"

#include <cmath>
#include <vector>

namespace eks {

namespace {

using decisions::Json;
using decisions::required;
using decisions::WrongArguments;

struct PlannedSubnet {
    std::string cidr;
    SubnetSize size;
    std::int64_t taken = 0;
};

std::vector<PlannedSubnet> subnets_of(const Json& a) {
    const Json list = required<Json>(a, "cidrs");
    if (!list.is_array()) throw WrongArguments{Rule::wrong_type, "cidrs is no list", "write [\"10.0.0.0/24\"]"};
    std::vector<PlannedSubnet> subnets;
    std::vector<Cidr> ranges;
    for (const Json& one : list) {
        const auto text = one.get<std::string>();
        const auto cidr = parse_cidr(text);
        if (!cidr)
            throw WrongArguments{Rule::bad_cidr, fmt::format("\"{}\" is no range of addresses", text),
                                 "write it as 10.0.0.0/24"};
        if (cidr->prefix_length < 16 || cidr->prefix_length > 28)
            throw WrongArguments{Rule::subnet_size, fmt::format("{} is no subnet that AWS makes", text),
                                 "a subnet is /16 to /28"};
        for (const Cidr& other : ranges) {
            if (other.overlaps(*cidr))
                throw WrongArguments{Rule::bad_cidr, fmt::format("{} overlaps {}", text, to_text(other)), ""};
        }
        ranges.push_back(*cidr);
        subnets.push_back({text, {cidr->prefix_length}, 0});
    }
    return subnets;
}

// One number for all subnets, or one for each.
void read_taken(const Json& a, std::vector<PlannedSubnet>& subnets) {
    if (!decisions::is_given(a, "taken")) return;
    const bool is_list = a["taken"].is_array();
    if (is_list && a["taken"].size() != subnets.size())
        throw WrongArguments{Rule::out_of_range, "taken has another length than cidrs", "one number, or one a subnet"};
    for (std::size_t i = 0; i < subnets.size(); ++i) {
        const Json one = {{"taken", is_list ? a["taken"][i] : a["taken"]}};
        subnets[i].taken = decisions::count_given(one, "taken", subnets[i].size.usable()).value_or(0);
    }
}

// What a settled node takes of the subnets of its pods.
NodeAddresses use_of(const decisions::SettledNode& node) {
    NodeAddresses use;
    for (const decisions::EniSituation& eni : node.settled.pool.enis) {
        if (!(node.is_custom && eni.is_primary)) ++use.singles;
        use.singles += eni.secondary_ips.assigned + eni.secondary_ips.free;
        use.prefixes += static_cast<std::int64_t>(eni.prefixes.size());
    }
    return use;
}

double rounded(double value) { return std::round(value * 100) / 100; }

}  // namespace

Json subnet_capacity_call(const Json& a) {
    decisions::refuse_others(
        a, {"cidrs", "taken", "instance_type", "pods", "warm_eni_target", "warm_ip_target", "minimum_ip_target",
            "warm_prefix_target", "prefix_delegation", "custom_networking", "pod_enis", "max_eni", "max_pods"});
    std::vector<PlannedSubnet> subnets = subnets_of(a);
    read_taken(a, subnets);
    const bool has_nodes = decisions::is_given(a, "instance_type");
    NodeAddresses node;
    if (has_nodes) node = use_of(decisions::settled_node(a));

    Json list = Json::array();
    std::int64_t usable = 0;
    std::int64_t prefixes = 0;
    std::int64_t nodes = 0;
    std::int64_t nodes_scattered = 0;
    for (const PlannedSubnet& subnet : subnets) {
        usable += subnet.size.usable();
        prefixes += subnet.size.prefixes();
        Json one = {{"cidr", subnet.cidr},
                    {"usable", subnet.size.usable()},
                    {"free", subnet.size.usable() - subnet.taken},
                    {"prefixes", subnet.size.prefixes()},
                    {"prefixes_left_at_best", whole_blocks_at_best(subnet.size, subnet.taken)},
                    {"prefixes_left_expected", rounded(whole_blocks_expected(subnet.size, subnet.taken))}};
        if (has_nodes) {
            const std::int64_t fit = nodes_that_fit(subnet.size, subnet.taken, node, SubnetPlacing::packed);
            const std::int64_t scattered = nodes_that_fit(subnet.size, subnet.taken, node, SubnetPlacing::scattered);
            one["nodes"] = fit;
            one["nodes_if_scattered"] = scattered;
            one["binds"] = addresses_bind(subnet.size, subnet.taken, node, fit) ? "addresses" : "prefixes";
            nodes += fit;
            nodes_scattered += scattered;
        }
        list.push_back(one);
    }
    Json answer = {{"subnets", list}, {"usable", usable}, {"prefixes", prefixes}};
    if (has_nodes) {
        answer["per_node"] = {{"addresses", node.singles}, {"prefixes", node.prefixes}};
        answer["nodes"] = nodes;
        answer["nodes_if_scattered"] = nodes_scattered;
    }
    return answer;
}

}  // namespace eks
