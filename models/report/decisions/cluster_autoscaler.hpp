// The calls `ca_estimate`, `ca_expand`, `ca_utilization` and `ca_drainable`: what Cluster Autoscaler decides for
// Kubernetes objects.
#pragma once

#include "models/report/decisions/arguments.hpp"

namespace eks::decisions {

Json ca_estimate_call(const Json& arguments);
Json ca_expand_call(const Json& arguments);
Json ca_utilization_call(const Json& arguments);
Json ca_drainable_call(const Json& arguments);

}  // namespace eks::decisions
