#include "models/spec/pod_relations.hpp"

#include "models/spec/selecting.hpp"
#include "models/spec/spec.hpp"
#include "models/spec/tolerations.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace eks {

namespace {

constexpr std::string_view hostname_label = "kubernetes.io/hostname";
constexpr std::string_view zone_label = "topology.kubernetes.io/zone";

// Templates of one namespace with equal labels: no selector tells them apart.
struct Alike {
    const std::string* namespace_name = nullptr;
    const std::vector<Label>* labels = nullptr;
    std::vector<TemplateIx> templates;
};

class Relations {
  public:
    explicit Relations(const Spec& spec) : spec_(spec) {
        table_.of_template.resize(spec.templates.size());
        alike_of_.resize(spec.templates.size());
        of_workload_.resize(spec.workloads.size());
        std::map<std::pair<std::string_view, std::vector<std::pair<std::string_view, std::string_view>>>, std::size_t>
            known;
        for (std::size_t i = 0; i < spec.templates.size(); ++i) {
            const PodTemplate& t = spec.templates[i];
            if (t.workload.valid()) of_workload_[t.workload.value].push_back(TemplateIx::of(i));
            std::vector<std::pair<std::string_view, std::string_view>> labels;
            for (const Label& label : t.labels) labels.emplace_back(label.key, label.value);
            const auto [at, is_new] = known.try_emplace({t.namespace_name, std::move(labels)}, alike_.size());
            if (is_new) alike_.push_back({&t.namespace_name, &t.labels, {}});
            alike_[at->second].templates.push_back(TemplateIx::of(i));
            alike_of_[i] = at->second;
        }
    }

    PodRelationsTable take() {
        for (std::size_t i = 0; i < spec_.templates.size(); ++i) relate(TemplateIx::of(i));
        for (SumIx sum = 0; sum < table_.sums.size(); ++sum) {
            for (const TemplateIx member : table_.sums[sum].members) of(member).adds_to.push_back(sum);
            for (const TemplateIx member : table_.sums[sum].supposed) of(member).adds_if_supposed.push_back(sum);
        }
        return std::move(table_);
    }

  private:
    PodRelations& of(TemplateIx t) { return table_.of_template[t.value]; }

    std::uint32_t key_named(const std::string& name) {
        const auto known = std::ranges::find(table_.keys, name, &TopologyKey::name);
        if (known != table_.keys.end()) return static_cast<std::uint32_t>(known - table_.keys.begin());
        TopologyKey key{name, name == hostname_label, {}, 0};
        if (!key.is_hostname) {
            std::vector<std::string> values;
            for (const NodeShape& shape : spec_.shapes) {
                const std::string* value = label_of(shape, name);
                if (value == nullptr) {
                    key.domain_of_shape.push_back(-1);
                    continue;
                }
                const auto at = std::ranges::find(values, *value);
                key.domain_of_shape.push_back(static_cast<std::int32_t>(at - values.begin()));
                if (at == values.end()) values.push_back(*value);
            }
            key.domains = static_cast<std::int32_t>(values.size());
        }
        table_.keys.push_back(std::move(key));
        return static_cast<std::uint32_t>(table_.keys.size() - 1);
    }

    const std::string* label_of(const NodeShape& shape, std::string_view key) const {
        const auto label = std::ranges::find(shape.labels, key, &Label::key);
        if (label != shape.labels.end()) return &label->value;
        return key == zone_label ? &spec_.zones[shape.zone.value] : nullptr;
    }

    PodSum plain_sum(const AffinityTerm& term, std::vector<TemplateIx> of) {
        PodSum sum;
        sum.key = key_named(term.topology_key);
        sum.members = std::move(of);
        return sum;
    }

    SumIx sum_of(PodSum sum) {
        std::ranges::sort(sum.members);
        const auto key =
            std::tuple(sum.key, sum.leaves_out_terminating, sum.includes_shape,
                       sum.honors_taints_for.valid() ? sum.honors_taints_for.value + 1 : 0, sum.members, sum.supposed);
        const auto [at, is_new] = known_sums_.try_emplace(key, static_cast<SumIx>(table_.sums.size()));
        if (is_new) table_.sums.push_back(std::move(sum));
        return at->second;
    }

