// What Cluster Autoscaler learns of a node group from its Auto Scaling group, tags included, before it has seen a node
// of it (CA-21, CA-43).
#pragma once

#include "models/scenario/builder.hpp"

namespace eks {

// The group's shape as far as the Auto Scaling group tells it; its tags may set the options. Of several zones the
// first counts.
NodeShape asg_template(NodeGroupIx group, ScaleDownOptions& options, ScenarioBuilder& builder);

}  // namespace eks
