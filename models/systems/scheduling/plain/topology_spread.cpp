#include "models/systems/scheduling/plain/topology_spread.hpp"

#include "libsim/portable_math.hpp"
#include "models/systems/scheduling/plain/matching.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace eks::plain {

namespace {

constexpr std::string_view hostname_label = "kubernetes.io/hostname";

// The pod's own constraints of one kind; of a pod without any the defaults, if there is something to select by.
std::vector<SpreadConstraint> constraints_of(const Cluster& cluster, const Profile& profile, const PodObject& pod,
                                             bool required) {
    std::vector<SpreadConstraint> all = pod.spread;
    if (all.empty()) {
        const Selector selector = default_selector(cluster, pod);
        if (selector.is_empty()) return {};
        all = profile.default_spread;
        if (profile.spread_defaults == SpreadDefaults::system) {
            all.resize(2);
            all[0].topology_key = hostname_label;
            all[0].max_skew = 3;
            all[1].topology_key = "topology.kubernetes.io/zone";
            all[1].max_skew = 5;
        }
        for (SpreadConstraint& constraint : all) constraint.selector = selector;
    }
    std::erase_if(all, [&](const SpreadConstraint& constraint) { return constraint.is_required != required; });
    return all;
}

bool has_all_keys(const std::vector<SpreadConstraint>& constraints, const NodeObject& node) {
    return std::ranges::all_of(constraints, [&](const SpreadConstraint& constraint) {
        return find_label(node.labels, constraint.topology_key) != nullptr;
    });
}

// The node inclusion policies.
bool includes(const SpreadConstraint& constraint, const PodObject& pod, const NodeObject& node) {
    return (!constraint.honors_affinity || accepts_node(pod, node)) &&
           (!constraint.honors_taints || tolerates_all_hard_taints(pod, node));
}

bool counts(const Selector& selector, const PodObject& other, const PodObject& pod) {
    return !selector.is_empty() && !other.is_terminating && other.namespace_name == pod.namespace_name &&
           matches(selector, other.labels);
}

std::int64_t pods_selected(const NodeInfo& node, const Selector& selector, const PodObject& pod) {
    return std::ranges::count_if(node.pods, [&](const PodObject* other) { return counts(selector, *other, pod); });
}

}  // namespace

SpreadFilter::SpreadFilter(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes,
                           const PodObject& pod)
    : pod_(pod), constraints_(constraints_of(cluster, profile, pod, true)), counts_(constraints_.size()) {
    for (const NodeInfo& node : nodes) add_node(node);
}

void SpreadFilter::add_node(const NodeInfo& node) {
    if (!has_all_keys(constraints_, *node.node)) return;
    for (std::size_t i = 0; i < constraints_.size(); ++i) {
        if (!includes(constraints_[i], pod_, *node.node)) continue;
        counts_[i][node.node->labels.at(constraints_[i].topology_key)] +=
            pods_selected(node, constraints_[i].selector, pod_);
    }
}

void SpreadFilter::place(const NodeObject& node, const PodObject& other) {
    if (!has_all_keys(constraints_, node)) return;
    for (std::size_t i = 0; i < constraints_.size(); ++i) {
        if (!counts(constraints_[i].selector, other, pod_) || !includes(constraints_[i], pod_, node)) continue;
        ++counts_[i][node.labels.at(constraints_[i].topology_key)];
    }
}

void SpreadFilter::change(const NodeObject& node, const PodObject& other, std::int64_t difference) {
    if (other.namespace_name != pod_.namespace_name || !has_all_keys(constraints_, node)) return;
    for (std::size_t i = 0; i < constraints_.size(); ++i) {
        if (!matches(constraints_[i].selector, other.labels) || !includes(constraints_[i], pod_, node)) continue;
        counts_[i][node.labels.at(constraints_[i].topology_key)] += difference;
    }
}

