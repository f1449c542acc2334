// kube-proxy's own settings: its KubeProxyConfiguration in the ConfigMap kube-system/kube-proxy-config, the flags of
// its DaemonSet, and the settings of EKS's add-on.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Into DataPaths::kube_proxy, where data paths are used.
void read_kube_proxy(const KubernetesObjects& objects, ScenarioBuilder& builder);

}  // namespace eks
