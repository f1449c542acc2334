// What EC2 has taken back returns to its subnet: at the end of the call, or some time later where the scenario has it
// so (IPAM-209).
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// How many addresses are free at once.
std::int64_t return_address(const Spec& spec, World& world, Turn& turn, SubnetIx subnet, std::uint32_t address);
std::int64_t return_prefix(const Spec& spec, World& world, Turn& turn, SubnetIx subnet, std::uint32_t network);
inline std::int64_t return_cidr(const Spec& spec, World& world, Turn& turn, SubnetIx subnet, const EniCidr& cidr) {
    return cidr.is_prefix ? return_prefix(spec, world, turn, subnet, cidr.network)
                          : return_address(spec, world, turn, subnet, cidr.network);
}

}  // namespace eks
