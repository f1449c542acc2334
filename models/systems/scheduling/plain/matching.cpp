#include "models/systems/scheduling/plain/matching.hpp"

#include <algorithm>
#include <charconv>

namespace eks::plain {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

const std::string* find_label(const Labels& labels, std::string_view key) {
    const auto found = labels.find(key);
    return found == labels.end() ? nullptr : &found->second;
}

bool matches(const SelectorRequirement& r, const std::string* value) {
    switch (r.op) {
        case SelectorOperator::in: return value != nullptr && std::ranges::find(r.values, *value) != r.values.end();
        case SelectorOperator::not_in: return value == nullptr || std::ranges::find(r.values, *value) == r.values.end();
        case SelectorOperator::exists: return value != nullptr;
        case SelectorOperator::does_not_exist: return value == nullptr;
        case SelectorOperator::greater:
        case SelectorOperator::less: break;
    }
    if (value == nullptr || r.values.size() != 1) return false;
    const auto has = whole_number(*value);
    const auto wanted = whole_number(r.values.front());
    if (!has || !wanted) return false;
    return r.op == SelectorOperator::greater ? *has > *wanted : *has < *wanted;
}

bool matches(const Selector& selector, const Labels& labels) {
    return selector.is_given && std::ranges::all_of(selector.all, [&](const SelectorRequirement& r) {
               return matches(r, find_label(labels, r.key));
           });
}

bool matches(const NodeSelectorTerm& term, const NodeObject& node) {
    return !term.all.empty() && std::ranges::all_of(term.all, [&](const SelectorRequirement& r) {
        if (!r.is_field) return matches(r, find_label(node.labels, r.key));
        return r.key == "metadata.name" && matches(r, &node.name);
    });
}

bool matches_any(const std::vector<NodeSelectorTerm>& terms, const NodeObject& node) {
    return std::ranges::any_of(terms, [&](const NodeSelectorTerm& term) { return matches(term, node); });
}

bool accepts_node(const PodObject& pod, const NodeObject& node) {
    for (const auto& [key, value] : pod.node_selector) {
        const std::string* label = find_label(node.labels, key);
        if (label == nullptr || *label != value) return false;
    }
    return !pod.has_required_node_terms || matches_any(pod.required_node_terms, node);
}

bool tolerates(const std::vector<Toleration>& tolerations, const Taint& taint) {
    return std::ranges::any_of(tolerations, [&](const Toleration& t) {
        if (!t.any_effect && t.effect != taint.effect) return false;
        if (t.key.empty() ? !t.exists : t.key != taint.key) return false;
        return t.exists || t.value == taint.value;
    });
}

bool tolerates_all_hard_taints(const PodObject& pod, const NodeObject& node) {
    return std::ranges::all_of(node.taints, [&](const Taint& taint) {
        return taint.effect == TaintEffect::prefer_no_schedule || tolerates(pod.tolerations, taint);
    });
}

bool matches(const Cluster& cluster, const AffinityTerm& term, const PodObject& owner, const PodObject& pod) {
    const bool says_no_namespace = term.namespaces.empty() && !term.namespace_selector.is_given;
    bool is_in_namespace =
        says_no_namespace ? pod.namespace_name == owner.namespace_name : term.namespaces.contains(pod.namespace_name);
    if (!is_in_namespace && term.namespace_selector.is_given) {
        const auto found = cluster.namespaces.find(pod.namespace_name);
        is_in_namespace =
            matches(term.namespace_selector, found == cluster.namespaces.end() ? Labels{} : found->second);
    }
    return is_in_namespace && matches(term.selector, pod.labels);
}

Selector default_selector(const Cluster& cluster, const PodObject& pod) {
    Selector merged;
    merged.is_given = true;
    const auto add = [&](const SelectingObject& object) {
        merged.all.insert(merged.all.end(), object.selector.all.begin(), object.selector.all.end());
    };
    for (const SelectingObject& service : cluster.services) {
        if (service.namespace_name == pod.namespace_name && matches(service.selector, pod.labels)) add(service);
    }
    for (const SelectingObject& controller : cluster.controllers) {
        if (controller.namespace_name == pod.namespace_name && controller.kind == pod.owner_kind &&
            controller.name == pod.owner_name)
            add(controller);
    }
    return merged;
}

}  // namespace eks::plain
