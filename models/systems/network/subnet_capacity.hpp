// What fits into a subnet: its addresses, its /28 blocks for prefixes, and nodes that take so many of each (IPAM-200,
// IPAM-204, IPAM-205, IPAM-187). Pure functions of plain numbers, for planning; the simulation keeps every address.
#pragma once

#include <cstdint>

namespace eks {

// A subnet by the length of its prefix, /16 to /28.
struct SubnetSize {
    std::int32_t prefix_length = 24;

    // AWS keeps five addresses of each subnet (IPAM-200).
    constexpr std::int64_t usable() const { return (std::int64_t{1} << (32 - prefix_length)) - 5; }
    // The first and the last /28 hold addresses that AWS keeps (IPAM-204).
    constexpr std::int64_t prefixes() const {
        return prefix_length >= 27 ? 0 : (std::int64_t{1} << (28 - prefix_length)) - 2;
    }
    // The single addresses that cost no prefix: those beside the blocks that can become one.
    constexpr std::int64_t beside_prefixes() const { return usable() - 16 * prefixes(); }
};

// What is left for prefixes once so many single addresses are taken, if they sit as close together as they can.
std::int64_t whole_blocks_at_best(SubnetSize subnet, std::int64_t singles);

// The same if each of them was drawn from all usable addresses: the expected number of blocks that hold none of them.
// A given block is missed with the hypergeometric probability C(U - 16, n) / C(U, n), and expectations add up whether
// or not blocks depend on each other.
double whole_blocks_expected(SubnetSize subnet, std::int64_t singles);

// What one node takes of the subnet.
struct NodeAddresses {
    std::int64_t singles = 0;  // addresses of ENIs, and secondary ones
    std::int64_t prefixes = 0;
};

enum class SubnetPlacing : std::uint8_t {
    packed,     // single addresses close together: a reservation for prefixes brings this about (IPAM-206)
    scattered,  // all of them drawn at random before the first prefix is asked for
};

// How many such nodes a subnet holds in which so many single addresses are taken already.
std::int64_t nodes_that_fit(SubnetSize subnet, std::int64_t taken, const NodeAddresses& node, SubnetPlacing placing);

// Whether single addresses run out before prefixes do, for the node that does not fit any more.
bool addresses_bind(SubnetSize subnet, std::int64_t taken, const NodeAddresses& node, std::int64_t nodes);

}  // namespace eks
