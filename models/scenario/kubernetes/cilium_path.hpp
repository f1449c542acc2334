// What Cilium's settings say of packets, beside those of its address management (cilium.hpp): routing on the host, the
// load balancer in sockets, masquerading, Hubble, the sizes of its maps, and its Ingress.
#pragma once

#include "models/scenario/builder.hpp"

#include <array>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace eks {

// By the names of cilium-config.
using CiliumSaid = std::map<std::string, Reader, std::less<>>;

// Where the chart has what is read here, and the name that cilium-config has for it.
struct CiliumPathValue {
    std::array<std::string_view, 2> path;
    std::string_view key;
};
std::span<const CiliumPathValue> cilium_path_values();
bool is_cilium_path_key(std::string_view key);

// Into DataPaths::cilium, where data paths are used, into Outside::cilium, where pods have to do with networks outside
// and Cilium gives them their addresses (chained, the VPC CNI's rules translate those), and how Cilium serves
// Ingresses.
void read_cilium_path(const CiliumSaid& said, ScenarioBuilder& builder, bool gives_addresses);

}  // namespace eks
