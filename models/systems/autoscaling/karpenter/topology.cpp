#include "models/systems/autoscaling/karpenter/topology.hpp"

#include <algorithm>
#include <limits>

namespace eks::karpenter {

namespace {

const Requirement anything = Requirement::any();

const Requirement& or_anything(const Requirement* requirement) {
    return requirement == nullptr ? anything : *requirement;
}

}  // namespace

Topology::Topology(const Round& round, const std::vector<bool>& is_moved, const std::vector<bool>& is_gone)
    : round_(round),
      is_moved_(is_moved),
      is_gone_(is_gone),
      group_of_class_(round.demand.count_classes(), -1),
      against_of_class_(round.demand.count_classes(), -1),
      of_form_(round.demand.forms()),
      is_taken_up_(round.demand.forms()),
      counting_(round.demand.identities()),
      shunning_(round.demand.identities()) {
    for (const PodIx p : round.keeping_away) {
        const Pod& pod = round.pods[p];
        if (is_moved_[p] || pod.phase == PodPhase::ended) continue;
        for (const ConstraintIx c : round.demand.of(pod.shape).keeps_away) {
            Group& group = against_[group_against(c)];
            const KeyIx key = round.demand.constraint(c).key;
            if (const auto value = round.own_label_of(*round.node_of_pod[p], key)) add_pod(group, *value);
        }
    }
}

void Topology::take_up(FormIx form) {
    if (is_taken_up_[form]) return;
    is_taken_up_[form] = true;
    for (const ConstraintIx c : round_.demand.form(form).constraints) of_form_[form].push_back(group_of(c));
}

void Topology::take_up_anti_affinity(ShapeIx shape) {
    for (const ConstraintIx c : round_.demand.of(shape).keeps_away) group_against(c);
}

// --- groups

Topology::GroupIx Topology::group_of(ConstraintIx c) {
    std::int32_t& known = group_of_class_[round_.demand.constraint(c).count_class];
    if (known < 0) {
        known = static_cast<std::int32_t>(groups_.size());
        groups_.push_back(new_group(c));
        count_bound_pods(groups_.back());
        round_.demand.constraint(c).selected.for_each(
            [&](IdentityIx identity) { counting_[identity].push_back(static_cast<GroupIx>(known)); });
    }
    return static_cast<GroupIx>(known);
}

Topology::GroupIx Topology::group_against(ConstraintIx c) {
    std::int32_t& known = against_of_class_[round_.demand.constraint(c).count_class];
    if (known < 0) {
        known = static_cast<std::int32_t>(against_.size());
        against_.push_back(new_group(c));
        round_.demand.constraint(c).selected.for_each(
            [&](IdentityIx identity) { shunning_[identity].push_back(static_cast<GroupIx>(known)); });
    }
    return static_cast<GroupIx>(known);
}

Topology::Group Topology::new_group(ConstraintIx c) const {
    const TopologyConstraint& constraint = round_.demand.constraint(c);
    Group group;
    group.constraint = c;
    for (const auto& [domain, taints] : round_.domains[constraint.key]) {
        const bool is_open = !constraint.only_tolerated_domains || std::ranges::any_of(taints, [&](TaintsIx set) {
            return tolerates_all(constraint.filter.tolerations, round_.taint_sets[set]);
        });
        if (is_open) add_domain(group, domain);
    }
    return group;
}

template <class Have>
bool Topology::counts_there(const NodeFilter& filter, const Have& labels, TaintsIx taints) const {
    if (filter.honors_taints && !tolerates_all(filter.tolerations, round_.taint_sets[taints])) return false;
    if (!filter.honors_affinity || filter.any_of.empty()) return true;
    return std::ranges::any_of(filter.any_of, [&](const Requirements& wanted) {
        return wanted.empty() || compatible(round_.words, labels, wanted, Undefined::refused);
    });
}

void Topology::count_bound_pods(Group& group) const {
    const TopologyConstraint& constraint = constraint_of(group);
    const auto counts = [&](NodeIx n) {
        return counts_there(constraint.filter, round_.nodes[n].look->own_labels, round_.nodes[n].own_taints);
    };
    for (NodeIx n = 0; n < round_.nodes.size(); ++n) {
        const RoundNode& node = round_.nodes[n];
        if (is_gone_[n] || node.is_being_deleted || !node.has_object || !counts(n)) continue;
        if (const auto value = round_.label_of(n, constraint.key)) add_domain(group, *value);
    }
    for (PodIx p = 0; p < round_.pods.size(); ++p) {
        const Pod& pod = round_.pods[p];
        if (!round_.node_of_pod[p] || is_moved_[p] || pod.phase == PodPhase::ended || pod.is_terminating) continue;
        // A constraint without a selector counts all pods that are there, and none that comes.
        const bool is_counted = constraint.selector.is_given
                                    ? constraint.selected.contains(round_.demand.of(pod.shape).identity)
                                    : constraint.namespaces.contains(round_.cluster.shapes[pod.shape].namespace_name);
        const NodeIx n = *round_.node_of_pod[p];
        if (!is_counted || !counts(n)) continue;
        if (const auto value = round_.own_label_of(n, constraint.key))
            add_pod(group, *value);
        else if (constraint.key == round_.hostname_key)
            add_pod(group, round_.nodes[n].own_host);
    }
}

void Topology::add_domain(Group& group, ValueIx domain) {
    if (group.counts.size() <= domain) group.counts.resize(domain + 1, -1);
    if (group.counts[domain] < 0) group.counts[domain] = 0;
}

void Topology::add_pod(Group& group, ValueIx domain) {
    add_domain(group, domain);
    if (group.counts[domain]++ == 0) ++group.occupied;
}

// --- domains

bool Topology::admits_host(ShapeIx shape, FormIx form, ValueIx host) const {
    const IdentityIx identity = round_.demand.of(shape).identity;
    const auto is_admitted = [&](const Group& group) {
        const TopologyConstraint& constraint = constraint_of(group);
        return constraint.key != round_.hostname_key ||
               admits(group, constraint.selected.contains(identity),
                      or_anything(round_.demand.form(form).strict.find(constraint.key)), host);
    };
    return std::ranges::all_of(of_form_[form], [&](GroupIx g) { return is_admitted(groups_[g]); }) &&
           std::ranges::all_of(shunning_[identity], [&](GroupIx g) { return is_admitted(against_[g]); });
}

bool Topology::narrow(Place& place, ShapeIx shape, FormIx form, Undefined undefined) {
    const IdentityIx identity = round_.demand.of(shape).identity;
    const Requirements& strict = round_.demand.form(form).strict;
    found_.clear();
    if (!admits_host(shape, form, place.host())) return false;
    const auto is_admitted = [&](const Group& group) {
        const TopologyConstraint& constraint = constraint_of(group);
        const bool is_selected = constraint.selected.contains(identity);
        const Requirement& of_pod = or_anything(strict.find(constraint.key));
        // A host is one domain: nothing is left to narrow.
        if (constraint.key == round_.hostname_key) return true;
        const Requirement* of_place = place.find(constraint.key);
        Bits domains = admitted(group, is_selected, of_pod, or_anything(of_place));
        if (domains.empty()) return false;
        found_.emplace_back(constraint.key, Requirement::one_of(std::move(domains)));
        return true;
    };
    for (const GroupIx g : of_form_[form]) {
        if (!is_admitted(groups_[g])) return false;
    }
    for (const GroupIx g : shunning_[identity]) {
        if (!is_admitted(against_[g])) return false;
    }
    // All that was found holds together, if the place can be so.
    for (std::size_t i = 0; i < found_.size(); ++i) {
        const KeyIx key = found_[i].first;
        const Requirement* existing = place.find(key);
        const Numbers& numbers = round_.words.numbers(key);
        Requirement together =
            existing == nullptr ? found_[i].second : intersection(found_[i].second, *existing, numbers);
        const auto rest = found_.begin() + static_cast<std::ptrdiff_t>(i) + 1;
        for (auto other = rest; other != found_.end();) {
            if (other->first != key) {
                ++other;
                continue;
            }
            together = intersection(other->second, together, numbers);
            other = found_.erase(other);
        }
        const bool is_possible =
            existing != nullptr ? agree(*existing, together, numbers)
                                : together.is_exclusion() ||
                                      (undefined == Undefined::well_known_allowed && round_.words.is_well_known(key));
        if (!is_possible) return false;
        place.narrow(key, together);
    }
    return true;
}

Bits Topology::admitted(const Group& group, bool is_selected, const Requirement& of_pod,
                        const Requirement& of_place) const {
    switch (constraint_of(group).kind) {
        case TopologyKind::spread: return spread_over(group, is_selected, of_pod, of_place);
        case TopologyKind::affinity: return together(group, is_selected, of_pod, of_place);
        case TopologyKind::anti_affinity: break;
    }
    const Numbers& numbers = round_.words.numbers(constraint_of(group).key);
    Bits domains;
    for (ValueIx domain = 0; domain < group.counts.size(); ++domain) {
        if (group.counts[domain] == 0 && allows(of_place, domain, numbers) && allows(of_pod, domain, numbers))
            domains.insert(domain);
    }
    return domains;
}

// A new host can always be made, so that the least count is 0.
bool Topology::admits(const Group& group, bool is_selected, const Requirement& of_pod, ValueIx host) const {
    const std::int32_t count = count_in(group, host);
    switch (constraint_of(group).kind) {
        case TopologyKind::spread: return count + (is_selected ? 1 : 0) <= constraint_of(group).max_skew;
        case TopologyKind::anti_affinity: return count == 0;
        case TopologyKind::affinity: break;
    }
    return allows(of_pod, host, round_.words.numbers(round_.hostname_key)) &&
           (count > 0 || may_begin(group, is_selected, of_pod));
}

template <class Passes>
void Topology::insert_first(Bits& domains, const Group& group, Passes&& passes) const {
    const KeyIx key = constraint_of(group).key;
    std::optional<ValueIx> first;
    for (ValueIx domain = 0; domain < group.counts.size(); ++domain) {
        if (has_domain(group, domain) && passes(domain) &&
            (!first || round_.words.text(key, domain) < round_.words.text(key, *first)))
            first = domain;
    }
    if (first) domains.insert(*first);
}

Bits Topology::spread_over(const Group& group, bool is_selected, const Requirement& of_pod,
                           const Requirement& of_place) const {
    const TopologyConstraint& constraint = constraint_of(group);
    const Numbers& numbers = round_.words.numbers(constraint.key);
    std::int64_t least = std::numeric_limits<std::int32_t>::max();
    std::int64_t supported = 0;
    for (ValueIx domain = 0; domain < group.counts.size(); ++domain) {
        if (!has_domain(group, domain) || !allows(of_pod, domain, numbers)) continue;
        ++supported;
        least = std::min<std::int64_t>(least, group.counts[domain]);
    }
    if (constraint.min_domains && supported < *constraint.min_domains) least = 0;
    const std::int64_t most = least + constraint.max_skew - (is_selected ? 1 : 0);
    std::int32_t lowest = std::numeric_limits<std::int32_t>::max();
    for (ValueIx domain = 0; domain < group.counts.size(); ++domain) {
        if (has_domain(group, domain) && group.counts[domain] <= most && allows(of_place, domain, numbers))
            lowest = std::min(lowest, group.counts[domain]);
    }
    Bits domains;
    insert_first(domains, group,
                 [&](ValueIx domain) { return group.counts[domain] == lowest && allows(of_place, domain, numbers); });
    return domains;
}

// The first of pods that look for each other begins somewhere.
bool Topology::may_begin(const Group& group, bool is_selected, const Requirement& of_pod) const {
    if (!is_selected) return false;
    if (group.occupied == 0) return true;
    const Numbers& numbers = round_.words.numbers(constraint_of(group).key);
    for (ValueIx domain = 0; domain < group.counts.size(); ++domain) {
        if (group.counts[domain] > 0 && allows(of_pod, domain, numbers)) return false;
    }
    return true;
}

Bits Topology::together(const Group& group, bool is_selected, const Requirement& of_pod,
                        const Requirement& of_place) const {
    const Numbers& numbers = round_.words.numbers(constraint_of(group).key);
    Bits domains;
    for (ValueIx domain = 0; domain < group.counts.size(); ++domain) {
        if (group.counts[domain] > 0 && allows(of_pod, domain, numbers) && allows(of_place, domain, numbers))
            domains.insert(domain);
    }
    if (!domains.empty() || !may_begin(group, is_selected, of_pod)) return domains;
    insert_first(domains, group,
                 [&](ValueIx domain) { return allows(of_pod, domain, numbers) && allows(of_place, domain, numbers); });
    insert_first(domains, group, [&](ValueIx domain) { return allows(of_pod, domain, numbers); });
    return domains;
}

// --- what was placed

void Topology::record(const Place& place, ShapeIx shape, TaintsIx taints) {
    const Demand& demand = round_.demand.of(shape);
    const auto add_to_all = [&](Group& group) {
        const KeyIx key = constraint_of(group).key;
        if (key == round_.hostname_key) return add_pod(group, place.host());
        if (const Requirement* domains = place.find(key))
            domains->values.for_each([&](ValueIx domain) { add_pod(group, domain); });
    };
    for (const GroupIx g : counting_[demand.identity]) {
        Group& group = groups_[g];
        const TopologyConstraint& constraint = constraint_of(group);
        if (!counts_there(constraint.filter, place, taints)) continue;
        // Anti-affinity keeps away from wherever the pod may come to stand; the others wait until it is known.
        if (constraint.kind == TopologyKind::anti_affinity || constraint.key == round_.hostname_key) {
            add_to_all(group);
            continue;
        }
        const Requirement* domains = place.find(constraint.key);
        if (domains != nullptr && domains->is_in() && domains->values.size() == 1) add_to_all(group);
    }
    for (const ConstraintIx c : demand.keeps_away) add_to_all(against_[group_against(c)]);
}

}  // namespace eks::karpenter
