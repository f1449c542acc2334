#include "models/systems/autoscaling/karpenter/knowledge.hpp"

#include "libsim/check.hpp"
#include "models/world/sizing.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace eks::karpenter {

namespace {

constexpr std::string_view node_class_label = "karpenter.k8s.aws/ec2nodeclass";
constexpr std::string_view unschedulable_taint = "node.kubernetes.io/unschedulable";

std::string text_of(bool is_spot) { return is_spot ? "spot" : "on-demand"; }

Amounts amounts_of(const Spec& spec, const eks::Resources& resources) {
    Amounts amounts;
    for (const ResourceKind kind : all_resource_kinds) {
        const std::string_view name = spec.name_of(kind);
        if (!name.empty() && resources.of(kind) != 0) amounts[std::string(name)] = resources.of(kind);
    }
    return amounts;
}

// --- pods

bool is_bound_to_zone(const PodTemplate& t) {
    return !t.claims.empty() || std::ranges::any_of(t.own_claims, &VolumeClaim::is_zonal);
}

void ask_for_zones(const Spec& spec, const std::vector<ZoneIx>& zones, PodShape& shape) {
    SelectorRequirement asked{std::string(zone_label), SelectorOperator::in, {}, false};
    for (const ZoneIx zone : zones) asked.values.push_back(spec.zones[zone.value]);
    if (shape.required_node_terms.empty()) shape.required_node_terms.emplace_back();
    for (NodeSelectorTerm& term : shape.required_node_terms) term.all.push_back(asked);
}

PodShape shape_of_template(const Spec& spec, const PodTemplate& t) {
    PodShape shape;
    shape.namespace_name = t.namespace_name;
    shape.labels = t.labels;
    shape.tolerations = t.tolerations;
    for (const Label& label : t.node_selector) shape.node_selector[label.key] = label.value;
    shape.required_node_terms = t.required_node_terms;
    shape.preferred_node_terms = t.preferred_node_terms;
    shape.required_affinity = t.constraints.required_affinity;
    shape.preferred_affinity = t.constraints.preferred_affinity;
    shape.required_anti_affinity = t.constraints.required_anti_affinity;
    shape.preferred_anti_affinity = t.constraints.preferred_anti_affinity;
    shape.spread = t.constraints.spread;
    shape.host_ports = t.constraints.host_ports;
    shape.requests = amounts_of(spec, t.requests);
    // KARP-15: where its volumes may be made at all.
    const auto allow = [&](const VolumeClaim& claim) {
        if (claim.is_zonal && !claim.allowed.empty()) ask_for_zones(spec, claim.allowed, shape);
    };
    for (const std::uint32_t claim : t.claims) allow(spec.claims[claim]);
    for (const VolumeClaim& claim : t.own_claims) allow(claim);
    for (const VolumeClaim& claim : t.passing_claims) allow(claim);
    return shape;
}

// --- what can be bought

NodePool pool_of(const eks::NodePool& of_spec) {
    NodePool pool;
    pool.name = of_spec.name;
    pool.weight = of_spec.weight;
    for (const Label& label : of_spec.labels) pool.labels[label.key] = label.value;
    pool.node_class = {std::string(node_class_label), of_spec.node_class};
    pool.taints = of_spec.taints;
    for (const NodePoolRequirement& r : of_spec.requirements)
        pool.requirements.push_back({r.expression, r.min_values > 0 ? std::optional(r.min_values) : std::nullopt});
    for (const auto& [resource, amount] : of_spec.limits) pool.limits[resource] = amount;
    if (of_spec.policy == NodePoolPolicy::when_empty) pool.policy = ConsolidationPolicy::when_empty;
    pool.consolidate_after_us.reset();
    if (of_spec.consolidate_after != sim::Duration::max()) pool.consolidate_after_us = of_spec.consolidate_after.us();
    return pool;
}

Amounts with_pods(Amounts amounts, std::int32_t pods) {
    amounts["pods"] = pods;
    return amounts;
}

// As Karpenter takes it to be, or as its nodes were seen to be (KARP-20).
InstanceType type_of(const Spec& spec, const NodePoolType& of_spec, const NodeShape* measured) {
    InstanceType type;
    type.name = of_spec.name;
    for (const Label& label : of_spec.labels) {
        if (current_name(label.key) == label.key) type.labels[label.key] = {label.value};
    }
    const eks::Resources& capacity = measured != nullptr ? measured->capacity : of_spec.capacity;
    const eks::Resources& allocatable = measured != nullptr ? measured->allocatable : of_spec.allocatable;
    type.capacity = with_pods(amounts_of(spec, capacity), of_spec.max_pods);
    type.overhead = amounts_of(spec, capacity - allocatable);
    return type;
}

Cluster cluster_of(const Spec& spec, const World& world, const std::vector<UnavailableOffer>& unavailable,
                   const std::vector<std::uint8_t>& measured) {
    Cluster cluster;
    for (const PodTemplate& t : spec.templates) cluster.shapes.push_back(shape_of_template(spec, t));
    for (const PodTemplate& t : spec.templates) {
        if (!is_bound_to_zone(t)) continue;
        for (std::size_t z = 0; z < spec.zones.size(); ++z) {
            PodShape shape = shape_of_template(spec, t);
            ask_for_zones(spec, {ZoneIx::of(z)}, shape);
            cluster.shapes.push_back(std::move(shape));
        }
    }
    for (const Workload& workload : spec.workloads) {
        if (workload.kind == WorkloadKind::daemon_set)
            cluster.daemons.push_back(as_admitted(spec, world, workload.pod_template).value);
    }
    std::vector<const NodeShape*> example(spec.karpenter.types.size());
    std::vector<std::map<std::pair<std::uint32_t, bool>, double>> prices(spec.karpenter.types.size());
    for (const eks::NodePool& pool : spec.karpenter.pools) {
        cluster.pools.push_back(pool_of(pool));
        for (const NodePoolOffer& offer : pool.offers) {
            const NodeShape& shape = spec[offer.shape];
            example[offer.type] = &shape;
            prices[offer.type][{shape.zone.value, shape.is_spot}] =
                static_cast<double>(shape.price_per_hour_micro_usd) / static_cast<double>(micro_usd_per_usd);
        }
    }
    for (std::size_t t = 0; t < spec.karpenter.types.size(); ++t) {
        const bool is_measured = t < measured.size() && measured[t] != 0;
        InstanceType type = type_of(spec, spec.karpenter.types[t], is_measured ? example[t] : nullptr);
        for (const auto& [key, price] : prices[t]) {
            const bool is_out = std::ranges::any_of(unavailable, [&](const UnavailableOffer& out) {
                return out.type == t && out.zone.value == key.first && out.is_spot == key.second;
            });
            type.offerings.push_back({spec.zones[key.first], text_of(key.second), price, !is_out});
        }
        cluster.types.push_back(std::move(type));
    }
    cluster.settings.respects_preferences = spec.karpenter.respects_preferences;
    cluster.settings.min_values_best_effort = spec.karpenter.min_values_best_effort;
    cluster.settings.spot_to_spot = spec.karpenter.spot_to_spot;
    return cluster;
}

// Labels of all nodes that may be there; what follows of the type or the zone of a pool's node is named already.
FurtherNames names_of_nodes(const Spec& spec) {
    FurtherNames names;
    const auto add_shape = [&](const NodeShape& shape) {
        names.labels.insert(names.labels.end(), shape.labels.begin(), shape.labels.end());
        std::vector<Taint> blocked = shape.taints;
        blocked.push_back({std::string(unschedulable_taint), "", TaintEffect::no_schedule});
        for (const std::vector<Taint>& set : {shape.taints, blocked}) {
            if (std::ranges::find(names.taint_sets, set) == names.taint_sets.end()) names.taint_sets.push_back(set);
        }
    };
    std::vector<const NodeShape*> seen;
    for (const NodeShape& shape : spec.shapes) {
        const bool is_alike = std::ranges::any_of(seen, [&](const NodeShape* other) {
            return other->group == shape.group && other->zone == shape.zone && other->is_spot == shape.is_spot &&
                   other->taints == shape.taints;
        });
        // Of a pool's nodes in one zone the labels differ by what the type gives.
        if (is_alike && spec[shape.group].is_node_pool) continue;
        seen.push_back(&shape);
        add_shape(shape);
    }
    names.taint_sets.push_back({{std::string(unschedulable_taint), "", TaintEffect::no_schedule}});
    return names;
}

}  // namespace

