// How a node of an instance type is made up: size, addresses, well-known labels, price, and what its kubelet keeps
// back. Node groups and NodePools make their shapes of these. Internal to models/scenario.
#pragma once

#include "models/catalog/instance_type.hpp"
#include "models/scenario/builder.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// What follows of the type and its root volume alone: not its group, zone, labels, taints, pods or price, nor what is
// left of its capacity.
NodeShape shape_of_type(const InstanceType& type, std::int64_t volume_gib, const ScenarioBuilder& builder);

// The labels that kubelet and cloud provider put on a node.
std::map<std::string, std::string> labels_of_type(const InstanceType& type, const std::string& zone, const Spec& spec);
std::vector<Label> sorted_labels(const std::map<std::string, std::string>& labels);

// What it costs an hour; 0, with a warning at `at`, where nobody knows.
MicroUsd price_of_type(const Reader& at, const InstanceType& type, bool is_spot, ScenarioBuilder& builder);

// How many of its spot instances are interrupted in a month (AWS-25).
std::int32_t interruptions_ppm_per_month(const InstanceType& type, const ScenarioBuilder& builder);

// kubeReserved, systemReserved and evictionHard of a KubeletConfiguration. A set of thresholds replaces the default set
// (KUBELET-60), so what it does not name is not kept back.
void read_kubelet_reserve(const Reader& config, const Resources& capacity, KubeletReserve& reserve,
                          KubeletSettings& settings);

}  // namespace eks