    std::vector<TemplateIx> members(const std::function<bool(const Alike&)>& counts) const {
        std::vector<TemplateIx> all;
        for (const Alike& alike : alike_) {
            if (counts(alike)) all.insert(all.end(), alike.templates.begin(), alike.templates.end());
        }
        return all;
    }

    // Whether a term of a pod in namespace `home` is about such pods.
    bool is_about(const AffinityTerm& term, const std::string& home, const Alike& pods) const {
        const std::string& there = *pods.namespace_name;
        const bool says_no_namespace = term.namespaces.empty() && !term.namespace_selector.is_given;
        bool is_in_namespace = says_no_namespace ? there == home : term.namespaces.contains(there);
        if (!is_in_namespace && term.namespace_selector.is_given)
            is_in_namespace = selects(term.namespace_selector, spec_.labels_of_namespace(there));
        return is_in_namespace && selects(term.selector, *pods.labels);
    }

    // The templates that a term of this one is about.
    std::vector<TemplateIx> selected(const AffinityTerm& term, TemplateIx owner) const {
        if (term.is_about_same_template)
            return is_about(term, spec_[owner].namespace_name, alike_[alike_of_[owner.value]])
                       ? std::vector<TemplateIx>{owner}
                       : std::vector<TemplateIx>{};
        return members([&](const Alike& pods) { return is_about(term, spec_[owner].namespace_name, pods); });
    }

    SumIx sum_of_selected(const AffinityTerm& term, TemplateIx owner) {
        return sum_of(plain_sum(term, selected(term, owner)));
    }

    // The templates that have this very term where it means the same: they count together.
    SumIx sum_of_owners(const AffinityTerm& term, TemplateIx owner, std::vector<AffinityTerm> PodConstraints::* list) {
        const std::string& home = spec_[owner].namespace_name;
        const bool is_at_home = term.namespaces.empty() && !term.namespace_selector.is_given;
        std::vector<TemplateIx> owners;
        for (std::size_t i = 0; i < spec_.templates.size(); ++i) {
            const PodTemplate& t = spec_.templates[i];
            if (is_at_home && t.namespace_name != home) continue;
            if (term.is_about_same_template && i != owner.value) continue;
            const auto times = std::ranges::count(t.constraints.*list, term);
            for (std::ptrdiff_t n = 0; n < times; ++n) owners.push_back(TemplateIx::of(i));
        }
        return sum_of(plain_sum(term, std::move(owners)));
    }

    // Each distinct term of a list, once: what it asks, and who is asked by it.
    struct Owned {
        SumIx sum = 0;
        std::vector<TemplateIx> about;
        std::int64_t weight = 0;
    };
    const std::vector<Owned>& owned(std::vector<AffinityTerm> PodConstraints::* list, std::size_t number) {
        if (is_owned_known_[number]) return owned_[number];
        is_owned_known_[number] = true;
        std::vector<std::pair<const AffinityTerm*, const std::string*>> seen;
        for (std::size_t i = 0; i < spec_.templates.size(); ++i) {
            const PodTemplate& t = spec_.templates[i];
            for (const AffinityTerm& term : t.constraints.*list) {
                const bool is_at_home = term.namespaces.empty() && !term.namespace_selector.is_given;
                const bool is_known = std::ranges::any_of(seen, [&](const auto& other) {
                    return *other.first == term && (!is_at_home || *other.second == t.namespace_name) &&
                           !term.is_about_same_template;
                });
                if (is_known) continue;
                seen.emplace_back(&term, &t.namespace_name);
                owned_[number].push_back(
                    {sum_of_owners(term, TemplateIx::of(i), list), selected(term, TemplateIx::of(i)), term.weight});
                std::ranges::sort(owned_[number].back().about);
            }
        }
        return owned_[number];
    }

