#include "models/systems/autoscaling/karpenter/basis.hpp"

#include "models/systems/autoscaling/karpenter/cluster_node.hpp"
#include "models/systems/autoscaling/karpenter/preferences.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace eks::karpenter {

namespace {

void add_labels(Vocabulary& words, Requirements& to, const Labels& labels) {
    for (const auto& [label, value] : labels) add_label(words, to, label, value);
}

void name_all(Resources& resources, const Amounts& amounts) {
    for (const auto& [resource, amount] : amounts) resources.add(resource);
}

// Types that a claim of the template can be when no pod is on it.
Bits offered_types(const Basis& basis, const Requirements& requirements) {
    Bits types = basis.types.all();
    for (const auto& [key, requirement] : requirements) types &= basis.types.meeting(basis.words, key, requirement);
    types &= basis.types.offered(basis.words, requirements.find(basis.types.zone_key()),
                                 requirements.find(basis.types.capacity_type_key()));
    basis.types.keep_fitting(types, {});
    return types;
}

}  // namespace

Limits limits_of(const Resources& resources, const Amounts& limits) {
    Limits by_resource(resources.count());
    const Quantities quantities = resources.quantities(limits);
    Amounts given = limits;
    for (auto& [resource, amount] : given) amount = 1;
    const Quantities is_given = resources.quantities(given);
    for (std::size_t r = 0; r < by_resource.size(); ++r) {
        if (is_given[r] != 0) by_resource[r] = quantities[r];
    }
    return by_resource;
}

std::vector<std::pair<KeyIx, std::int64_t>> missed_min_values(const Basis& basis, const Requirements& requirements,
                                                              const Bits& types) {
    std::vector<std::pair<KeyIx, std::int64_t>> missed;
    if (types.empty()) return missed;
    for (const auto& [key, requirement] : requirements) {
        if (!requirement.min_values) continue;
        const std::int64_t has = basis.types.distinct_values(types, key);
        if (has < *requirement.min_values) missed.emplace_back(key, has);
    }
    return missed;
}

Basis::Basis(const Cluster& given, const FurtherNames& further)
    : cluster(given), hostname_key(words.add(hostname_label)) {
    types = TypeTable(words, resources, cluster.types);
    demand = DemandTable(words, resources, cluster);
    for (const NodePool& pool : cluster.pools) name_all(resources, pool.limits);
    for (const ShapeIx daemon : cluster.daemons) {
        const PodShape& shape = cluster.shapes[daemon];
        Daemon& entry = daemons_.emplace_back();
        const std::size_t terms = std::max<std::size_t>(shape.required_node_terms.size(), 1);
        for (std::size_t term = 0; term < terms; ++term)
            entry.alternatives.push_back(strict_requirements(words, shape, term));
        entry.tolerations = shape.tolerations;
    }
    for (const ClusterNode& node : cluster.nodes) {
        name_all(resources, capacity_of(node));
        name_all(resources, allocatable_of(node));
    }
    demand.seal(resources, cluster);
    name_nodes();
    for (const Label& label : further.labels) words.add(words.add(current_name(label.key)), label.value);
    for (const std::vector<Taint>& set : further.taint_sets) add_taints(set);
    std::vector<Requirements> of_pools;
    for (const NodePool& pool : cluster.pools) of_pools.push_back(requirements_of(words, pool));
    types.seal(words, resources);
    for (const PoolIx pool : order_of_pools(cluster.pools)) {
        ClaimTemplate claim;
        claim.pool = pool;
        claim.requirements = std::move(of_pools[pool]);
        claim.taints = add_taints(cluster.pools[pool].taints);
        claim.limits = limits_of(resources, cluster.pools[pool].limits);
        templates.push_back(std::move(claim));
    }
    add_domains();
    add_templates();
    for (FormIx form = 0; form < demand.forms(); ++form) {
        Bits sets;
        for (TaintsIx set = 0; set < taint_sets.size(); ++set) {
            if (tolerates_all(demand.form(form).tolerations, taint_sets[set])) sets.insert(set);
        }
        tolerated.push_back(std::move(sets));
    }
}

TaintsIx Basis::add_taints(const std::vector<Taint>& taints) {
    const auto set = static_cast<TaintsIx>(std::ranges::find(taint_sets, taints) - taint_sets.begin());
    if (set == taint_sets.size()) taint_sets.push_back(taints);
    return set;
}

void Basis::name_nodes() {
    const auto name_labels = [&](const Labels& labels) {
        Requirements named;
        add_labels(words, named, labels);
    };
    for (const ClusterNode& node : cluster.nodes) {
        words.add(hostname_key, hostname_of(node));
        name_labels(labels_of(node));
        add_taints(taints_of(node));
        if (!node.node) continue;
        name_labels(node.node->labels);
        add_taints(node.node->taints);
        // Pods are counted on a node without that label as well.
        words.add(hostname_key, node.node->name);
    }
}

std::optional<TaintsIx> Basis::find_taints(const std::vector<Taint>& taints) const {
    const auto found = std::ranges::find(taint_sets, taints);
    return found == taint_sets.end() ? std::nullopt : std::optional(static_cast<TaintsIx>(found - taint_sets.begin()));
}

