// ResourceQuota objects (QUOTA-1): what of spec.hard is about pods, and the scopes. Bounds on other objects than pods
// are listed as ignored.
#pragma once

#include "models/scenario/builder.hpp"

#include <string>

namespace eks {

void read_resource_quota(const Reader& object, const std::string& namespace_name, const std::string& name,
                         ScenarioBuilder& builder);

// Workloads whose pods a quota refuses always: it bounds what they do not state.
void warn_of_unstated_amounts(const ScenarioBuilder& builder);

}  // namespace eks
