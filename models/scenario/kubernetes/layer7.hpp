// What the objects say of proxies on the way of requests (DPC-1): Cilium's Ingress, Istio's labels, and HTTP rules of a
// CiliumNetworkPolicy.
#pragma once

#include "models/scenario/builder.hpp"

#include <string>

namespace eks {

// A CiliumNetworkPolicy, or one of the whole cluster, which has no namespace.
void read_http_policy(const Reader& object, const std::string& namespace_name, ScenarioBuilder& builder);

// Of several proxies the one that costs the most: a class has one kind.
datapath::Layer7 layer7_by_objects(const TrafficClass& traffic, const ScenarioBuilder& builder);

}  // namespace eks
