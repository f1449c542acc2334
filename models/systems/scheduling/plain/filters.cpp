#include "models/systems/scheduling/plain/filters.hpp"

#include "models/systems/scheduling/plain/matching.hpp"
#include "models/systems/scheduling/plain/volumes.hpp"

#include <algorithm>
#include <iterator>

namespace eks::plain {

namespace {

// If every term pins the name of the node, the names (SCHED-43).
std::optional<std::set<std::string, std::less<>>> pinned_nodes(const PodObject& pod) {
    if (!pod.has_required_node_terms || pod.required_node_terms.empty()) return std::nullopt;
    std::set<std::string, std::less<>> names;
    for (const NodeSelectorTerm& term : pod.required_node_terms) {
        std::optional<std::set<std::string, std::less<>>> of_term;
        for (const SelectorRequirement& r : term.all) {
            if (!r.is_field || r.key != "metadata.name" || r.op != SelectorOperator::in) continue;
            const std::set<std::string, std::less<>> listed(r.values.begin(), r.values.end());
            if (!of_term) {
                of_term = listed;
                continue;
            }
            std::erase_if(*of_term, [&](const std::string& name) { return !listed.contains(name); });
        }
        if (!of_term) return std::nullopt;
        names.insert(of_term->begin(), of_term->end());
    }
    return names;
}

bool collide(const HostPort& a, const HostPort& b) {
    constexpr std::string_view every_ip = "0.0.0.0";
    return a.port == b.port && a.protocol == b.protocol && (a.ip == b.ip || a.ip == every_ip || b.ip == every_ip);
}

bool has_free_ports(const NodeInfo& node, const PodObject& pod) {
    return std::ranges::all_of(node.pods,
                               [&](const PodObject* other) { return are_free(pod.host_ports, other->host_ports); });
}

bool is_ignored(const Profile& profile, const std::string& resource) {
    const std::size_t slash = resource.find('/');
    if (slash == std::string::npos) return false;  // only extended resources can be
    return std::ranges::find(profile.ignored_resources, resource) != profile.ignored_resources.end() ||
           std::ranges::find(profile.ignored_groups, resource.substr(0, slash)) != profile.ignored_groups.end();
}

// SCHED-41.
std::optional<Refusal> refuse_resources(const Profile& profile, const NodeInfo& node, const PodObject& pod) {
    Refusal refusal{std::string(name_of(Plugin::node_resources_fit)), {}, false};
    if (static_cast<std::int64_t>(node.pods.size()) + 1 > amount_of(node.node->allocatable, "pods"))
        refusal.reasons.emplace_back("Too many pods");
    for (const auto& [resource, wanted] : pod.requests) {
        if (wanted == 0 || is_ignored(profile, resource)) continue;
        const std::int64_t whole = amount_of(node.node->allocatable, resource);
        if (wanted <= whole - amount_of(node.requested, resource)) continue;
        refusal.reasons.push_back("Insufficient " + resource);
        refusal.is_final = refusal.is_final || wanted > whole;
    }
    return refusal.reasons.empty() ? std::nullopt : std::optional(std::move(refusal));
}

bool is_shut(const PodObject& pod, const NodeObject& node) {
    const Taint cordon{"node.kubernetes.io/unschedulable", "", TaintEffect::no_schedule};
    return node.is_unschedulable && !tolerates(pod.tolerations, cordon);
}

bool is_other_than_named(const PodObject& pod, const NodeObject& node) {
    return !pod.node_name.empty() && pod.node_name != node.name;
}

}  // namespace

bool suits_node(const PodObject& pod, const NodeObject& node) {
    return !is_shut(pod, node) && !is_other_than_named(pod, node) && tolerates_all_hard_taints(pod, node) &&
           accepts_node(pod, node);
}

bool are_free(const std::vector<HostPort>& wanted, const std::vector<HostPort>& used) {
    return std::ranges::none_of(wanted, [&](const HostPort& one) {
        return std::ranges::any_of(used, [&](const HostPort& other) { return collide(one, other); });
    });
}

FilterRound::FilterRound(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes,
                         const PodObject& pod)
    : cluster_(cluster),
      profile_(profile),
      pod_(pod),
      pod_affinity_(cluster, nodes, pod),
      spread_(cluster, profile, nodes, pod) {
    for (const NodeInfo& node : nodes) {
        for (const PodObject* other : node.pods) claims_shared_ += claims_shared(cluster, pod, *other);
    }
    if (profile.prefilters_by(Plugin::node_affinity)) pinned_to_ = pinned_nodes(pod);
    pod_refusal_ = refuse_pod();
}

std::optional<Refusal> FilterRound::refuse_pod() const {
    const auto refused = [](Plugin plugin, std::string reason) {
        return Refusal{std::string(name_of(plugin)), {std::move(reason)}, true};
    };
    if (pinned_to_ && pinned_to_->empty()) return refused(Plugin::node_affinity, "pod affinity terms conflict");
    if (profile_.prefilters_by(Plugin::volume_restrictions)) {
        if (const auto name = missing_claim(cluster_, pod_))
            return refused(Plugin::volume_restrictions, "persistentvolumeclaim \"" + *name + "\" not found");
    }
    if (profile_.prefilters_by(Plugin::volume_binding) && has_unbound_immediate_claim(cluster_, pod_))
        return refused(Plugin::volume_binding, "pod has unbound immediate PersistentVolumeClaims");
    return std::nullopt;
}

std::optional<Refusal> FilterRound::refusal(const NodeInfo& node) const {
    if (pinned_to_ && !pinned_to_->contains(node.node->name))
        return Refusal{"", {"node(s) didn't satisfy plugin(s) [NodeAffinity]"}, true};
    const auto counts = [&](const PodObject* other) {
        return other->priority >= pod_.priority && other->full_name() != pod_.full_name();
    };
    if (std::ranges::any_of(node.nominated, counts)) {
        FilterRound with_nominated = *this;
        NodeInfo filled = node;
        for (const PodObject* other : node.nominated) {
            if (counts(other)) with_nominated.add(filled, *other);
        }
        if (auto refused = with_nominated.first_refusal(filled)) return refused;
    }
    return first_refusal(node);
}

void FilterRound::add(NodeInfo& node, const PodObject& other) {
    node.add(other);
    pod_affinity_.change(*node.node, other, +1);
    spread_.change(*node.node, other, +1);
    claims_shared_ += claims_shared(cluster_, pod_, other);
}

void FilterRound::remove(NodeInfo& node, const PodObject& other) {
    node.remove(other);
    pod_affinity_.change(*node.node, other, -1);
    spread_.change(*node.node, other, -1);
    claims_shared_ -= claims_shared(cluster_, pod_, other);
}

void FilterRound::add_node(const NodeInfo& node) {
    pod_affinity_.add_node(node);
    spread_.add_node(node);
    for (const PodObject* other : node.pods) claims_shared_ += claims_shared(cluster_, pod_, *other);
}

void FilterRound::place(NodeInfo& node, const PodObject& other) {
    node.add(other);
    pod_affinity_.place(*node.node, other);
    spread_.place(*node.node, other);
    claims_shared_ += claims_shared(cluster_, pod_, other);
}

std::optional<Refusal> FilterRound::first_refusal(const NodeInfo& node) const {
    for (std::size_t i = 0; i < filter_count; ++i) {
        const auto plugin = static_cast<Plugin>(i);
        if (!profile_.filters_by(plugin)) continue;
        if (auto refused = ask(plugin, node)) return refused;
    }
    return std::nullopt;
}

std::optional<Refusal> FilterRound::ask(Plugin plugin, const NodeInfo& node) const {
    const auto refuse = [&](bool is_refused, std::string reason, bool is_final) -> std::optional<Refusal> {
        if (!is_refused) return std::nullopt;
        return Refusal{std::string(name_of(plugin)), {std::move(reason)}, is_final};
    };
    switch (plugin) {
        case Plugin::node_unschedulable: return refuse(is_shut(pod_, *node.node), "node(s) were unschedulable", true);
        case Plugin::node_name:
            return refuse(is_other_than_named(pod_, *node.node), "node(s) didn't match the requested node name", true);
        case Plugin::taint_toleration:
            return refuse(!tolerates_all_hard_taints(pod_, *node.node), "node(s) had untolerated taint(s)", true);
        case Plugin::node_affinity: {
            if (profile_.has_added_terms && !matches_any(profile_.added_terms, *node.node))
                return refuse(true, "node(s) didn't match scheduler-enforced node affinity", true);
            return refuse(!accepts_node(pod_, *node.node), "node(s) didn't match Pod's node affinity/selector", true);
        }
        case Plugin::node_ports:
            return refuse(!has_free_ports(node, pod_), "node(s) didn't have free ports for the requested pod ports",
                          false);
        case Plugin::node_resources_fit: return refuse_resources(profile_, node, pod_);
        case Plugin::volume_restrictions:
            return refuse(claims_shared_ > 0,
                          "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already "
                          "in-use by another pod",
                          false);
        case Plugin::node_volume_limits:
            return refuse(exceeds_volume_limit(cluster_, node, pod_), "node(s) exceed max volume count", false);
        case Plugin::volume_binding: {
            auto reasons = volume_binding_reasons(cluster_, *node.node, pod_);
            if (reasons.empty()) return std::nullopt;
            return Refusal{std::string(name_of(plugin)), std::move(reasons), true};
        }
        case Plugin::volume_zone:
            return refuse(is_outside_volume_zone(cluster_, *node.node, pod_), "node(s) had no available volume zone",
                          true);
        case Plugin::pod_topology_spread:
            switch (spread_.answer(*node.node)) {
                case SpreadFilter::Answer::passes: return std::nullopt;
                case SpreadFilter::Answer::lacks_label:
                    return refuse(true, "node(s) didn't match pod topology spread constraints (missing required label)",
                                  true);
                case SpreadFilter::Answer::is_skewed: break;
            }
            return refuse(true, std::string(spread_refusal), false);
        case Plugin::inter_pod_affinity:
            switch (pod_affinity_.answer(*node.node)) {
                case PodAffinityFilter::Answer::passes: return std::nullopt;
                case PodAffinityFilter::Answer::breaks_own_affinity:
                    return refuse(true, "node(s) didn't match pod affinity rules", true);
                case PodAffinityFilter::Answer::breaks_own_anti_affinity:
                    return refuse(true, "node(s) didn't match pod anti-affinity rules", false);
                case PodAffinityFilter::Answer::breaks_anti_affinity_of_others: break;
            }
            return refuse(true, "node(s) didn't satisfy existing pods anti-affinity rules", false);
        case Plugin::node_resources_balanced_allocation:
        case Plugin::image_locality: break;
    }
    return std::nullopt;
}

}  // namespace eks::plain
