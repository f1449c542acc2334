// The descheduler among the objects, known by its image, with the policy in the ConfigMap that it mounts (DESCH-1 to
// DESCH-4).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Once all workloads have been read.
void read_descheduler(const KubernetesObjects& objects, ScenarioBuilder& builder);

}  // namespace eks