Requirements Basis::requirements_of_labels(const std::vector<Label>& labels) const {
    Requirements requirements;
    for (const Label& label : labels) {
        const auto key = words.find_key(current_name(label.key));
        const auto value = key ? words.find(*key, label.value) : std::nullopt;
        if (value && *key != hostname_key) requirements.add(words, *key, Requirement::one_of(Bits(*value)));
    }
    return requirements;
}

void Basis::add_domain(KeyIx key, ValueIx value, TaintsIx set) {
    std::vector<TaintsIx>& known = domains[key][value];
    if (taint_sets[set].empty()) {
        known = {set};
    } else if (known.empty() || (!taint_sets[known.front()].empty() && std::ranges::find(known, set) == known.end())) {
        known.push_back(set);
    }
}

// KARP-13: what a NodePool leaves of each type's labels, and what it names itself.
void Basis::add_domains() {
    domains.resize(words.keys());
    if (types.all().empty()) return;
    for (const ClaimTemplate& claim : templates) {
        const NodePool& pool = cluster.pools[claim.pool];
        Requirements of_pool;
        for (const PoolRequirement& r : pool.requirements) add_expression(words, of_pool, r.expression);
        add_labels(words, of_pool, pool.labels);
        const auto add_all = [&](KeyIx key, const Requirement& requirement) {
            requirement.values.for_each([&](ValueIx value) { add_domain(key, value, claim.taints); });
        };
        types.all().for_each([&](TypeIx type) {
            for (const auto& [key, requirement] : types.requirements(type)) {
                const Requirement* asked = of_pool.find(key);
                add_all(key, asked == nullptr ? requirement : intersection(requirement, *asked, words.numbers(key)));
            }
            // A label that only the pool names counts with the values named, even those that it excludes.
            for (const auto& [key, requirement] : of_pool) {
                if (types.requirements(type).find(key) == nullptr) add_all(key, requirement);
            }
        });
        for (const auto& [key, requirement] : of_pool) {
            if (requirement.is_in()) add_all(key, requirement);
        }
    }
}

void Basis::add_templates() {
    std::erase_if(templates, [&](ClaimTemplate& claim) {
        claim.types = offered_types(*this, claim.requirements);
        if (!cluster.settings.min_values_best_effort &&
            !missed_min_values(*this, claim.requirements, claim.types).empty())
            return true;
        return claim.types.empty();
    });
    if (templates.empty()) return;
    // Nobody keeps a DaemonSet off by asking politely. Karpenter sees to that when it has claims to make, and what it
    // has seen to then holds for the nodes that there are.
    for (Daemon& daemon : daemons_) daemon.tolerations.push_back(prefer_no_schedule_toleration());
    for (ClaimTemplate& claim : templates) add_daemons(claim, cluster.pools[claim.pool]);
}

// KARP-11.
bool Basis::runs_on(DaemonIx daemon, const ClaimTemplate& claim, TypeIx type) const {
    return std::ranges::any_of(daemons_[daemon].alternatives, [&](const Requirements& wanted) {
        if (!compatible(words, claim.requirements, wanted, Undefined::well_known_allowed)) return false;
        // The type need not have labels of the pool's own.
        return std::ranges::all_of(wanted, [&](const auto& entry) {
            const Requirement* has = types.requirements(type).find(entry.first);
            return has == nullptr || agree(*has, entry.second, words.numbers(entry.first));
        });
    });
}

Quantities Basis::daemon_requests(const NodeLook& look, ValueIx host, TaintsIx taints) const {
    Requirements has = look.requirements;
    has.set(hostname_key, Requirement::one_of(Bits(host)));
    std::vector<DaemonIx> running;
    for (DaemonIx daemon = 0; daemon < daemons_.size(); ++daemon) {
        const bool runs = tolerates_all(daemons_[daemon].tolerations, taint_sets[taints]) &&
                          std::ranges::any_of(daemons_[daemon].alternatives, [&](const Requirements& wanted) {
                              return compatible(words, has, wanted, Undefined::refused);
                          });
        if (runs) running.push_back(daemon);
    }
    return overhead_of(running);
}

Quantities Basis::overhead_of(const std::vector<DaemonIx>& daemons) const {
    Quantities sum(resources.count());
    for (const DaemonIx daemon : daemons) {
        const Quantities& requests = demand.of(cluster.daemons[daemon]).requests;
        for (std::size_t r = 0; r < sum.size(); ++r) sum[r] += requests[r];
    }
    return sum;
}

void Basis::add_daemons(ClaimTemplate& claim, const NodePool& pool) {
    std::map<std::vector<DaemonIx>, Bits> groups;
    claim.types.for_each([&](TypeIx type) {
        std::vector<DaemonIx> running;
        for (DaemonIx daemon = 0; daemon < daemons_.size(); ++daemon) {
            if (tolerates_all(daemons_[daemon].tolerations, pool.taints) && runs_on(daemon, claim, type))
                running.push_back(daemon);
        }
        groups[running].insert(type);
    });
    for (const auto& [running, of_group] : groups) {
        DaemonGroup group{of_group, overhead_of(running), {}};
        for (const DaemonIx daemon : running) {
            const std::vector<HostPort>& ports = cluster.shapes[cluster.daemons[daemon]].host_ports;
            group.host_ports.insert(group.host_ports.end(), ports.begin(), ports.end());
        }
        claim.daemons.push_back(std::move(group));
    }
}

}  // namespace eks::karpenter
