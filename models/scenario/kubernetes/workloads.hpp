// Controllers' objects and bare Pods to Workloads, one function a kind, with the defaults of the API server.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/admission.hpp"
#include "models/scenario/kubernetes/label_selector.hpp"
#include "models/scenario/reader.hpp"

#include <string>
#include <vector>

namespace eks {

// A workload's own selector, for those kinds whose selector tells which pods are spread together (SCHED-60).
struct OwnedSelector {
    WorkloadIx workload;
    LabelSelector selector;
};

// Reads one object of the role `workload`. `name` and `namespace_name` are the object's, already read.
void read_workload(const Reader& object, const std::string& kind, const std::string& namespace_name,
                   const std::string& name, bool is_addon, const Admission& admission, ScenarioBuilder& builder,
                   std::vector<OwnedSelector>& selectors);

}  // namespace eks
