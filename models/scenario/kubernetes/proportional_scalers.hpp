// Cluster-proportional autoscalers among the objects, known by their image, with the ConfigMap or the default
// parameters that they are given (DNS-5).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Once all workloads have been read.
void read_proportional_scalers(const KubernetesObjects& objects, ScenarioBuilder& builder);

}  // namespace eks
