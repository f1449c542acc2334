// Which workloads' pods count as "the same" when the scheduler spreads pods over nodes and zones: those that the
// selectors of Services and of the pod's own controller select (SCHED-60; in 1.10 X-4).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/label_selector.hpp"
#include "models/scenario/kubernetes/workloads.hpp"
#include "models/scenario/reader.hpp"

#include <string>
#include <vector>

namespace eks {

struct ServiceSelector {
    std::string namespace_name;
    std::string name;
    LabelSelector selector;
    Reader object;  // the Service
};

// The selector of a Service, or nothing if it has none. What was read does not count as used yet.
std::optional<LabelSelector> peek_service_selector(const Reader& service);

// Whom each Service stands for, into the Spec's `services`.
void find_endpoints(const std::vector<ServiceSelector>& services, ScenarioBuilder& builder);

// Fills spread_with of all workloads, and marks those selectors as used that make a difference.
void decide_spreading(const std::vector<ServiceSelector>& services, const std::vector<OwnedSelector>& owned,
                      ScenarioBuilder& builder);

}  // namespace eks
