// The CNIs that give pods their addresses, where a node may have more than one.
#pragma once

#include <cstdint>

namespace eks {

enum class Cni : std::uint8_t { vpc_cni, cilium };

}  // namespace eks
