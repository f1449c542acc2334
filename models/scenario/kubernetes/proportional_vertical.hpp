// Cluster-proportional vertical autoscalers among the objects, known by their image (CPVPA-1).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Once all workloads have been read.
void read_proportional_vertical(const KubernetesObjects& objects, ScenarioBuilder& builder);

}  // namespace eks
