// The environment of the VPC CNI's own container: what the cluster's address pool settings are made of (IPAM-1).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

namespace eks {

// Reads the variables that bear on the pool from the DaemonSet kube-system/aws-node into builder.cni_environment and
// builder.spec.cni. Modes that no model knows yet are refused when they are switched on.
void read_cni_environment(const Reader& daemon_set, ScenarioBuilder& builder);

}  // namespace eks
