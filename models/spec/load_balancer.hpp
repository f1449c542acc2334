// A load balancer that somebody's Service or Ingress has had made, and what stands behind it.
#pragma once

#include "libsim/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

enum class BalancerKind : std::uint8_t { application, network, classic };

// Where it sends connections (DPD-33): to a NodePort of any node, or to the pod itself.
enum class BalancerTarget : std::uint8_t { instance, ip };

struct LoadBalancer {
    BalancerKind kind = BalancerKind::network;
    std::string name;                     // "Service/shop/web", "Ingress/shop/web", or a group of Ingresses
    std::vector<std::uint32_t> services;  // into Spec::services
    BalancerTarget target = BalancerTarget::instance;
    bool is_cross_zone = false;         // else each of its zones sends to targets there alone
    bool keeps_client_address = false;  // DPD-33
    bool is_local = false;              // externalTrafficPolicy Local: only nodes with a pod are targets
    // A pod that is taken out of the targets keeps what is open for so long, or until it ends. Where nodes are the
    // targets none is taken out for the sake of a pod.
    sim::Duration deregistration_delay = sim::Duration::seconds(300);
    // Cilium's Ingress (DPD-23): behind it each node's Envoy stands, and not the pods.
    bool is_cilium_ingress = false;
    // What is open after that delay is ended. A Network Load Balancer leaves it alone unless it is told to end it
    // (deregistration_delay.connection_termination.enabled, false by default for TCP).
    bool ends_connections = true;
    friend bool operator==(const LoadBalancer&, const LoadBalancer&) = default;
};

}  // namespace eks
