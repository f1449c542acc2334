// When an address of a node may be given out again (IPAM-28 to IPAM-30).
#include "models/systems/network/address_store.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

using namespace sim::literals;

constexpr AddressSlot released_at(sim::Duration since_start) {
    AddressSlot slot;
    slot.address = 0x0a000010U;
    slot.released = sim::Time::at(since_start);
    return slot;
}

TEST(AddressStore, CoolingIncludesItsLastInstant) {
    // IPAM-28: cooling while now - released <= period.
    EXPECT_TRUE(is_cooling(released_at(100_s), 30_s, sim::Time::at(130_s)));
    EXPECT_FALSE(is_cooling(released_at(100_s), 30_s, sim::Time::at(130_s + 1_us)));
}

TEST(AddressStore, WithNoPeriodAnAddressIsUsableAtAnyLaterInstant) {
    EXPECT_TRUE(is_cooling(released_at(100_s), 0_s, sim::Time::at(100_s)));
    EXPECT_FALSE(is_cooling(released_at(100_s), 0_s, sim::Time::at(100_s + 1_us)));
}

TEST(AddressStore, AnAddressThatWasNeverReleasedDoesNotCool) {
    AddressSlot fresh;
    fresh.address = 0x0a000010U;
    EXPECT_FALSE(is_cooling(fresh, 30_s, sim::Time::at(1_us)));
}

}  // namespace
}  // namespace eks
