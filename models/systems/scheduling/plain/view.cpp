#include "models/systems/scheduling/plain/view.hpp"

#include "models/spec/tolerations.hpp"
#include "models/systems/scheduling/volume_filter.hpp"
#include "models/world/sizing.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks::plain {

namespace {

// Stands for all that tells the pods of one template from others where no label does: the hash of a Deployment's
// template, and membership in what default constraints spread.
constexpr std::string_view template_label = "pod-template-hash";

std::string number_of(TemplateIx t) { return std::to_string(t.value); }

Amounts amounts_of(const Spec& spec, const Resources& resources) {
    Amounts amounts;
    for (const ResourceKind kind : all_resource_kinds) {
        const std::string name(spec.name_of(kind));
        if (!name.empty()) amounts[name] = resources.of(kind);
    }
    return amounts;
}

NodeObject view_of_node(const Spec& spec, const World& world, NodeId id) {
    const Node& row = world.nodes[id];
    const NodeShape& shape = spec[row.shape];
    NodeObject node;
    node.name = view_name(id);
    for (const Label& label : shape.labels) node.labels[label.key] = label.value;
    node.labels["kubernetes.io/hostname"] = node.name;
    node.labels["topology.kubernetes.io/zone"] = spec.zones[shape.zone.value];
    node.is_unschedulable = row.cordoned;
    node.taints = shape.taints;
    for (std::size_t i = 0; i < condition_taint_count; ++i) {
        const auto taint = static_cast<ConditionTaint>(i);
        const std::string key(condition_taint_keys[i]);
        if ((row.condition_taints & no_schedule(taint)) != 0)
            node.taints.push_back({key, "", TaintEffect::no_schedule});
        if ((row.condition_taints & no_execute(taint)) != 0) node.taints.push_back({key, "", TaintEffect::no_execute});
    }
    if (row.cilium.is_tainted || (row.ready_at == sim::Time::never() && shape.waits_for_cilium))
        node.taints.push_back({std::string(cilium_taint_key), "", TaintEffect::no_schedule});
    Resources allocatable = shape.allocatable;
    if (row.trunk.stage != TrunkStage::ready) allocatable.pod_enis = 0;
    node.allocatable = amounts_of(spec, allocatable);
    node.allocatable["pods"] = row.has_instance() ? shape.max_pods : 0;  // nothing is placed on one that has ended
    for (std::size_t i = 0; i < spec.images.size(); ++i) {
        if (node_reports_image(world, id, ImageIx::of(i)))
            node.images[spec.images[i].name] = spec.images[i].unpacked_bytes;
    }
    return node;
}

// Stands for each of the kinds of volumes: those that an instance attaches, and others.
constexpr std::string_view attached_driver = "ebs.csi.aws.com";
constexpr std::string_view other_driver = "efs.csi.aws.com";

void add_claim(const Spec& spec, const eks::VolumeClaim& claim, const std::string& name, ZoneIx zone,
               const std::string& namespace_name, Cluster& cluster) {
    const auto known = std::ranges::find_if(cluster.claims, [&](const VolumeClaim& other) {
        return other.name == name && other.namespace_name == namespace_name;
    });
    if (known != cluster.claims.end()) return;
    const std::string unique = namespace_name + "/" + name;
    const std::string driver(claim.takes_attachment ? attached_driver : other_driver);
    // What is in no zone is bound to a volume that is everywhere.
    const bool is_bound = zone.valid() || !claim.is_zonal;
    cluster.claims.push_back({namespace_name, name, is_bound ? unique : "", unique, is_bound, claim.is_for_one_pod});
    if (is_bound) {
        Volume volume{unique, {}, driver, unique, false, {}};
        if (zone.valid()) volume.labels["topology.kubernetes.io/zone"] = spec.zones[zone.value];
        cluster.volumes.push_back(std::move(volume));
        return;
    }
    StorageClass storage{unique, driver, true, {}};
    if (!claim.allowed.empty()) {
        SelectorRequirement zones{"topology.kubernetes.io/zone", SelectorOperator::in, {}, false};
        for (const ZoneIx each : claim.allowed) zones.values.push_back(spec.zones[each.value]);
        storage.allowed_topologies = {{{zones}}};
    }
    cluster.storage_classes.push_back(std::move(storage));
}

// The names of the claims that a pod uses.
template <class Visit>  // visit(claim, name, zone)
void for_each_claim(const Spec& spec, const World& world, PodId id, Visit&& visit) {
    const Pod& pod = world.pods[id];
    const PodTemplate& t = spec[pod.pod_template];
    for (const std::uint32_t claim : t.claims)
        visit(spec.claims[claim], spec.claims[claim].name, zone_of_claim(world, claim));
    for (std::size_t i = 0; i < t.own_claims.size(); ++i)
        visit(t.own_claims[i],
              "own-" + std::to_string(pod.workload.value) + "-" + std::to_string(pod.replica) + "-" + std::to_string(i),
              zone_of_replica(world, pod));
    for (std::size_t i = 0; i < t.passing_claims.size(); ++i) {
        // The volume of a pod that has a node is where that is.
        const ZoneIx zone = pod.node.valid() ? spec[world.nodes[pod.node].shape].zone : ZoneIx::none();
        visit(t.passing_claims[i], "of-" + view_name(id) + "-" + std::to_string(i), zone);
    }
}

void narrow_to(TemplateIx t, bool is_about_same_template, Selector& selector) {
    if (is_about_same_template)
        selector.all.push_back({std::string(template_label), SelectorOperator::in, {number_of(t)}, false});
}

// What the default constraints spread the pod with, as a Service that selects it.
void add_default_spread(const Spec& spec, TemplateIx t, Cluster& cluster) {
    const PodRelations& relations = spec.relations->of_template[t.value];
    if (!spec[t].constraints.spread.empty() || relations.preferred_spread.empty()) return;
    SelectorRequirement same{std::string(template_label), SelectorOperator::in, {}, false};
    for (const TemplateIx member : spec.relations->sums[relations.preferred_spread.front().sum].members)
        same.values.push_back(number_of(member));
    cluster.services.push_back({"Service", spec[t].namespace_name, "same", {true, {same}}});
}

void add_claims(const Spec& spec, const World& world, PodId id, Cluster& cluster) {
    const std::string& home = spec[world.pods[id].pod_template].namespace_name;
    for_each_claim(spec, world, id, [&](const eks::VolumeClaim& claim, const std::string& name, ZoneIx zone) {
        add_claim(spec, claim, name, zone, home, cluster);
    });
}

}  // namespace

