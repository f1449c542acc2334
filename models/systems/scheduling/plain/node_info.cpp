#include "models/systems/scheduling/plain/node_info.hpp"

#include <algorithm>
#include <string_view>

namespace eks::plain {

namespace {

void add_amounts(Amounts& to, const Amounts& what, std::int64_t times) {
    for (const auto& [resource, amount] : what) to[resource] += times * amount;
}

}  // namespace

void NodeInfo::add(const PodObject& pod) {
    pods.push_back(&pod);
    add_amounts(requested, pod.requests, +1);
    add_amounts(requested_with_defaults, pod.requests_with_defaults, +1);
}

void NodeInfo::remove(const PodObject& pod) {
    pods.erase(std::ranges::find(pods, &pod));
    add_amounts(requested, pod.requests, -1);
    add_amounts(requested_with_defaults, pod.requests_with_defaults, -1);
}

std::vector<NodeInfo> nodes_with_pods(const Cluster& cluster) {
    std::vector<NodeInfo> nodes(cluster.nodes.size());
    std::map<std::string_view, std::size_t> place_of;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        nodes[i].node = &cluster.nodes[i];
        place_of[cluster.nodes[i].name] = i;
    }
    for (const PodObject& pod : cluster.pods) {
        const bool is_placed = !pod.node_name.empty();
        const auto at = place_of.find(is_placed ? pod.node_name : pod.nominated_node);
        if (at == place_of.end()) continue;
        if (is_placed)
            nodes[at->second].add(pod);
        else
            nodes[at->second].nominated.push_back(&pod);
    }
    return nodes;
}

std::int64_t amount_of(const Amounts& amounts, std::string_view resource) {
    const auto found = amounts.find(resource);
    return found == amounts.end() ? 0 : found->second;
}

}  // namespace eks::plain
