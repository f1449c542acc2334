// The cluster of the Karpenter calls, read from JSON as the API server stores its objects: unknown fields are passed
// over, as a stored object has many that Karpenter does not look at.
#pragma once

#include "models/report/decisions/arguments.hpp"
#include "models/systems/autoscaling/karpenter/objects.hpp"

namespace eks::decisions {

// The arguments that both calls take.
karpenter::Cluster karpenter_cluster_of(const Json& arguments);

}  // namespace eks::decisions
