// The labels that Karpenter's AWS provider gives a node by its instance type: karpenter.k8s.aws/instance-category and
// the others. Internal to models/scenario.
#pragma once

#include "models/catalog/instance_type.hpp"

#include <map>
#include <string>

namespace eks {

void add_instance_labels(const InstanceType& type, std::map<std::string, std::string>& labels);

// Bare metal, or with accelerators (KARP-31).
bool is_exotic(const InstanceType& type);

}  // namespace eks
