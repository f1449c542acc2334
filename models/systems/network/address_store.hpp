// Giving addresses of a node to pods and taking them back: ipamd's data store in secondary-address mode (IPAM-25 to
// IPAM-31).
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

namespace eks {

// IPAM-28: inclusive. An address that was never released since it was attached does not cool.
constexpr bool is_cooling(const AddressSlot& slot, sim::Duration cooldown, sim::Time now) {
    return !slot.owner.valid() && slot.released != sim::Time::never() && now - slot.released <= cooldown;
}

// The instant at which no address of the ENI cools any more, if none is released meanwhile.
sim::Time eni_cool_at(const Spec& spec, const World& world, const Eni& eni, sim::Time now);

}  // namespace eks
