// VerticalPodAutoscalers (VPA-13, VPA-20), and the Deployments that carry them out.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/admission.hpp"
#include "models/scenario/reader.hpp"

#include <string>

namespace eks {

void read_vertical_autoscaler(const Reader& object, const std::string& namespace_name, const std::string& name,
                              const Admission& admission, ScenarioBuilder& builder);

// vpa-recommender, vpa-updater and vpa-admission-controller among the workloads, with their flags. Once all
// autoscalers are read.
void read_vertical_processes(ScenarioBuilder& builder);

}  // namespace eks
