// The settings of cluster.addons, laid over the objects that EKS installs.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Add-ons whose pods we know (vpc-cni, kube-proxy, coredns) change their objects; of the others it is said that their
// pods are missing.
void apply_addons(KubernetesObjects& objects, ScenarioBuilder& builder);

// Helm values of the chart aws-vpc-cni, whose words the add-on shares.
void apply_vpc_cni_values(const Reader& values, KubernetesObjects& objects, ScenarioBuilder& builder);

}  // namespace eks
