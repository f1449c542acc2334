#include "models/systems/autoscaling/karpenter/demand.hpp"

#include "models/spec/selecting.hpp"
#include "models/spec/tolerations.hpp"
#include "models/systems/autoscaling/karpenter/preferences.hpp"

#include <algorithm>

namespace eks::karpenter {

namespace {

void add_expressions(Vocabulary& words, Requirements& to, const NodeSelectorTerm& term) {
    // Requirements of one term meet each other first, as of the term they are one thing.
    Requirements together;
    for (const SelectorRequirement& expression : term.all) {
        if (!expression.is_field) add_expression(words, together, expression);
    }
    for (const auto& [key, requirement] : together) to.add(words, key, requirement);
}

NodeFilter filter_of(Vocabulary& words, const PodShape& shape, const SpreadConstraint& spread) {
    NodeFilter filter;
    filter.honors_affinity = spread.honors_affinity;
    filter.honors_taints = spread.honors_taints;
    filter.tolerations = shape.tolerations;
    const std::size_t terms = std::max<std::size_t>(shape.required_node_terms.size(), 1);
    for (std::size_t term = 0; term < terms; ++term) filter.any_of.push_back(strict_requirements(words, shape, term));
    return filter;
}

// Fields of a text, so that no two different lists read the same.
void put(std::string& text, std::string_view field) {
    text += std::to_string(field.size());
    text += ':';
    text += field;
}

std::string text_of(const SelectorRequirement& requirement) {
    std::string text;
    put(text, requirement.key);
    text += static_cast<char>('a' + static_cast<int>(requirement.op));
    std::vector<std::string> values = requirement.values;
    std::ranges::sort(values);
    for (const std::string& value : values) put(text, value);
    return text;
}

std::string text_of(const Selector& selector) {
    if (!selector.is_given) return "-";
    std::set<std::string> parts;
    for (const SelectorRequirement& requirement : selector.all) parts.insert(text_of(requirement));
    std::string text;
    for (const std::string& part : parts) put(text, part);
    return text;
}

std::string text_of(const Toleration& t) {
    std::string text;
    put(text, t.key);
    put(text, t.value);
    text += t.exists ? 'e' : '=';
    text += t.any_effect ? '*' : static_cast<char>('a' + static_cast<int>(t.effect));
    if (!t.forever) text += std::to_string(t.seconds);
    return text;
}

// Karpenter knows lists as sets by a sum without carry, in which an entry that stands there twice is not there.
std::string text_of_set(const std::vector<std::string>& entries) {
    std::set<std::string> odd;
    for (const std::string& entry : entries) {
        if (!odd.insert(entry).second) odd.erase(entry);
    }
    std::string text;
    for (const std::string& entry : odd) put(text, entry);
    return text;
}

// Karpenter tells filters apart by the labels that they look at, not by the values.
std::string class_text_of(const NodeFilter& filter) {
    std::vector<std::string> terms;
    for (const Requirements& term : filter.any_of) {
        std::string keys;
        for (const auto& [key, requirement] : term) put(keys, std::to_string(key));
        terms.push_back(keys);
    }
    std::vector<std::string> tolerations;
    for (const Toleration& toleration : filter.tolerations) tolerations.push_back(text_of(toleration));
    std::string text = filter.honors_affinity ? "a" : "-";
    text += filter.honors_taints ? 't' : '-';
    put(text, text_of_set(terms));
    put(text, text_of_set(tolerations));
    return text;
}

std::string exact_text_of(const NodeFilter& filter) {
    std::string text;
    for (const Requirements& term : filter.any_of) {
        text += '|';
        for (const auto& [key, r] : term) {
            text += std::to_string(key);
            text += r.is_complement ? '!' : '=';
            r.values.for_each([&](ValueIx value) { text += std::to_string(value) + ","; });
            text += r.least ? std::to_string(*r.least) : "";
            text += ';';
            text += r.most ? std::to_string(*r.most) : "";
        }
    }
    return text;
}

bool some_pool_prefers_no_schedule(const std::vector<NodePool>& pools) {
    return std::ranges::any_of(pools, [](const NodePool& pool) {
        return std::ranges::any_of(pool.taints,
                                   [](const Taint& taint) { return taint.effect == TaintEffect::prefer_no_schedule; });
    });
}

}  // namespace

bool tolerates_all(const std::vector<Toleration>& tolerations, const std::vector<Taint>& taints) {
    return std::ranges::all_of(
        taints, [&](const Taint& taint) { return tolerates(tolerations, taint.key, taint.value, taint.effect); });
}

Requirements strict_requirements(Vocabulary& words, const PodShape& shape, std::size_t term) {
    Requirements requirements;
    for (const auto& [label, value] : shape.node_selector) add_label(words, requirements, label, value);
    if (term < shape.required_node_terms.size()) add_expressions(words, requirements, shape.required_node_terms[term]);
    return requirements;
}

DemandTable::DemandTable(Vocabulary& words, Resources& resources, const Cluster& cluster) {
    const bool prefers_no_schedule = some_pool_prefers_no_schedule(cluster.pools);
    std::map<std::pair<std::string, std::string>, IdentityIx> identities;
    for (const PodShape& shape : cluster.shapes) {
        demands_.emplace_back();
        std::string labels;
        for (const Label& label : shape.labels) {
            put(labels, label.key);
            put(labels, label.value);
        }
        demands_.back().identity =
            identities.try_emplace({shape.namespace_name, labels}, static_cast<IdentityIx>(identities.size()))
                .first->second;
        add_forms(words, shape, cluster.settings, prefers_no_schedule);
        for (const auto& [resource, amount] : shape.requests) resources.add(resource);
    }
    identities_ = identities.size();
    Bits seen;
    for (ShapeIx s = 0; s < demands_.size(); ++s) {
        const IdentityIx identity = demands_[s].identity;
        if (seen.contains(identity)) continue;
        seen.insert(identity);
        const PodShape& shape = cluster.shapes[s];
        for (TopologyConstraint& constraint : constraints_) {
            if ((constraint.is_for_all_namespaces || constraint.namespaces.contains(shape.namespace_name)) &&
                selects(constraint.selector, shape.labels))
                constraint.selected.insert(identity);
        }
    }
}

void DemandTable::seal(const Resources& resources, const Cluster& cluster) {
    for (ShapeIx s = 0; s < demands_.size(); ++s) {
        demands_[s].requests = resources.quantities(cluster.shapes[s].requests);
        demands_[s].requests[Resources::pods] = 1;
    }
}

void DemandTable::add_forms(Vocabulary& words, const PodShape& shape, const Settings& settings,
                            bool prefers_no_schedule) {
    Demand& demand = demands_.back();
    demand.first_form = static_cast<FormIx>(forms_.size());
    forms_.push_back(form_of(words, shape, settings));
    std::optional<PodShape> less = relaxed(shape, prefers_no_schedule);
    for (; less; less = relaxed(*less, prefers_no_schedule)) forms_.push_back(form_of(words, *less, settings));
    demand.last_form = static_cast<FormIx>(forms_.size() - 1);
    for (const AffinityTerm& term : shape.required_anti_affinity)
        demand.keeps_away.push_back(affinity_constraint(words, shape, TopologyKind::anti_affinity, term));
}

Form DemandTable::form_of(Vocabulary& words, const PodShape& shape, const Settings& settings) {
    Form form;
    form.tolerations = shape.tolerations;
    form.strict = strict_requirements(words, shape, 0);
    if (settings.respects_preferences && !shape.preferred_node_terms.empty()) {
        for (const auto& [label, value] : shape.node_selector) add_label(words, form.requirements, label, value);
        add_expressions(words, form.requirements, heaviest_first(shape.preferred_node_terms).front().term);
        if (!shape.required_node_terms.empty())
            add_expressions(words, form.requirements, shape.required_node_terms.front());
    } else {
        form.requirements = form.strict;
    }
    for (const SpreadConstraint& spread : shape.spread) {
        if (settings.respects_preferences || spread.is_required)
            form.constraints.push_back(spread_constraint(words, shape, spread));
    }
    const auto add_terms = [&](TopologyKind kind, const std::vector<AffinityTerm>& terms) {
        for (const AffinityTerm& term : terms)
            form.constraints.push_back(affinity_constraint(words, shape, kind, term));
    };
    add_terms(TopologyKind::affinity, shape.required_affinity);
    add_terms(TopologyKind::anti_affinity, shape.required_anti_affinity);
    if (settings.respects_preferences) {
        add_terms(TopologyKind::affinity, shape.preferred_affinity);
        add_terms(TopologyKind::anti_affinity, shape.preferred_anti_affinity);
    }
    // Two terms may come to the same.
    std::vector<ConstraintIx>& all = form.constraints;
    const auto is_counted_before = [&](std::size_t i) {
        return std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), [&](ConstraintIx earlier) {
            return constraints_[earlier].count_class == constraints_[all[i]].count_class;
        });
    };
    std::vector<ConstraintIx> once;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!is_counted_before(i)) once.push_back(all[i]);
    }
    all = std::move(once);
    return form;
}

