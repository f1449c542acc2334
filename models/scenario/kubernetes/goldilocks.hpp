// What the controller of Goldilocks makes of labels on namespaces: a VerticalPodAutoscaler for each workload (VPA-30).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/admission.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Once all workloads and the VerticalPodAutoscalers that are written have been read.
void add_goldilocks_scalers(const KubernetesObjects& objects, const Admission& admission, ScenarioBuilder& builder);

}  // namespace eks
