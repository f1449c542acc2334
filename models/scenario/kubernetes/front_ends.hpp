// Which iptables the nodes' images have (DPD-8): it decides what kube-proxy's mode iptables is.
#pragma once

#include "models/scenario/builder.hpp"

namespace eks {

// Into DataPaths::front_ends, once all shapes are there. What images cannot do is complained of, at their node group.
void find_front_ends(const Reader& cluster, ScenarioBuilder& builder);

}  // namespace eks
