// Karpenter's NodePools (karpenter.sh/v1 and v1beta1): each becomes a node group without an Auto Scaling group, whose
// shapes are all instance types, zones and capacity types that it may launch. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Needs the workloads, among which Karpenter's own Deployment is looked for, and the node groups.
void read_node_pools(const KubernetesObjects& objects, ScenarioBuilder& builder);

}  // namespace eks
