#include "models/systems/network/subnet_capacity.hpp"

#include "models/quantities.hpp"

#include <algorithm>

namespace eks {

namespace {

// Each prefix takes its sixteen addresses as well, so that single ones and prefixes compete.
std::int64_t addresses_of(std::int64_t taken, const NodeAddresses& node, std::int64_t nodes) {
    return taken + nodes * (node.singles + node.prefixes * addresses_per_prefix);
}

bool fit(SubnetSize subnet, std::int64_t taken, const NodeAddresses& node, std::int64_t nodes, SubnetPlacing placing) {
    if (addresses_of(taken, node, nodes) > subnet.usable()) return false;
    if (node.prefixes == 0) return true;
    const std::int64_t singles = taken + nodes * node.singles;
    const std::int64_t wanted = nodes * node.prefixes;
    if (placing == SubnetPlacing::packed) return wanted <= whole_blocks_at_best(subnet, singles);
    return static_cast<double>(wanted) <= whole_blocks_expected(subnet, singles);
}

}  // namespace

std::int64_t whole_blocks_at_best(SubnetSize subnet, std::int64_t singles) {
    const std::int64_t inside = std::max<std::int64_t>(singles - subnet.beside_prefixes(), 0);
    const std::int64_t broken = (inside + addresses_per_prefix - 1) / addresses_per_prefix;
    return std::max<std::int64_t>(subnet.prefixes() - broken, 0);
}

double whole_blocks_expected(SubnetSize subnet, std::int64_t singles) {
    const std::int64_t usable = subnet.usable();
    if (singles > usable - addresses_per_prefix) return 0;
    auto expected = static_cast<double>(subnet.prefixes());
    for (std::int64_t i = 0; i < addresses_per_prefix; ++i)
        expected *= static_cast<double>(usable - singles - i) / static_cast<double>(usable - i);
    return expected;
}

std::int64_t nodes_that_fit(SubnetSize subnet, std::int64_t taken, const NodeAddresses& node, SubnetPlacing placing) {
    if (node.singles + node.prefixes <= 0) return 0;
    std::int64_t fits = 0;
    std::int64_t too_many = subnet.usable() + 1;
    while (too_many - fits > 1) {
        const std::int64_t middle = (fits + too_many) / 2;
        (fit(subnet, taken, node, middle, placing) ? fits : too_many) = middle;
    }
    return fits;
}

bool addresses_bind(SubnetSize subnet, std::int64_t taken, const NodeAddresses& node, std::int64_t nodes) {
    return addresses_of(taken, node, nodes + 1) > subnet.usable();
}

}  // namespace eks
