#include "models/systems/autoscaling/cluster_autoscaler/estimator.hpp"

#include "models/systems/autoscaling/cluster_autoscaler/packing.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/plain_room.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/quick_room.hpp"
#include "models/systems/scheduling/plain/matching.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace eks::cluster_autoscaler {

namespace {

// CA-13.
double packing_score(const PodGroup& group, const plain::NodeObject& node_template) {
    double score = 0;
    for (const char* resource : {"cpu", "memory"}) {
        const std::int64_t whole = plain::amount_of(node_template.allocatable, resource);
        if (whole > 0)
            score += static_cast<double>(plain::amount_of(group.pod.requests, resource)) / static_cast<double>(whole);
    }
    return score;
}

std::int64_t nodes_for(std::int64_t pods, double of_pod, double of_node) {
    const double nodes = std::ceil(static_cast<double>(pods) * of_pod / of_node);
    return std::isfinite(nodes) ? static_cast<std::int64_t>(nodes) : 0;  // a template without the resource
}

bool keeps_apart_on_nodes(const plain::PodObject& pod) {
    return std::ranges::any_of(pod.required_anti_affinity, [&](const plain::AffinityTerm& term) {
        return term.topology_key == hostname_label && plain::matches(term.selector, pod.labels);
    });
}

// What packing one node instead of all of them saves (CA-16).
std::int64_t simulations_saved(const PodGroup& group, const CpuAndMemory& node) {
    const std::int64_t nodes = std::max({keeps_apart_on_nodes(group.pod) ? group.count : 0,
                                         nodes_for(group.count, group.first_container.cores, node.cores),
                                         nodes_for(group.count, group.first_container.bytes, node.bytes)});
    return nodes == 0 ? 0 : group.count - group.count / nodes;
}

// No two nodes of the packing may depend on each other: only anti-affinity within a node does not couple them.
bool is_free_of_topology(const plain::PodObject& pod) {
    return pod.spread.empty() && std::ranges::all_of(pod.required_anti_affinity, [](const plain::AffinityTerm& term) {
               return term.topology_key == hostname_label;
           });
}

}  // namespace

PackingOrder packing_order(const EstimateQuestion& question) {
    std::vector<double> scores;
    for (const PodGroup& group : question.groups) scores.push_back(packing_score(group, question.node_template));
    PackingOrder order;
    order.groups.resize(question.groups.size());
    std::iota(order.groups.begin(), order.groups.end(), std::size_t{0});
    std::ranges::stable_sort(order.groups, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    if (!question.may_take_fast_path) return order;

    auto best = order.groups.end();
    std::int64_t most_saved = 0;
    for (auto at = order.groups.begin(); at != order.groups.end(); ++at) {
        const PodGroup& group = question.groups[*at];
        const std::int64_t saved = simulations_saved(group, question.template_capacity);
        if (saved < most_saved || !is_free_of_topology(group.pod)) continue;
        most_saved = saved;
        best = at;
    }
    if (best == order.groups.end()) return order;
    std::rotate(best, best + 1, order.groups.end());
    order.ends_in_fast_path = true;
    return order;
}

Estimate estimate(const EstimateQuestion& question) {
    QuickRoom room(question);
    return Packing(room, question).run();
}

Estimate estimate_plainly(const EstimateQuestion& question) {
    PlainRoom room(question);
    return Packing(room, question).run();
}

}  // namespace eks::cluster_autoscaler
