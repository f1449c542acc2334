#include "models/systems/network/address_return.hpp"

#include "models/systems/handlers.hpp"
#include "models/world/subnet_verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

// In World::held_by_others: nobody holds it any more, and EC2 does not give it out yet.
constexpr std::uint32_t on_its_way_back = ~std::uint32_t{0};

// False: it returns at once.
bool returns_later(const Spec& spec, World& world, Turn& turn, const AddressesReturn& what, std::uint32_t count) {
    if (spec.latencies.address_return <= sim::Duration::zero()) return false;
    for (std::uint32_t n = 0; n < count; ++n)
        world.held_by_others.push_back({what.subnet, what.network + n, on_its_way_back});
    turn.after(spec.latencies.address_return, what);
    return true;
}

}  // namespace

std::int64_t return_address(const Spec& spec, World& world, Turn& turn, SubnetIx subnet, std::uint32_t address) {
    if (returns_later(spec, world, turn, {subnet, address, false}, 1)) return 0;
    give_back_address(spec, world, subnet, address);
    return 1;
}

std::int64_t return_prefix(const Spec& spec, World& world, Turn& turn, SubnetIx subnet, std::uint32_t network) {
    if (returns_later(spec, world, turn, {subnet, network, true}, addresses_a_prefix)) return 0;
    give_back_prefix(spec, world, subnet, network);
    return addresses_a_prefix;
}

void on(const Spec& spec, World& world, Turn& turn, const AddressesReturn& event) {
    const std::uint32_t count = event.is_prefix ? addresses_a_prefix : 1;
    std::erase_if(world.held_by_others, [&](const HeldAddress& held) {
        return held.holder == on_its_way_back && held.subnet == event.subnet && held.address - event.network < count;
    });
    if (event.is_prefix)
        give_back_prefix(spec, world, event.subnet, event.network);
    else
        give_back_address(spec, world, event.subnet, event.network);
    turn.note(SubnetFact{event.subnet, count});
}

}  // namespace eks
