#include "models/systems/autoscaling/karpenter/cluster_node.hpp"

#include "models/systems/autoscaling/karpenter/vocabulary.hpp"

#include <algorithm>

namespace eks::karpenter {

namespace {

bool says_true(const ClusterNode& node, std::string_view label) {
    const auto found = node.node->labels.find(label);
    return found != node.node->labels.end() && found->second == "true";
}

bool has_reached(const ClusterNode& node, std::string_view stage_label) {
    return !node.claim || (node.node && says_true(node, stage_label));
}

bool is_of_the_claim(const ClusterNode& node) { return !node.node || !is_registered(node); }

// Taints of key and effect that the kubelet, the cloud provider and Karpenter itself take away again.
bool is_ephemeral(const Taint& taint) {
    const bool keeps_pods_out = taint.effect == TaintEffect::no_schedule;
    if (taint.key == "node.kubernetes.io/not-ready") return taint.effect != TaintEffect::prefer_no_schedule;
    if (taint.key == "node.kubernetes.io/unreachable") return keeps_pods_out;
    if (taint.key == "node.cloudprovider.kubernetes.io/uninitialized") return keeps_pods_out;
    if (taint.key == "karpenter.sh/unregistered") return taint.effect == TaintEffect::no_execute;
    return taint.key.starts_with("readiness.k8s.io/");
}

// What the node does not tell yet its claim does.
Amounts completed(const ClusterNode& node, Amounts NodeObject::* of_node, Amounts NodeClaim::* of_claim) {
    Amounts amounts;
    if (node.node) amounts = *node.node.*of_node;
    if (!node.claim || is_initialized(node)) return amounts;
    for (const auto& [resource, amount] : *node.claim.*of_claim) {
        std::int64_t& known = amounts[resource];
        if (known == 0) known = amount;
    }
    return amounts;
}

}  // namespace

bool is_registered(const ClusterNode& node) { return has_reached(node, registered_label); }
bool is_initialized(const ClusterNode& node) { return has_reached(node, initialized_label); }

bool is_being_deleted(const ClusterNode& node) {
    return node.claim ? node.claim->is_being_deleted : node.node->is_being_deleted;
}

const std::string& name_of(const ClusterNode& node) {
    return is_of_the_claim(node) ? node.claim->name : node.node->name;
}

const Labels& labels_of(const ClusterNode& node) {
    return is_of_the_claim(node) ? node.claim->labels : node.node->labels;
}

const std::string& hostname_of(const ClusterNode& node) {
    const auto found = labels_of(node).find(hostname_label);
    return found == labels_of(node).end() || found->second.empty() ? name_of(node) : found->second;
}

std::vector<Taint> taints_of(const ClusterNode& node) {
    std::vector<Taint> taints = is_of_the_claim(node) ? node.claim->taints : node.node->taints;
    if (is_initialized(node)) return taints;
    std::erase_if(taints, [&](const Taint& taint) {
        return is_ephemeral(taint) || std::ranges::any_of(node.claim->startup_taints, [&](const Taint& startup) {
                   return startup.key == taint.key && startup.effect == taint.effect;
               });
    });
    return taints;
}

Amounts capacity_of(const ClusterNode& node) {
    Amounts amounts = completed(node, &NodeObject::capacity, &NodeClaim::capacity);
    amounts["nodes"] = 1;
    return amounts;
}

Amounts allocatable_of(const ClusterNode& node) {
    return completed(node, &NodeObject::allocatable, &NodeClaim::allocatable);
}

}  // namespace eks::karpenter
