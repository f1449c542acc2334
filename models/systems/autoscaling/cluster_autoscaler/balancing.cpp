#include "models/systems/autoscaling/cluster_autoscaler/balancing.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace eks::cluster_autoscaler {

namespace {

// compare_nodegroups.go, and aws_nodegroups.go for the names of EKS and eksctl.
constexpr std::array<std::string_view, 14> ignored_labels{
    "kubernetes.io/hostname",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "kops.k8s.io/instancegroup",
    "beta.kubernetes.io/fluentd-ds-ready",
    "alpha.eksctl.io/instance-id",
    "alpha.eksctl.io/nodegroup-name",
    "eks.amazonaws.com/nodegroup",
    "k8s.amazonaws.com/eniConfig",
    "lifecycle",
    "topology.ebs.csi.aws.com/zone",
    "topology.k8s.aws/zone-id",
};

constexpr double memory_capacity_tolerance = 0.015;
constexpr double amount_tolerance = 0.05;

bool are_close(std::int64_t a, std::int64_t b, double tolerance) {
    const auto larger = static_cast<double>(std::max(std::abs(a), std::abs(b)));
    return static_cast<double>(std::abs(a - b)) <= larger * tolerance;
}

std::vector<Label> compared_labels(std::span<const Label> labels, std::span<const std::string> further_ignored) {
    std::vector<Label> compared;
    for (const Label& label : labels) {
        if (!is_ignored_in_balancing(label.key) &&
            std::ranges::find(further_ignored, label.key) == further_ignored.end())
            compared.push_back(label);
    }
    return compared;
}

}  // namespace

bool is_ignored_in_balancing(std::string_view key) {
    return std::ranges::find(ignored_labels, key) != ignored_labels.end();
}

bool are_similar(const ComparedNode& a, const ComparedNode& b, std::span<const std::string> further_ignored) {
    for (const ResourceKind kind : all_resource_kinds) {
        const std::int64_t x = a.capacity.of(kind);
        const std::int64_t y = b.capacity.of(kind);
        if (kind == ResourceKind::memory ? !are_close(x, y, memory_capacity_tolerance) : x != y) return false;
        if (!are_close(a.allocatable.of(kind), b.allocatable.of(kind), amount_tolerance) ||
            !are_close(a.free.of(kind), b.free.of(kind), amount_tolerance))
            return false;
    }
    if (a.max_pods != b.max_pods || !are_close(a.free_pods, b.free_pods, amount_tolerance)) return false;
    return compared_labels(a.labels, further_ignored) == compared_labels(b.labels, further_ignored);
}

// One node after the other to the smallest group that may grow; of equal ones to the first.
std::vector<std::int32_t> balanced_sizes(std::span<const BalancedGroup> groups, std::int64_t new_nodes) {
    std::vector<std::int32_t> sizes;
    for (const BalancedGroup& group : groups) sizes.push_back(group.size);
    for (; new_nodes > 0; --new_nodes) {
        std::size_t smallest = groups.size();
        for (std::size_t i = 0; i < groups.size(); ++i) {
            if (sizes[i] >= groups[i].maximum) continue;
            if (smallest == groups.size() || sizes[i] < sizes[smallest]) smallest = i;
        }
        if (smallest == groups.size()) break;
        ++sizes[smallest];
    }
    return sizes;
}

}  // namespace eks::cluster_autoscaler
