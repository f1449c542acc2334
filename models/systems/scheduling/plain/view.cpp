#include "models/systems/scheduling/plain/view.hpp"

#include "models/spec/tolerations.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks::plain {

namespace {

// Stands for all that tells the pods of one template from others where no label does: the hash of a Deployment's
// template, and membership in what default constraints spread.
constexpr std::string_view template_label = "pod-template-hash";

std::string number_of(TemplateIx t) { return std::to_string(t.value); }

Amounts amounts_of(const Resources& resources) {
    Amounts amounts;
    for (const ResourceKind kind : all_resource_kinds) amounts[std::string(resource_name(kind))] = resources.of(kind);
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
    node.is_unschedulable = row.cordoned || !row.has_instance();
    node.taints = shape.taints;
    if (row.state != NodeState::ready)
        node.taints.push_back({"node.kubernetes.io/not-ready", "", TaintEffect::no_schedule});
    if (row.cilium.is_tainted || (row.state != NodeState::ready && shape.waits_for_cilium))
        node.taints.push_back({std::string(cilium_taint_key), "", TaintEffect::no_schedule});
    Resources allocatable = shape.allocatable;
    if (row.trunk.stage != TrunkStage::ready) allocatable.pod_enis = 0;
    node.allocatable = amounts_of(allocatable);
    node.allocatable["pods"] = shape.max_pods;
    for (std::size_t i = 0; i < spec.images.size(); ++i) {
        if (node_reports_image(world, id, ImageIx::of(i))) node.images[spec.images[i].name] = spec.images[i].unpacked_bytes;
    }
    return node;
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
    pod.labels[std::string(template_label)] = number_of(row.pod_template);
    pod.priority = t.priority;
    pod.may_preempt = t.may_preempt;
    pod.is_terminating = row.terminating;
    pod.is_preempted = row.is_preempted;
    if (row.node.valid()) pod.node_name = view_name(row.node);
    if (row.nominated.valid()) pod.nominated_node = view_name(row.nominated);
    if (row.node.valid() && row.stage != PodStage::binding) pod.started_us = row.scheduled.us();
    pod.tolerations = t.tolerations;
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
    for (auto* list : {&pod.required_affinity, &pod.required_anti_affinity, &pod.preferred_affinity,
                       &pod.preferred_anti_affinity}) {
        for (AffinityTerm& term : *list) narrow_to(row.pod_template, term.is_about_same_template, term.selector);
    }
    if (!spec.kubernetes.is_2018()) pod.spread = t.constraints.spread;
    for (SpreadConstraint& constraint : pod.spread)
        narrow_to(row.pod_template, constraint.is_about_same_template, constraint.selector);
    pod.host_ports = t.constraints.host_ports;
    for (const auto* containers : {&t.init_containers, &t.containers}) {
        for (const ContainerSpec& container : *containers)
            pod.images.push_back(spec.images[container.image.value].name);
    }
    pod.containers = static_cast<std::int64_t>(pod.images.size());
    pod.requests = amounts_of(t.requests);
    pod.container_requests = pod.requests_with_defaults = amounts_of(t.scoring_requests);
    return pod;
}

Cluster view_of_cluster(const Spec& spec, const World& world, PodId pod) {
    Cluster cluster;
    for (const NodeId id : world.node_order) cluster.nodes.push_back(view_of_node(spec, world, id));
    for (const auto& [id, row] : world.pods) {
        const bool is_placed = row.node.valid() && row.holds_resources;
        if (!is_placed && (id == pod || !row.nominated.valid())) continue;
        cluster.pods.push_back(view_of_pod(spec, world, id));
    }
    for (const std::string& name : spec.namespaces) {
        for (const Label& label : spec.labels_of_namespace(name)) cluster.namespaces[name][label.key] = label.value;
    }
    add_default_spread(spec, world.pods[pod].pod_template, cluster);
    return cluster;
}

}  // namespace eks::plain
