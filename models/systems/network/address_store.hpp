// ipamd's data store of one network card: which addresses may be given out, and which ENIs and CIDRs may go (IPAM-13 to
// IPAM-33, IPAM-95). Where the real order is that of a map, these functions say what every order allows (IPAM-22);
// whoever decides draws from it.
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/systems/network/pool_arithmetic.hpp"
#include "models/systems/network/pool_pass.hpp"
#include "models/world/address_verbs.hpp"
#include "models/world/world.hpp"

namespace eks {

// f(id, eni) for each ENI in the store, in the order in which they entered.
template <class F>
void for_each_eni(const World& world, const AddressPool& pool, F f) {
    for (EniId id = pool.first_eni; id.valid(); id = world.enis[id].next_in_pool) f(id, world.enis[id]);
}

// The addresses of one CIDR that may be given out now (IPAM-27): those of its expired records if there is one, else the
// lowest one without a record, else none. One bit an address.
std::uint32_t offered_by(const World& world, const EniCidr& cidr, sim::Duration cooldown, sim::Time now);

// f(eni, place) for each address that the store may give out now (IPAM-26).
template <class F>
void for_each_offer(const World& world, const AddressPool& pool, sim::Duration cooldown, sim::Time now, F f) {
    for_each_eni(world, pool, [&](EniId id, const Eni& eni) {
        if (eni.is_excluded) return;
        for_each_stored(world, eni, [&](std::uint32_t at, const EniCidr& cidr) {
            if (!pool.takes(cidr)) return;
            const std::uint32_t offers = offered_by(world, cidr, cooldown, now);
            for (std::uint32_t offset = 0; offset < addresses_a_prefix; ++offset) {
                if ((offers >> offset) & 1) f(id, AddressPlace{at, offset});
            }
        });
    });
}

// Which of an ENI's slots have an address to give now, from what was remembered and a look at what has changed. Equal
// to what for_each_offer finds there, if the ENI is not excluded.
const EniOffers& offers_of(World& world, EniId eni, sim::Duration cooldown, sim::Time now);

// Addresses that cool now: of the active kind on ENIs that are not excluded (CooldownIPs of IPAM-19).
std::int32_t cooling_addresses(const World& world, const AddressPool& pool, sim::Duration cooldown, sim::Time now);

// The instant at which no address of the ENI cools any more, if none is released meanwhile: `now` if none does.
sim::Time eni_cool_at(const World& world, const Eni& eni, sim::Duration cooldown, sim::Time now);

// When IPAM-95 would admit this ENI if nothing else changed; never if something else has to change first.
sim::Time deletable_at(const World& world, const AddressPool& pool, const Eni& eni, const PoolState& state,
                       sim::Duration minimum_age, sim::Duration cooldown, sim::Time now);

// IPAM-48, its last clause: an ENI without pods that is neither primary nor trunk nor EFA.
bool has_freeable_eni(const World& world, const AddressPool& pool);

// IPAM-26, IPAM-27: an ENI met in random order that has a usable address, a CIDR of it likewise, and what that offers.
// Nothing is asked of EC2 (IPAM-170). How many it gives: one, or one of each network card (IPAM-158).
std::int32_t give_from_store(const Spec& spec, World& world, sim::RunKey key, PodId pod, sim::Time now);

// The same from the store of one card or of Cilium; false if no address of it is usable now.
bool give_from_pool(const Spec& spec, World& world, sim::RunKey key, PodId pod, PoolId pool, sim::Time now);

// The device index for another ENI: from `first` on the lowest that no ENI in the store has, nor in the other store
// where the node has two (IPAM-75, step 4).
std::uint16_t lowest_free_device(const World& world, const Node& node, const AddressPool& pool, std::uint16_t first);

// The first instant from `now` on at which the store could give out an address that it has; never if all are assigned.
sim::Time store_usable_at(const Spec& spec, World& world, NodeId node, sim::Time now);

// An ENI as the arithmetic of a pass sees it, but for what cools on it.
EniUse use_of(const Eni& eni);

// IPAM-66: an ENI that the loop may put more CIDRs on.
constexpr bool is_allocatable(const Eni& eni, std::int32_t most_cidrs, bool skip_primary) {
    return !eni.is_trunk && !eni.is_excluded && !(eni.is_primary && skip_primary) && eni.cidrs < most_cidrs;
}

}  // namespace eks