ConstraintIx DemandTable::spread_constraint(Vocabulary& words, const PodShape& shape, const SpreadConstraint& spread) {
    TopologyConstraint constraint;
    constraint.kind = TopologyKind::spread;
    constraint.key = words.add(spread.topology_key);
    constraint.namespaces = {shape.namespace_name};
    constraint.selector = spread.selector;
    constraint.max_skew = spread.max_skew;
    if (spread.min_domains > 1) constraint.min_domains = spread.min_domains;
    constraint.filter = filter_of(words, shape, spread);
    constraint.only_tolerated_domains = spread.honors_taints;
    std::string text = "s";
    put(text, spread.topology_key);
    put(text, shape.namespace_name);
    put(text, std::to_string(spread.max_skew));
    put(text, text_of(spread.selector));
    put(text, class_text_of(constraint.filter));
    const std::string exact = text + std::to_string(spread.min_domains) + exact_text_of(constraint.filter);
    return add(std::move(constraint), text, exact);
}

ConstraintIx DemandTable::affinity_constraint(Vocabulary& words, const PodShape& shape, TopologyKind kind,
                                              const AffinityTerm& term) {
    TopologyConstraint constraint;
    constraint.kind = kind;
    constraint.key = words.add(term.topology_key);
    constraint.namespaces = term.namespaces;
    if (term.namespaces.empty() && !term.namespace_selector.is_given) constraint.namespaces = {shape.namespace_name};
    constraint.is_for_all_namespaces = term.namespace_selector.is_empty();
    constraint.selector = term.selector;
    constraint.filter.tolerations = shape.tolerations;
    constraint.only_tolerated_domains = true;
    std::string text = kind == TopologyKind::affinity ? "a" : "n";
    put(text, term.topology_key);
    put(text, constraint.is_for_all_namespaces ? "*" : "");
    std::string namespaces;
    for (const std::string& name : constraint.namespaces) put(namespaces, name);
    put(text, namespaces);
    put(text, text_of(term.selector));
    std::string exact = text;
    for (const Toleration& toleration : shape.tolerations) put(exact, text_of(toleration));
    return add(std::move(constraint), text, exact);
}

ConstraintIx DemandTable::add(TopologyConstraint constraint, const std::string& class_text,
                              const std::string& exact_text) {
    const auto [found, is_new] = exact_.try_emplace(exact_text, static_cast<ConstraintIx>(constraints_.size()));
    if (!is_new) return found->second;
    constraint.count_class =
        classes_.try_emplace(class_text, static_cast<std::uint32_t>(classes_.size())).first->second;
    constraints_.push_back(std::move(constraint));
    return found->second;
}

}  // namespace eks::karpenter
