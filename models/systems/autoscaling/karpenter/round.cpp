#include "models/systems/autoscaling/karpenter/round.hpp"

#include "models/systems/autoscaling/karpenter/cluster_node.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace eks::karpenter {

namespace {

std::vector<Label> as_list(const Labels& labels) {
    std::vector<Label> list;
    for (const auto& [key, value] : labels) list.push_back({key, value});
    return list;
}

std::optional<ValueIx> only_value(const Requirement* requirement) {
    std::optional<ValueIx> value;
    if (requirement != nullptr) requirement->values.for_each([&](ValueIx v) { value = v; });
    return value;
}

}  // namespace

Round::Round(const Cluster& given)
    : own_basis_(std::make_unique<const Basis>(given)),
      basis(*own_basis_),
      cluster(given),
      pods(given.pods),
      words(basis.words),
      resources(basis.resources),
      hostname_key(basis.hostname_key),
      types(basis.types),
      demand(basis.demand),
      taint_sets(basis.taint_sets),
      templates(basis.templates),
      domains(basis.domains),
      first_claim_host_(static_cast<ValueIx>(words.values(hostname_key))) {
    read_nodes();
    place_pods();
    leave_room_for_daemons();
    read_pods();
}

Round::Round(const Basis& known, std::vector<Pod> given_pods, NodesOfPods places, std::vector<RoundNode> given_nodes)
    : own_pods_(std::move(given_pods)),
      basis(known),
      cluster(known.cluster),
      pods(own_pods_),
      words(basis.words),
      resources(basis.resources),
      hostname_key(basis.hostname_key),
      types(basis.types),
      demand(basis.demand),
      taint_sets(basis.taint_sets),
      templates(basis.templates),
      domains(basis.domains),
      nodes(std::move(given_nodes)),
      node_of_pod(std::move(places)),
      node_order(nodes.size()) {
    std::iota(node_order.begin(), node_order.end(), NodeIx{0});
    std::ranges::stable_sort(node_order, {}, [&](NodeIx node) { return !nodes[node].is_initialized; });
    const auto first = static_cast<ValueIx>(words.values(hostname_key));
    for (NodeIx n = 0; n < nodes.size(); ++n) nodes[n].host = nodes[n].own_host = first + n;
    first_claim_host_ = first + static_cast<ValueIx>(nodes.size());
    read_pods();
}

void Round::read_pods() {
    for (PodIx p = 0; p < pods.size(); ++p) {
        if (waits(pods[p])) waiting.push_back(p);
        if (node_of_pod[p] && !demand.of(pods[p].shape).keeps_away.empty()) keeping_away.push_back(p);
    }
}

std::optional<ValueIx> Round::label_of(NodeIx node, KeyIx key) const {
    if (key == hostname_key) return nodes[node].has_host_label ? std::optional(nodes[node].host) : std::nullopt;
    return only_value(nodes[node].look->requirements.find(key));
}

std::optional<ValueIx> Round::own_label_of(NodeIx node, KeyIx key) const {
    if (key == hostname_key && own_basis_ == nullptr) return nodes[node].host;
    return only_value(nodes[node].look->own_labels.find(key));
}

void Round::read_nodes() {
    std::map<std::pair<Labels, Amounts>, std::uint32_t> numbers;
    for (const ClusterNode& node : cluster.nodes) {
        NodeLook look;
        const Labels& labels = labels_of(node);
        Labels of_many = labels;
        of_many.erase(std::string(hostname_label));
        look.number =
            numbers.try_emplace({std::move(of_many), capacity_of(node)}, static_cast<std::uint32_t>(numbers.size()))
                .first->second;
        if (const auto pool = labels.find(node_pool_label); pool != labels.end()) {
            const auto found = std::ranges::find(cluster.pools, pool->second, &NodePool::name);
            if (found != cluster.pools.end()) look.pool = static_cast<PoolIx>(found - cluster.pools.begin());
        }
        look.requirements = basis.requirements_of_labels(as_list(labels));
        look.capacity = resources.quantities(capacity_of(node));
        RoundNode entry;
        entry.host = *words.find(hostname_key, hostname_of(node));
        entry.has_host_label = labels.contains(hostname_label);
        entry.taints = *basis.find_taints(taints_of(node));
        entry.room = resources.quantities(allocatable_of(node));
        entry.is_initialized = is_initialized(node);
        entry.is_being_deleted = is_being_deleted(node);
        entry.has_object = node.node.has_value();
        if (node.node) {
            look.own_labels = basis.requirements_of_labels(as_list(node.node->labels));
            if (const auto host = node.node->labels.find(hostname_label); host != node.node->labels.end()) {
                if (const auto value = words.find(hostname_key, host->second))
                    look.own_labels.set(hostname_key, Requirement::one_of(Bits(*value)));
            }
            entry.own_taints = *basis.find_taints(node.node->taints);
            entry.own_host = *words.find(hostname_key, node.node->name);
        }
        own_looks_.push_back(std::move(look));
        entry.look = &own_looks_.back();
        nodes.push_back(std::move(entry));
    }
    node_order.resize(nodes.size());
    std::iota(node_order.begin(), node_order.end(), NodeIx{0});
    std::ranges::stable_sort(node_order, {}, [&](NodeIx node) {
        return std::tuple(!nodes[node].is_initialized, name_of(cluster.nodes[node]));
    });
}

void Round::place_pods() {
    std::map<std::string, NodeIx, std::less<>> by_name;
    for (NodeIx n = 0; n < nodes.size(); ++n) {
        if (cluster.nodes[n].node) by_name[cluster.nodes[n].node->name] = n;
    }
    for (const Pod& pod : pods) {
        const auto found = by_name.find(pod.node_name);
        node_of_pod.push_back(found == by_name.end() ? std::nullopt : std::optional(found->second));
        if (!node_of_pod.back() || pod.phase == PodPhase::ended) continue;
        RoundNode& node = nodes[*node_of_pod.back()];
        const Quantities& requests = demand.of(pod.shape).requests;
        for (std::size_t r = 0; r < node.room.size(); ++r) node.room[r] -= requests[r];
        const std::vector<HostPort>& ports = cluster.shapes[pod.shape].host_ports;
        node.host_ports.insert(node.host_ports.end(), ports.begin(), ports.end());
    }
}

// What DaemonSets still have to start there is set aside: all of theirs that run on the node, less what they have.
void Round::leave_room_for_daemons() {
    std::vector<Quantities> running(nodes.size(), Quantities(resources.count()));
    for (PodIx p = 0; p < pods.size(); ++p) {
        const Pod& pod = pods[p];
        if (!node_of_pod[p] || pod.owner != OwnerKind::daemon_set || pod.phase == PodPhase::ended) continue;
        const Quantities& requests = demand.of(pod.shape).requests;
        for (std::size_t r = 0; r < requests.size(); ++r) running[*node_of_pod[p]][r] += requests[r];
    }
    for (NodeIx n = 0; n < nodes.size(); ++n) {
        const Quantities overhead = basis.daemon_requests(*nodes[n].look, nodes[n].host, nodes[n].taints);
        const Limits offered = limits_of(resources, allocatable_of(cluster.nodes[n]));
        for (std::size_t r = 0; r < overhead.size(); ++r) {
            nodes[n].room[r] -= std::max<std::int64_t>(overhead[r] - running[n][r], 0);
            // What the node does not offer at all is not overdrawn.
            if (!offered[r]) nodes[n].room[r] = 0;
        }
    }
}

}  // namespace eks::karpenter