Knowledge::Knowledge(const Spec& spec, const World& world)
    : revision(world.revision),
      sizing(world.sizing),
      unavailable(world.karpenter.unavailable),
      measured(world.karpenter.measured),
      cluster(cluster_of(spec, world, unavailable, measured)),
      basis(cluster, names_of_nodes(spec)),
      zones_(spec.zones.size()) {
    for (const ResourceKind kind : all_resource_kinds) {
        const std::string_view name = spec.name_of(kind);
        if (name.empty()) continue;
        const Quantities one = basis.resources.quantities({{std::string(name), 1}});
        const auto at = std::ranges::find(one, 1);
        if (at != one.end()) resources.emplace_back(kind, static_cast<std::size_t>(at - one.begin()));
    }
    has_host_ports =
        std::ranges::any_of(cluster.shapes, [](const PodShape& shape) { return !shape.host_ports.empty(); });
    zone_id_key = basis.words.find_key("topology.k8s.aws/zone-id").value_or(basis.types.zone_key());
    const auto blocked = basis.find_taints({{std::string(unschedulable_taint), "", TaintEffect::no_schedule}});
    CHECK(blocked.has_value(), "the taint of nodes that are cordoned has no number");
    unschedulable = *blocked;
    auto next = static_cast<std::uint32_t>(spec.templates.size());
    for (const PodTemplate& t : spec.templates) {
        first_zoned_.push_back(is_bound_to_zone(t) ? next : 0);
        if (is_bound_to_zone(t)) next += static_cast<std::uint32_t>(zones_);
    }
    for (const eks::NodePool& pool : spec.karpenter.pools) {
        std::vector<NodeShapeIx>& of_pool = offers_.emplace_back(spec.karpenter.types.size() * zones_ * 2);
        for (const NodePoolOffer& offer : pool.offers) {
            const NodeShape& shape = spec[offer.shape];
            of_pool[(offer.type * zones_ + shape.zone.value) * 2 + (shape.is_spot ? 1 : 0)] = offer.shape;
            if (!offer.elsewhere.empty()) elsewhere_.emplace(offer.shape, offer.elsewhere);
        }
    }
}

