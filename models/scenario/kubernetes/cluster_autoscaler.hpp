// Cluster Autoscaler among the objects, known by its image, with its flags, the node groups that it scales and the
// ConfigMap of its priority expander (CA-1 to CA-62).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Once all workloads and node groups have been read. Adds the shapes of what Auto Scaling groups say of new nodes
// (CA-21).
void read_cluster_autoscaler(const KubernetesObjects& objects, ScenarioBuilder& builder);

}  // namespace eks
