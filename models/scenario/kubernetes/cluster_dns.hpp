// The cluster's DNS among the objects: whose pods answer names, and whose pods cannot start before they do.
#pragma once

#include "models/scenario/builder.hpp"

namespace eks {

// Once all objects have been read.
void find_cluster_dns(ScenarioBuilder& builder);

}  // namespace eks