std::string view_name(NodeId node) { return "node-" + std::to_string(node.slot); }
std::string view_name(PodId pod) { return "pod-" + std::to_string(pod.slot); }

PodObject view_of_pod(const Spec& spec, const World& world, PodId id) {
    const Pod& row = world.pods[id];
    const PodTemplate& t = spec[row.pod_template];
    PodObject pod;
    pod.namespace_name = t.namespace_name;
    pod.name = view_name(id);
    for (const Label& label : t.labels) pod.labels[label.key] = label.value;
    pod.labels[std::string(template_label)] = number_of(as_written(world, row.pod_template));
    pod.priority = t.priority;
    pod.may_preempt = t.may_preempt;
    pod.is_terminating = row.terminating;
    pod.is_preempted = row.is_preempted;
    if (row.node.valid()) pod.node_name = view_name(row.node);
    if (row.nominated.valid()) pod.nominated_node = view_name(row.nominated);
    if (row.node.valid() && row.stage != PodStage::binding) pod.started_us = row.scheduled.us();
    pod.tolerations = t.tolerations;
    if (tolerates_memory_pressure_by_class(t)) {
        Toleration pressure;
        pressure.key = condition_taint_keys[static_cast<std::size_t>(ConditionTaint::memory_pressure)];
        pressure.exists = true;
        pressure.any_effect = false;
        pressure.effect = TaintEffect::no_schedule;
        pod.tolerations.push_back(pressure);
    }
    for (const Label& label : t.node_selector) pod.node_selector[label.key] = label.value;
    pod.has_required_node_terms = !t.required_node_terms.empty();
    pod.required_node_terms = t.required_node_terms;
    pod.preferred_node_terms = t.preferred_node_terms;
    if (row.pinned.valid()) {
        pod.has_required_node_terms = true;
        pod.required_node_terms = {{{{"metadata.name", SelectorOperator::in, {view_name(row.pinned)}, true}}}};
    }
    pod.required_affinity = t.constraints.required_affinity;
    pod.required_anti_affinity = t.constraints.required_anti_affinity;
    pod.preferred_affinity = t.constraints.preferred_affinity;
    pod.preferred_anti_affinity = t.constraints.preferred_anti_affinity;
    for (auto* list :
         {&pod.required_affinity, &pod.required_anti_affinity, &pod.preferred_affinity, &pod.preferred_anti_affinity}) {
        for (AffinityTerm& term : *list)
            narrow_to(as_written(world, row.pod_template), term.is_about_same_template, term.selector);
    }
    if (!spec.kubernetes.is_2018()) pod.spread = t.constraints.spread;
    for (SpreadConstraint& constraint : pod.spread)
        narrow_to(as_written(world, row.pod_template), constraint.is_about_same_template, constraint.selector);
    pod.host_ports = t.constraints.host_ports;
    for_each_claim(spec, world, id,
                   [&](const eks::VolumeClaim&, const std::string& name, ZoneIx) { pod.claims.push_back(name); });
    for (const auto* containers : {&t.init_containers, &t.containers}) {
        for (const ContainerSpec& container : *containers)
            pod.images.push_back(spec.images[container.image.value].name);
    }
    pod.containers = static_cast<std::int64_t>(pod.images.size());
    pod.requests = amounts_of(spec, t.requests);
    pod.container_requests = pod.requests_with_defaults = amounts_of(spec, t.scoring_requests);
    return pod;
}

Cluster view_of_cluster(const Spec& spec, const World& world, PodId pod) {
    Cluster cluster;
    for (const NodeId id : world.node_order) cluster.nodes.push_back(view_of_node(spec, world, id));
    for (const auto& [id, row] : world.pods) {
        const bool is_placed = row.node.valid() && row.holds_resources;
        if (!is_placed && (id == pod || !row.nominated.valid())) continue;
        cluster.pods.push_back(view_of_pod(spec, world, id));
        add_claims(spec, world, id, cluster);
    }
    add_claims(spec, world, pod, cluster);
    for (const NodeId id : world.node_order)
        cluster.volume_limits[view_name(id)][std::string(attached_driver)] = spec[world.nodes[id].shape].max_volumes;
    for (std::size_t i = 0; i < spec.budgets.size(); ++i) {
        DisruptionBudget budget{
            spec.budgets[i].namespace_name, {true, spec.budgets[i].selector}, world.budgets[i].disruptions_allowed, {}};
        for (const auto& [id, row] : world.pods) {
            if (is_disrupted(row)) budget.disrupted_pods.insert(view_name(id));
        }
        cluster.budgets.push_back(std::move(budget));
    }
    for (const std::string& name : spec.namespaces) {
        for (const Label& label : spec.labels_of_namespace(name)) cluster.namespaces[name][label.key] = label.value;
    }
    add_default_spread(spec, world.pods[pod].pod_template, cluster);
    return cluster;
}

}  // namespace eks::plain