    void relate(TemplateIx ix) {
        const PodTemplate& t = spec_[ix];
        const PodConstraints& c = t.constraints;
        const std::string& home = t.namespace_name;
        PodRelations& relations = of(ix);
        // SCHED-45: what counts for one required term has to match all of them.
        const auto meets_all = [&](const Alike& pods) {
            return std::ranges::all_of(c.required_affinity,
                                       [&](const AffinityTerm& term) { return is_about(term, home, pods); });
        };
        if (!c.required_affinity.empty()) {
            relations.may_be_first = meets_all(alike_[alike_of_[ix.value]]);
            std::vector<TemplateIx> all = members(meets_all);
            if (std::ranges::any_of(c.required_affinity, &AffinityTerm::is_about_same_template))
                all = relations.may_be_first ? std::vector<TemplateIx>{ix} : std::vector<TemplateIx>{};
            for (const AffinityTerm& term : c.required_affinity)
                relations.affinity.push_back(sum_of(plain_sum(term, all)));
        }
        for (const AffinityTerm& term : c.required_anti_affinity)
            relations.anti_affinity.push_back(sum_of_selected(term, ix));
        for (const Owned& other : owned(&PodConstraints::required_anti_affinity, 0)) {
            if (std::ranges::binary_search(other.about, ix)) relations.anti_affinity_of_others.push_back(other.sum);
        }
        const SchedulerProfile& profile = spec_.profile_of(ix);
        weigh(ix, profile, relations);
        // In 1.10 a pod had no such constraints.
        if (c.spread.empty() || spec_.kubernetes.is_2018())
            spread_by_default(ix, profile);
        else
            spread_as_stated(ix);
    }

    // SCHED-59.
    void weigh(TemplateIx ix, const SchedulerProfile& profile, PodRelations& relations) {
        const PodConstraints& c = spec_[ix].constraints;
        if (profile.ignores_preferred_of_existing && c.preferred_affinity.empty() && c.preferred_anti_affinity.empty())
            return;
        for (const AffinityTerm& term : c.preferred_affinity)
            relations.preferences.push_back({sum_of_selected(term, ix), term.weight});
        for (const AffinityTerm& term : c.preferred_anti_affinity)
            relations.preferences.push_back({sum_of_selected(term, ix), -term.weight});
        const auto add = [&](const std::vector<Owned>& terms, auto&& weight_of) {
            for (const Owned& other : terms) {
                if (std::ranges::binary_search(other.about, ix))
                    relations.preferences.push_back({other.sum, weight_of(other)});
            }
        };
        if (profile.hard_affinity_weight > 0)
            add(owned(&PodConstraints::required_affinity, 1),
                [&](const Owned&) { return profile.hard_affinity_weight; });
        add(owned(&PodConstraints::preferred_affinity, 2), [](const Owned& other) { return other.weight; });
        add(owned(&PodConstraints::preferred_anti_affinity, 3), [](const Owned& other) { return -other.weight; });
    }

    // The pods of whose templates a constraint counts, and whether the pod itself is one.
    struct Selected {
        std::vector<TemplateIx> members;
        bool itself = false;
        std::vector<TemplateIx> supposed;
    };
    template <class Select>
    void spread(TemplateIx ix, const std::vector<SpreadConstraint>& constraints, bool needs_all_keys, Select&& select) {
        for (const bool required : {true, false}) {
            std::vector<std::uint32_t> keys;
            for (const SpreadConstraint& constraint : constraints) {
                if (constraint.is_required == required) keys.push_back(key_named(constraint.topology_key));
            }
            for (const SpreadConstraint& constraint : constraints) {
                if (constraint.is_required == required)
                    add_rule(ix, constraint, keys, required || needs_all_keys, select(constraint));
            }
        }
        of(ix).spread_needs_all_keys = needs_all_keys;
    }

