// Source ports that Cilium's programs translate to.
#pragma once

#include <cstdint>

namespace eks {

// Those above the ones of NodePorts, 30000 to 32767: 32768 to 65535 (bpf/include/bpf/config of Cilium).
inline constexpr std::int64_t snat_ports_of_cilium = 65535 - 32768 + 1;

}  // namespace eks
