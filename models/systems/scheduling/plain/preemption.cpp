#include "models/systems/scheduling/plain/preemption.hpp"

#include "models/systems/scheduling/plain/matching.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

namespace eks::plain {

namespace {

// A pod that has not started counts as started now.
std::int64_t started(const PodObject& pod) { return pod.started_us.value_or(std::numeric_limits<std::int64_t>::max()); }

bool is_more_important(const PodObject* a, const PodObject* b) {
    return std::tuple(-a->priority, started(*a)) < std::tuple(-b->priority, started(*b));
}

// SCHED-80.
bool may_preempt(const std::vector<NodeInfo>& nodes, const PodObject& pod, const Choice& choice) {
    if (!pod.may_preempt) return false;
    for (const NodeInfo& node : nodes) {
        if (node.node->name != pod.nominated_node) continue;
        const auto refused = std::ranges::find(choice.refused, &node, &RefusedNode::node);
        if (refused != choice.refused.end() && refused->refusal.is_final) return true;
        return std::ranges::none_of(node.pods, [&](const PodObject* other) {
            return other->priority < pod.priority && other->is_terminating && other->is_preempted;
        });
    }
    return true;
}

// SCHED-83: those that would break a budget, of pods in the order in which they would be spared.
std::set<const PodObject*> budget_breakers(const Cluster& cluster, const std::vector<const PodObject*>& pods) {
    std::vector<std::int64_t> allowed;
    for (const DisruptionBudget& budget : cluster.budgets) allowed.push_back(budget.disruptions_allowed);
    std::set<const PodObject*> breakers;
    for (const PodObject* pod : pods) {
        if (pod->labels.empty()) continue;
        for (std::size_t i = 0; i < allowed.size(); ++i) {
            const DisruptionBudget& budget = cluster.budgets[i];
            if (budget.namespace_name != pod->namespace_name || budget.selector.is_empty() ||
                !matches(budget.selector, pod->labels) || budget.disrupted_pods.contains(pod->name))
                continue;
            if (--allowed[i] < 0) breakers.insert(pod);
        }
    }
    return breakers;
}

// SCHED-82. A candidate without victims is none.
Candidate dry_run(const Cluster& cluster, const NodeInfo& node, const PodObject& pod, FilterRound round) {
    Candidate candidate{&node, {}, 0};
    NodeInfo left = node;
    std::vector<const PodObject*> pool;
    for (const PodObject* other : node.pods) {
        if (other->priority < pod.priority) pool.push_back(other);
    }
    for (const PodObject* other : pool) round.remove(left, *other);
    if (pool.empty() || round.refusal(left)) return candidate;

    std::ranges::stable_sort(pool, is_more_important);
    const std::set<const PodObject*> breakers = budget_breakers(cluster, pool);
    for (const bool breaks : {true, false}) {
        for (const PodObject* other : pool) {
            if (breakers.contains(other) != breaks) continue;
            round.add(left, *other);
            if (!round.refusal(left)) continue;
            round.remove(left, *other);
            candidate.victims.push_back(other);
            if (breaks) ++candidate.budget_violations;
        }
    }
    std::ranges::stable_sort(candidate.victims, is_more_important);
    return candidate;
}

// SCHED-84: the least is taken.
auto badness(const Candidate& candidate) {
    const std::int64_t highest = candidate.victims.front()->priority;
    std::int64_t sum = 0;
    std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
    for (const PodObject* victim : candidate.victims) {
        sum += victim->priority + (std::int64_t{1} << 31);
        if (victim->priority == highest) earliest = std::min(earliest, started(*victim));
    }
    return std::tuple(candidate.budget_violations, highest, sum, candidate.victims.size(), -earliest);
}

}  // namespace

Preemption preempt(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes,
                   const PodObject& pod) {
    Preemption preemption;
    const Choice choice = choose(cluster, profile, nodes, pod);
    if (choice.pod_refusal || !choice.feasible.empty() || !may_preempt(nodes, pod, choice)) return preemption;
    const FilterRound round(cluster, profile, nodes, pod);
    for (const RefusedNode& refused : choice.refused) {
        if (refused.refusal.is_final) continue;
        Candidate candidate = dry_run(cluster, *refused.node, pod, round);
        if (!candidate.victims.empty()) preemption.candidates.push_back(std::move(candidate));
    }
    if (preemption.candidates.empty()) return preemption;
    const auto least = badness(*std::ranges::min_element(
        preemption.candidates, [](const Candidate& a, const Candidate& b) { return badness(a) < badness(b); }));
    for (const Candidate& candidate : preemption.candidates) {
        if (badness(candidate) == least) preemption.best.push_back(candidate.node);
    }
    return preemption;
}

}  // namespace eks::plain
