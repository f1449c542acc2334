// The section `cluster`, in the vocabulary of eksctl's ClusterConfig: version and region, then subnets, node groups and
// add-ons. Internal to models/scenario; the first section that is read, since all others depend on it.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

namespace eks {

// Puts an unchanged eksctl file (cluster.from, already read in) under the keys that the scenario states beside it.
void lay_over_eksctl_file(JsonValue& document, Reading& reading);

// Version, region and name: what everything else needs to know. False if there is no usable region, so that zones and
// types cannot be looked up.
bool read_cluster_metadata(const Reader& cluster, ScenarioBuilder& builder);

// All the rest of the section.
void read_cluster(const Reader& cluster, ScenarioBuilder& builder);

}  // namespace eks
