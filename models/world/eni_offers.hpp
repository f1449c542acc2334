// What is remembered of an ENI between two requests for an address: which of its slots have one to give. A request then
// looks only at slots that have changed since, and at cooling ones when the first of them may be through.
//
// It says nothing that the records do not say. So ENIs that differ in it alone are equal, it has no part in the
// fingerprint, and forgetting it (everything `changed`) changes no choice.
#pragma once

#include "libsim/time.hpp"

#include <cstdint>

namespace eks {

// One bit a slot of the ENI.
struct EniOffers {
    std::uint64_t changed = 0;                     // not looked at since a record of the slot, or the slot, changed
    std::uint64_t ready = 0;                       // has an address to give
    std::uint64_t cooling = 0;                     // has free addresses, and all of them cool
    sim::Time first_release = sim::Time::never();  // the earliest one among the cooling
    sim::Duration cooldown;                        // with which the slots were looked at

    friend bool operator==(const EniOffers&, const EniOffers&) { return true; }
};

inline constexpr std::int32_t most_eni_slots = 64;

}  // namespace eks
