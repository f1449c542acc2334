// A load balancer that somebody's Service or Ingress has had made, and what stands behind it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

enum class BalancerKind : std::uint8_t { application, network, classic };

struct LoadBalancer {
    BalancerKind kind = BalancerKind::network;
    std::string name;                     // "Service/shop/web", "Ingress/shop/web", or a group of Ingresses
    std::vector<std::uint32_t> services;  // into Spec::services
    friend bool operator==(const LoadBalancer&, const LoadBalancer&) = default;
};

}  // namespace eks
