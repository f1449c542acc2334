// What EKS itself installs into every new cluster: the VPC CNI, kube-proxy and cluster DNS, as Kubernetes objects, so
// that patches and manifests reach them like any others. Facts from IPAM-116, DNS-1, BOOT-4 and the published manifests
// of the add-ons; what no model could read (volumes, commands, rights) is left out.
#pragma once

#include "models/scenario/json_value.hpp"
#include "models/spec/kubernetes_version.hpp"

namespace eks {

// A list of objects whose places read "<EKS 1.34 defaults>". Nothing in it is ever listed as ignored.
JsonValue eks_default_objects(KubernetesVersion version, Origins& origins, Diagnostics& diagnostics);
// What we wrote ourselves is no field that a user would want to know to be ignored.
void mark_everything_used(const JsonValue& value);

// Sets the VPC CNI up as EKS does in a cluster whose ipFamily is IPv6.
void install_for_ipv6(JsonValue& objects);

}  // namespace eks
