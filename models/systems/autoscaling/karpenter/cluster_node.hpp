// What Karpenter takes a node to be while it comes up (KARP-8): launched, registered and initialised are stages in
// which its claim speaks for it, then both, then the node alone.
#pragma once

#include "models/systems/autoscaling/karpenter/objects.hpp"

#include <string>
#include <vector>

namespace eks::karpenter {

bool is_registered(const ClusterNode& node);
bool is_initialized(const ClusterNode& node);
bool is_being_deleted(const ClusterNode& node);

const std::string& name_of(const ClusterNode& node);
const Labels& labels_of(const ClusterNode& node);
// The name if there is no such label.
const std::string& hostname_of(const ClusterNode& node);
// Without those that go away by themselves while it comes up.
std::vector<Taint> taints_of(const ClusterNode& node);
Amounts capacity_of(const ClusterNode& node);
Amounts allocatable_of(const ClusterNode& node);

}  // namespace eks::karpenter
