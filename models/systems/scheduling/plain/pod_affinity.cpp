#include "models/systems/scheduling/plain/pod_affinity.hpp"

#include "models/systems/scheduling/plain/matching.hpp"

#include <algorithm>

namespace eks::plain {

namespace {

void add_to(TopologyCounts& counts, const NodeObject& node, const std::string& key, std::int64_t difference) {
    const std::string* value = find_label(node.labels, key);
    if (value == nullptr) return;
    const auto at = counts.try_emplace({key, *value}).first;
    at->second += difference;
    if (at->second == 0) counts.erase(at);
}

std::int64_t count_of(const TopologyCounts& counts, const std::string& key, const std::string& value) {
    const auto found = counts.find({key, value});
    return found == counts.end() ? 0 : found->second;
}

bool matches_all(const Cluster& cluster, const std::vector<AffinityTerm>& terms, const PodObject& owner,
                 const PodObject& pod) {
    return !terms.empty() &&
           std::ranges::all_of(terms, [&](const AffinityTerm& term) { return matches(cluster, term, owner, pod); });
}

}  // namespace

PodAffinityFilter::PodAffinityFilter(const Cluster& cluster, const std::vector<NodeInfo>& nodes, const PodObject& pod)
    : cluster_(cluster), pod_(pod) {
    for (const NodeInfo& node : nodes) {
        for (const PodObject* other : node.pods) change(*node.node, *other, +1);
    }
    is_skipped_ = has_nothing_to_ask();
}

bool PodAffinityFilter::has_nothing_to_ask() const {
    return anti_affinity_of_others_.empty() && pod_.required_affinity.empty() && pod_.required_anti_affinity.empty();
}

void PodAffinityFilter::add_node(const NodeInfo& node) {
    for (const PodObject* other : node.pods) place(*node.node, *other);
}

void PodAffinityFilter::place(const NodeObject& node, const PodObject& other) {
    is_skipped_ = false;  // where it was, there was nothing to count so far
    change(node, other, +1);
    is_skipped_ = has_nothing_to_ask();
}

void PodAffinityFilter::change(const NodeObject& node, const PodObject& other, std::int64_t difference) {
    if (is_skipped_) return;
    for (const AffinityTerm& term : other.required_anti_affinity) {
        if (matches(cluster_, term, other, pod_)) add_to(anti_affinity_of_others_, node, term.topology_key, difference);
    }
    if (matches_all(cluster_, pod_.required_affinity, pod_, other)) {
        for (const AffinityTerm& term : pod_.required_affinity) add_to(affinity_, node, term.topology_key, difference);
    }
    for (const AffinityTerm& term : pod_.required_anti_affinity) {
        if (matches(cluster_, term, pod_, other)) add_to(anti_affinity_, node, term.topology_key, difference);
    }
}

PodAffinityFilter::Answer PodAffinityFilter::answer(const NodeObject& node) const {
    if (is_skipped_) return Answer::passes;
    bool is_met = true;
    for (const AffinityTerm& term : pod_.required_affinity) {
        const std::string* value = find_label(node.labels, term.topology_key);
        if (value == nullptr) return Answer::breaks_own_affinity;
        is_met = is_met && count_of(affinity_, term.topology_key, *value) > 0;
    }
    // The first of a group that wants to be together may go anywhere.
    if (!is_met && !(affinity_.empty() && matches_all(cluster_, pod_.required_affinity, pod_, pod_)))
        return Answer::breaks_own_affinity;
    for (const AffinityTerm& term : pod_.required_anti_affinity) {
        const std::string* value = find_label(node.labels, term.topology_key);
        if (value != nullptr && count_of(anti_affinity_, term.topology_key, *value) > 0)
            return Answer::breaks_own_anti_affinity;
    }
    for (const auto& [key, value] : node.labels) {
        if (count_of(anti_affinity_of_others_, key, value) > 0) return Answer::breaks_anti_affinity_of_others;
    }
    return Answer::passes;
}

std::optional<std::vector<std::int64_t>> pod_affinity_scores(const Cluster& cluster, const Profile& profile,
                                                             const std::vector<NodeInfo>& nodes, const PodObject& pod,
                                                             const std::vector<const NodeInfo*>& feasible) {
    const bool has_own_terms = !pod.preferred_affinity.empty() || !pod.preferred_anti_affinity.empty();
    if (profile.ignores_preferred_of_existing && !has_own_terms) return std::nullopt;
    // Kept where they come to zero: the plugin is skipped only if no term is about any pod.
    TopologyCounts buckets;
    for (const NodeInfo& node : nodes) {
        const auto weigh = [&](const AffinityTerm& term, const PodObject& owner, const PodObject& about,
                               std::int64_t weight) {
            if (!matches(cluster, term, owner, about)) return;
            if (const std::string* value = find_label(node.node->labels, term.topology_key))
                buckets[{term.topology_key, *value}] += weight;
        };
        for (const PodObject* other : node.pods) {
            for (const AffinityTerm& term : pod.preferred_affinity) weigh(term, pod, *other, term.weight);
            for (const AffinityTerm& term : pod.preferred_anti_affinity) weigh(term, pod, *other, -term.weight);
            if (profile.hard_affinity_weight > 0) {
                for (const AffinityTerm& term : other->required_affinity)
                    weigh(term, *other, pod, profile.hard_affinity_weight);
            }
            for (const AffinityTerm& term : other->preferred_affinity) weigh(term, *other, pod, term.weight);
            for (const AffinityTerm& term : other->preferred_anti_affinity) weigh(term, *other, pod, -term.weight);
        }
    }
    if (buckets.empty()) return std::nullopt;

    std::vector<std::int64_t> scores;
    for (const NodeInfo* node : feasible) {
        std::int64_t raw = 0;
        for (const auto& [place, weight] : buckets) {
            const std::string* value = find_label(node->node->labels, place.first);
            if (value != nullptr && *value == place.second) raw += weight;
        }
        scores.push_back(raw);
    }
    const auto [least, most] = std::ranges::minmax(scores);
    for (std::int64_t& score : scores)
        score = most == least ? 0
                              : static_cast<std::int64_t>(
                                    100.0 * (static_cast<double>(score - least) / static_cast<double>(most - least)));
    return scores;
}

}  // namespace eks::plain
