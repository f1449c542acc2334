// Node groups in eksctl's words to node groups and node shapes of the Spec: instance types, sizes, labels, taints, and
// what of a node pods can have. Internal to models/scenario; called by cluster.cpp after the subnets are known.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/subnets.hpp"

#include <vector>

namespace eks {

// Reads cluster.nodeGroups and cluster.managedNodeGroups.
void read_node_groups(const Reader& cluster, const std::vector<NamedSubnet>& subnets, ScenarioBuilder& builder);

}  // namespace eks