bool Knowledge::holds(const World& world) const {
    return revision == world.revision && sizing.spec == world.sizing.spec &&
           sizing.admissions == world.sizing.admissions && measured == world.karpenter.measured &&
           std::ranges::equal(unavailable, world.karpenter.unavailable,
                              [](const UnavailableOffer& a, const UnavailableOffer& b) {
                                  return a.type == b.type && a.zone == b.zone && a.is_spot == b.is_spot;
                              });
}

ShapeIx Knowledge::shape_of(const Spec& spec, const World& world, const eks::Pod& pod) const {
    const std::uint32_t t = pod.pod_template.value;
    if (first_zoned_[t] == 0) return t;
    const auto in = [&](ZoneIx zone) { return first_zoned_[t] + zone.value; };
    for (const std::uint32_t claim : spec[pod.pod_template].claims) {
        if (world.claim_zones[claim].valid()) return in(world.claim_zones[claim]);
    }
    for (const ReplicaVolumes& volumes : world.replica_volumes) {
        if (volumes.workload == pod.workload && volumes.replica == pod.replica) return in(volumes.zone);
    }
    return t;
}

NodeShapeIx Knowledge::offer(PoolIx pool, TypeIx type, ZoneIx zone, bool is_spot) const {
    return offers_[pool][(type * zones_ + zone.value) * 2 + (is_spot ? 1 : 0)];
}

std::span<const NodeShapeIx> Knowledge::elsewhere(NodeShapeIx shape) const {
    const auto found = elsewhere_.find(shape);
    return found == elsewhere_.end() ? std::span<const NodeShapeIx>() : std::span(found->second);
}

void Knowledge::add(const eks::Resources& from, Quantities& to) const {
    for (const auto& [kind, at] : resources) to[at] += from.of(kind);
}

const Knowledge& knowledge_of(const Spec& spec, World& world) {
    KarpenterMemory& memory = world.karpenter.memory;
    if (memory.knowledge == nullptr || !memory.knowledge->holds(world)) {
        memory.knowledge = std::make_shared<const Knowledge>(spec, world);
        memory.looks.clear();
    }
    return *memory.knowledge;
}

const NodeLook& look_of_shape(const Spec& spec, World& world, NodeShapeIx ix) {
    const Knowledge& knowledge = knowledge_of(spec, world);
    std::vector<std::shared_ptr<const NodeLook>>& looks = world.karpenter.memory.looks;
    if (looks.empty()) looks.resize(spec.shapes.size());
    if (looks[ix.value] != nullptr) return *looks[ix.value];
    const NodeShape& shape = spec[ix];
    NodeLook look;
    look.number = ix.value;
    look.requirements = look.own_labels = knowledge.basis.requirements_of_labels(shape.labels);
    look.capacity = Quantities(knowledge.basis.resources.count());
    knowledge.add(shape.capacity, look.capacity);
    look.capacity[Resources::pods] = shape.max_pods;
    look.capacity[Resources::nodes] = 1;
    const auto pool = std::ranges::find(spec.karpenter.pools, shape.group, &eks::NodePool::group);
    if (pool != spec.karpenter.pools.end()) look.pool = static_cast<PoolIx>(pool - spec.karpenter.pools.begin());
    looks[ix.value] = std::make_shared<const NodeLook>(std::move(look));
    return *looks[ix.value];
}

}  // namespace eks::karpenter