SpreadFilter::Answer SpreadFilter::answer(const NodeObject& node) const {
    for (std::size_t i = 0; i < constraints_.size(); ++i) {
        const SpreadConstraint& constraint = constraints_[i];
        const std::string* value = find_label(node.labels, constraint.topology_key);
        if (value == nullptr) return Answer::lacks_label;
        std::int64_t least = std::numeric_limits<std::int32_t>::max();
        for (const auto& [domain, count] : counts_[i]) least = std::min(least, count);
        if (static_cast<std::int64_t>(counts_[i].size()) < constraint.min_domains) least = 0;
        const auto found = counts_[i].find(*value);
        const std::int64_t here = found == counts_[i].end() ? 0 : found->second;
        const std::int64_t self = matches(constraint.selector, pod_.labels) ? 1 : 0;
        if (here + self - least > constraint.max_skew) return Answer::is_skewed;
    }
    return Answer::passes;
}

std::optional<std::vector<std::int64_t>> spread_scores(const Cluster& cluster, const Profile& profile,
                                                       const std::vector<NodeInfo>& nodes, const PodObject& pod,
                                                       const std::vector<const NodeInfo*>& feasible) {
    const std::vector<SpreadConstraint> constraints = constraints_of(cluster, profile, pod, false);
    if (constraints.empty()) return std::nullopt;
    const bool needs_all_keys = !pod.spread.empty() || profile.spread_defaults == SpreadDefaults::list;
    const auto is_ignored = [&](const NodeInfo& node) {
        return needs_all_keys && !has_all_keys(constraints, *node.node);
    };
    // A node without the label is in the domain of the empty value.
    const auto domain_of = [](const SpreadConstraint& constraint, const NodeInfo& node) -> std::string {
        const std::string* value = find_label(node.node->labels, constraint.topology_key);
        return value == nullptr ? std::string() : *value;
    };

    const auto considered = std::ranges::count_if(feasible, [&](const NodeInfo* node) { return !is_ignored(*node); });
    std::vector<std::map<std::string, std::int64_t>> counts(constraints.size());
    std::vector<double> weights;
    for (std::size_t i = 0; i < constraints.size(); ++i) {
        const bool is_by_node = constraints[i].topology_key == hostname_label;
        if (!is_by_node) {
            for (const NodeInfo* node : feasible) {
                if (!is_ignored(*node)) counts[i][domain_of(constraints[i], *node)] = 0;
            }
        }
        const std::size_t domains = is_by_node ? static_cast<std::size_t>(considered) : counts[i].size();
        weights.push_back(sim::math::log(static_cast<double>(domains + 2)));
        for (const NodeInfo& node : nodes) {
            if (is_ignored(node) || !includes(constraints[i], pod, *node.node)) continue;
            const auto known = counts[i].find(domain_of(constraints[i], node));
            if (known != counts[i].end()) known->second += pods_selected(node, constraints[i].selector, pod);
        }
    }

    std::vector<std::int64_t> scores;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    std::int64_t most = 0;
    for (const NodeInfo* node : feasible) {
        if (is_ignored(*node)) {
            scores.push_back(0);
            continue;
        }
        double raw = 0;
        for (std::size_t i = 0; i < constraints.size(); ++i) {
            const std::string* value = find_label(node->node->labels, constraints[i].topology_key);
            if (value == nullptr) continue;
            const std::int64_t count = constraints[i].topology_key == hostname_label
                                           ? pods_selected(*node, constraints[i].selector, pod)
                                           : counts[i].at(*value);
            raw += static_cast<double>(count) * weights[i] + static_cast<double>(constraints[i].max_skew - 1);
        }
        scores.push_back(std::llround(raw));
        least = std::min(least, scores.back());
        most = std::max(most, scores.back());
    }
    for (std::size_t i = 0; i < feasible.size(); ++i) {
        if (!is_ignored(*feasible[i])) scores[i] = most == 0 ? 100 : 100 * (most + least - scores[i]) / most;
    }
    return scores;
}

}  // namespace eks::plain
