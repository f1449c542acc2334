// ENIConfig objects: in which subnet the nodes' further interfaces are made under custom networking (IPAM-145).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// The section `eniConfig` of the chart and add-on aws-vpc-cni: one object for each entry of `subnets`, named after the
// region and the entry's key.
void add_eni_configs(const Reader& section, KubernetesObjects& objects, ScenarioBuilder& builder);

// Gives each node shape the subnet that its ENIConfig names; needs the settings of the CNI. Without custom networking
// the objects have no effect and are listed as ignored.
void assign_eni_configs(const KubernetesObjects& objects, ScenarioBuilder& builder);

}  // namespace eks
