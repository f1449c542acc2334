// The writers of subnets: which addresses of each are taken (IPAM-200 to IPAM-209). One bit an address, one bit a /28
// block that is not wholly free, so that single addresses and prefixes are both found without a walk over addresses.
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <vector>

namespace eks {

// All subnets of the Spec, with only what AWS keeps of each taken (IPAM-200).
void add_subnets(const Spec& spec, World& world);

// Takes `count` single addresses, each picked by a draw of its own among those that EC2 gives out automatically
// (IPAM-205, IPAM-206); all or nothing (IPAM-203). Writes them to `taken`; false if there are too few.
bool take_addresses(const Spec& spec, World& world, sim::RunKey key, SubnetIx subnet, std::int32_t count,
                    std::uint32_t* taken);
// The same for aligned /28 blocks that are wholly free: those reserved for prefixes first (IPAM-204, IPAM-206).
bool take_prefixes(const Spec& spec, World& world, sim::RunKey key, SubnetIx subnet, std::int32_t count,
                   std::uint32_t* taken);
void give_back_address(const Spec& spec, World& world, SubnetIx subnet, std::uint32_t address);
void give_back_prefix(const Spec& spec, World& world, SubnetIx subnet, std::uint32_t network);

// What others hold of each subnet from the start (IPAM-201), spread like anything else that EC2 gives out.
void hold_for_others(const Spec& spec, World& world, sim::RunKey key);

// Takes one given address; false if somebody has it already.
bool take_this_address(const Spec& spec, World& world, SubnetIx subnet, std::uint32_t address);

}  // namespace eks
