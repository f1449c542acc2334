// What node shapes owe to settings of the CNI and the resource controller that are known only when the objects have
// been read: the branch ENIs that they offer, and the network cards that the daemon fills.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// The ConfigMap kube-system/amazon-vpc-cni, from which the resource controller has its settings (IPAM-157).
void read_resource_controller_settings(const KubernetesObjects& objects, ScenarioBuilder& builder);

// IPAM-155: the pod-eni that nodes offer, by their type.
void offer_branch_enis(ScenarioBuilder& builder);

// IPAM-135: what IPv6 demands of the other settings and of the instance types.
void check_ipv6(ScenarioBuilder& builder);

}  // namespace eks
