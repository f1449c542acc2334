#include "models/systems/scheduling/plain/scores.hpp"

#include "models/systems/scheduling/plain/matching.hpp"
#include "models/systems/scheduling/plain/pod_affinity.hpp"
#include "models/systems/scheduling/plain/topology_spread.hpp"
#include "models/systems/scheduling/scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace eks::plain {

namespace {

using Raw = std::vector<std::int64_t>;

bool is_scalar(std::string_view resource) {
    return resource != "cpu" && resource != "memory" && resource != "ephemeral-storage";
}

// What of each resource would be requested of the node, with `more` added. A resource that the node does not have is
// left out, and a scalar one that the pod does not request.
std::vector<WeightedLoad> loads(const std::vector<WeightedResource>& resources, const NodeInfo& node,
                                const Amounts& requested, const Amounts& pod, std::int64_t times) {
    std::vector<WeightedLoad> all;
    for (const auto& [name, weight] : resources) {
        const std::int64_t more = amount_of(pod, name);
        const std::int64_t whole = amount_of(node.node->allocatable, name);
        if (whole == 0 || (more == 0 && is_scalar(name))) continue;
        all.push_back({{whole, amount_of(requested, name) + times * more}, weight});
    }
    return all;
}

// SCHED-52 to SCHED-54. On nodes, requests count with the defaults of SCHED-51, but for scalar resources and storage.
std::int64_t fit(const Profile& profile, const NodeInfo& node, const PodObject& pod) {
    const std::vector<WeightedLoad> all =
        loads(profile.fit_resources, node, node.requested_with_defaults, pod.container_requests, 1);
    return fit_score(profile, all);
}

bool requests_any(const Profile& profile, const PodObject& pod) {
    return std::ranges::any_of(profile.balanced_resources, [&](const WeightedResource& resource) {
        return amount_of(pod.requests, resource.name) != 0;
    });
}

std::int64_t balance_gained(const Profile& profile, const NodeInfo& node, const PodObject& pod) {
    return relative_balance(balance(loads(profile.balanced_resources, node, node.requested, pod.requests, 1)),
                            balance(loads(profile.balanced_resources, node, node.requested, pod.requests, 0)));
}

// SCHED-56.
std::int64_t images(const std::vector<NodeInfo>& nodes, const NodeInfo& node, const PodObject& pod) {
    std::int64_t sum = 0;
    for (const std::string& image : pod.images) {
        const auto found = node.node->images.find(image);
        if (found == node.node->images.end()) continue;
        const auto have =
            std::ranges::count_if(nodes, [&](const NodeInfo& other) { return other.node->images.contains(image); });
        sum += image_share(found->second, have, static_cast<std::int64_t>(nodes.size()));
    }
    return image_locality(sum, pod.containers);
}

std::int64_t preference(const std::vector<PreferredNodeTerm>& terms, const NodeObject& node) {
    std::int64_t sum = 0;
    for (const PreferredNodeTerm& preferred : terms) {
        if (matches(preferred.term, node)) sum += preferred.weight;
    }
    return sum;
}

// Taints of the node that are better avoided and that the pod does not tolerate (SCHED-58).
std::int64_t avoided(const PodObject& pod, const NodeObject& node) {
    return std::ranges::count_if(node.taints, [&](const Taint& taint) {
        return taint.effect == TaintEffect::prefer_no_schedule && !tolerates(pod.tolerations, taint);
    });
}

template <class OfNode>
Raw each(const std::vector<const NodeInfo*>& feasible, OfNode&& of_node) {
    Raw raw;
    for (const NodeInfo* node : feasible) raw.push_back(of_node(*node));
    return raw;
}

std::int64_t largest(const Raw& raw) { return std::max<std::int64_t>(0, *std::ranges::max_element(raw)); }

std::optional<Raw> normalised(Plugin plugin, const Cluster& cluster, const Profile& profile,
                              const std::vector<NodeInfo>& nodes, const PodObject& pod,
                              const std::vector<const NodeInfo*>& feasible) {
    switch (plugin) {
        case Plugin::taint_toleration: {
            Raw raw = each(feasible, [&](const NodeInfo& node) { return avoided(pod, *node.node); });
            const std::int64_t most = largest(raw);
            for (std::int64_t& value : raw) value = normalised_down(value, most, 100);
            return raw;
        }
        case Plugin::node_affinity: {
            if (pod.preferred_node_terms.empty() && profile.added_preferred_terms.empty()) return std::nullopt;
            Raw raw = each(feasible, [&](const NodeInfo& node) {
                return preference(pod.preferred_node_terms, *node.node) +
                       preference(profile.added_preferred_terms, *node.node);
            });
            const std::int64_t most = largest(raw);
            for (std::int64_t& value : raw) value = normalised_up(value, most, 100);
            return raw;
        }
        case Plugin::pod_topology_spread: return spread_scores(cluster, profile, nodes, pod, feasible);
        case Plugin::inter_pod_affinity: return pod_affinity_scores(cluster, profile, nodes, pod, feasible);
        case Plugin::node_resources_fit:
            return each(feasible, [&](const NodeInfo& node) { return fit(profile, node, pod); });
        case Plugin::node_resources_balanced_allocation:
            if (!requests_any(profile, pod)) return std::nullopt;
            return each(feasible, [&](const NodeInfo& node) { return balance_gained(profile, node, pod); });
        case Plugin::image_locality:
            return each(feasible, [&](const NodeInfo& node) { return images(nodes, node, pod); });
        default: return std::nullopt;  // only filters
    }
}

}  // namespace

Scores score(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes, const PodObject& pod,
             const std::vector<const NodeInfo*>& feasible) {
    Scores scores;
    scores.total.assign(feasible.size(), 0);
    for (std::size_t i = 0; i < plugin_count; ++i) {
        const auto plugin = static_cast<Plugin>(i);
        if (profile.weight_of(plugin) == 0) continue;
        scores.of_plugin[i] = normalised(plugin, cluster, profile, nodes, pod, feasible);
        if (!scores.of_plugin[i]) continue;
        for (std::size_t n = 0; n < feasible.size(); ++n)
            scores.total[n] += (*scores.of_plugin[i])[n] *= profile.weight_of(plugin);
    }
    return scores;
}

}  // namespace eks::plain
