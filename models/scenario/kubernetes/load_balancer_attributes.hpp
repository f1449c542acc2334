// What annotations say of a load balancer: those of the cloud provider's own controller on Services, and those of the
// AWS Load Balancer Controller on Services and Ingresses.
#pragma once

#include "models/scenario/builder.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eks {

std::optional<Reader> annotation_of(const Reader& object, std::string_view key);

// Of a Service that has a balancer of this kind: `object` has the annotations, `spec` is its spec, and may be other
// than the object's (the chart of Cilium has both in one map).
void read_service_attributes(const Reader& object, const Reader& spec, LoadBalancer& balancer);

// Of an Ingress of the AWS Load Balancer Controller.
void read_ingress_attributes(const Reader& object, LoadBalancer& balancer);

}  // namespace eks