    void spread_as_stated(TemplateIx ix) {
        const PodTemplate& t = spec_[ix];
        spread(ix, t.constraints.spread, true, [&](const SpreadConstraint& constraint) {
            // An empty selector counts nobody (SCHED-46), and yet selects the pod itself.
            if (constraint.is_about_same_template) {
                const bool itself = selects(constraint.selector, t.labels);
                return Selected{itself ? std::vector<TemplateIx>{ix} : std::vector<TemplateIx>{}, itself, {}};
            }
            std::vector<TemplateIx> all = members([&](const Alike& pods) {
                return *pods.namespace_name == t.namespace_name && selects(constraint.selector, *pods.labels);
            });
            if (constraint.selector.is_empty()) return Selected{{}, true, std::move(all)};
            return Selected{std::move(all), selects(constraint.selector, t.labels), {}};
        });
    }

    void add_rule(TemplateIx ix, const SpreadConstraint& constraint, const std::vector<std::uint32_t>& keys,
                  bool needs_all_keys, const Selected& selected) {
        PodSum sum;
        sum.key = key_named(constraint.topology_key);
        sum.leaves_out_terminating = true;
        sum.members = selected.members;
        sum.supposed = selected.supposed;
        if (constraint.honors_taints) {
            sum.honors_taints_for = ix;
            sum.tolerated_condition_taints = spec_[ix].tolerated_condition_taints;
            sum.tolerates_cilium = tolerates_cilium_taint(spec_[ix]);
            table_.honors_taints = true;
        }
        for (std::size_t i = 0; i < spec_.shapes.size(); ++i) {
            const bool has_keys = !needs_all_keys || std::ranges::all_of(keys, [&](std::uint32_t key) {
                return table_.keys[key].is_hostname || table_.keys[key].domain_of_shape[i] >= 0;
            });
            const bool is_accepted =
                !constraint.honors_affinity || spec_.template_on_shape(ix, NodeShapeIx::of(i)).affinity_matches;
            const bool is_tolerated =
                !constraint.honors_taints || spec_.template_on_shape(ix, NodeShapeIx::of(i)).taints_tolerated;
            sum.includes_shape.push_back(has_keys && is_accepted && is_tolerated);
        }
        if (std::ranges::find(sum.includes_shape, 0) == sum.includes_shape.end()) sum.includes_shape.clear();
        const SpreadRule rule{sum_of(std::move(sum)), constraint.max_skew, constraint.min_domains, selected.itself};
        (constraint.is_required ? of(ix).required_spread : of(ix).preferred_spread).push_back(rule);
    }

    // SCHED-60: pods without a constraint of their own, of workloads that something selects.
    void spread_by_default(TemplateIx ix, const SchedulerProfile& profile) {
        const WorkloadIx owner = spec_[ix].workload;
        if (!owner.valid() || spec_[owner].spread_with.empty()) return;
        Selected same{{}, true, {}};
        // The selector of a Deployment's ReplicaSet holds a hash of the template.
        if (spec_[owner].kind == WorkloadKind::deployment && !spec_.kubernetes.is_2018()) {
            same.members.push_back(ix);
        } else {
            for (const WorkloadIx other : spec_[owner].spread_with) {
                const std::vector<TemplateIx>& theirs = of_workload_[other.value];
                same.members.insert(same.members.end(), theirs.begin(), theirs.end());
            }
        }
        const bool is_system = profile.spread_defaults == SpreadDefaults::system;
        std::vector<SpreadConstraint> defaults = profile.default_spread;
        if (is_system) {
            defaults.resize(2);
            defaults[0].topology_key = hostname_label;
            defaults[0].max_skew = 3;
            defaults[1].topology_key = zone_label;
            defaults[1].max_skew = 5;
        }
        spread(ix, defaults, !is_system, [&](const SpreadConstraint&) { return same; });
    }

    const Spec& spec_;
    PodRelationsTable table_;
    std::vector<Alike> alike_;
    std::vector<std::size_t> alike_of_;
    std::vector<std::vector<TemplateIx>> of_workload_;
    std::map<std::tuple<std::uint32_t, bool, std::vector<std::uint8_t>, std::uint32_t, std::vector<TemplateIx>,
                        std::vector<TemplateIx>>,
             SumIx>
        known_sums_;
    std::vector<Owned> owned_[4];
    bool is_owned_known_[4] = {};
};

}  // namespace

PodRelationsTable pod_relations(const Spec& spec) { return Relations(spec).take(); }

}  // namespace eks
