// A World as the plain scheduler sees it: the same nodes and pods, written as Kubernetes objects. With it the scheduler
// of a run is held against the one that agrees with the real one.
#pragma once

#include "models/spec/tolerations.hpp"
#include "models/systems/scheduling/plain/cycle.hpp"
#include "models/world/verbs.hpp"

#include <string>

namespace eks::testing {

inline std::string plain_name(NodeId id) { return "node-" + std::to_string(id.slot); }

inline plain::Amounts plain_amounts(const Resources& resources) {
    plain::Amounts amounts;
    for (const ResourceKind kind : all_resource_kinds) amounts[std::string(resource_name(kind))] = resources.of(kind);
    return amounts;
}

inline plain::NodeObject plain_node(const Spec& spec, const World& world, NodeId id) {
    const Node& row = world.nodes[id];
    const NodeShape& shape = spec[row.shape];
    plain::NodeObject node;
    node.name = plain_name(id);
    for (const Label& label : shape.labels) node.labels[label.key] = label.value;
    node.labels["kubernetes.io/hostname"] = node.name;
    node.labels["topology.kubernetes.io/zone"] = spec.zones[shape.zone.value];
    node.is_unschedulable = row.cordoned;
    node.taints = shape.taints;
    if (row.state != NodeState::ready)
        node.taints.push_back({"node.kubernetes.io/not-ready", "", TaintEffect::no_schedule});
    if (row.cilium.is_tainted || (row.state != NodeState::ready && shape.waits_for_cilium))
        node.taints.push_back({std::string(cilium_taint_key), "", TaintEffect::no_schedule});
    Resources allocatable = shape.allocatable;
    if (row.trunk.stage != TrunkStage::ready) allocatable.pod_enis = 0;
    node.allocatable = plain_amounts(allocatable);
    node.allocatable["pods"] = shape.max_pods;
    for (std::size_t i = 0; i < spec.images.size(); ++i) {
        if (node_reports_image(world, id, ImageIx::of(i))) node.images[spec.images[i].name] = spec.images[i].unpacked_bytes;
    }
    return node;
}

inline plain::PodObject plain_pod(const Spec& spec, const World& world, PodId id) {
    const Pod& row = world.pods[id];
    const PodTemplate& t = spec[row.pod_template];
    plain::PodObject pod;
    pod.namespace_name = "default";
    pod.name = "pod-" + std::to_string(id.slot);
    pod.labels["workload"] = std::to_string(row.workload.value);
    pod.is_terminating = row.terminating;
    pod.tolerations = t.tolerations;
    for (const Label& label : t.node_selector) pod.node_selector[label.key] = label.value;
    pod.has_required_node_terms = !t.required_node_terms.empty();
    pod.required_node_terms = t.required_node_terms;
    pod.preferred_node_terms = t.preferred_node_terms;
    if (row.pinned.valid()) {
        pod.has_required_node_terms = true;
        pod.required_node_terms = {{{{"metadata.name", SelectorOperator::in, {plain_name(row.pinned)}, true}}}};
    }
    for (const auto* containers : {&t.init_containers, &t.containers}) {
        for (const ContainerSpec& container : *containers)
            pod.images.push_back(spec.images[container.image.value].name);
    }
    pod.containers = static_cast<std::int64_t>(pod.images.size());
    pod.requests = plain_amounts(t.requests);
    pod.container_requests = pod.requests_with_defaults = plain_amounts(t.scoring_requests);
    return pod;
}

// The cluster before the pod is placed.
inline plain::Cluster plain_view(const Spec& spec, const World& world, const Pod& pod) {
    plain::Cluster cluster;
    for (const NodeId id : world.node_order) cluster.nodes.push_back(plain_node(spec, world, id));
    for (const auto& [id, row] : world.pods) {
        if (!row.node.valid() || row.stage == PodStage::finished) continue;
        cluster.pods.push_back(plain_pod(spec, world, id));
        cluster.pods.back().node_name = plain_name(row.node);
    }
    // What spreads the pod, as one Service of the workloads that count as the same.
    const Workload& workload = spec[pod.workload];
    if (workload.spread_with.empty()) return cluster;
    SelectorRequirement same{"workload", SelectorOperator::in, {}, false};
    for (const WorkloadIx other : workload.spread_with) same.values.push_back(std::to_string(other.value));
    cluster.services.push_back({"Service", "default", "same", {true, {same}}});
    return cluster;
}

}  // namespace eks::testing
