#include "models/systems/scheduling/plain/cycle.hpp"

#include <algorithm>

namespace eks::plain {

Choice choose(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes,
              const PodObject& pod) {
    Choice choice;
    const FilterRound round(cluster, profile, nodes, pod);
    choice.pod_refusal = round.pod_refusal();
    if (choice.pod_refusal) return choice;

    // SCHED-24: the nominated node is taken without a look at the others.
    if (!pod.nominated_node.empty()) {
        for (const NodeInfo& node : nodes) {
            if (node.node->name != pod.nominated_node || round.refusal(node)) continue;
            choice.feasible = choice.best = {&node};
            return choice;
        }
    }
    for (const NodeInfo& node : nodes) {
        if (auto refusal = round.refusal(node))
            choice.refused.push_back({&node, std::move(*refusal)});
        else
            choice.feasible.push_back(&node);
    }
    if (choice.feasible.size() < 2) {
        choice.best = choice.feasible;
        return choice;
    }
    choice.scores = score(cluster, profile, nodes, pod, choice.feasible);
    const std::int64_t top = *std::ranges::max_element(choice.scores->total);
    for (std::size_t i = 0; i < choice.feasible.size(); ++i) {
        if (choice.scores->total[i] == top) choice.best.push_back(choice.feasible[i]);
    }
    return choice;
}

}  // namespace eks::plain
