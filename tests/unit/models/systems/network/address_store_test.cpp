// When an address of a node may be given out again (IPAM-28 to IPAM-30).
#include "models/systems/network/address_store.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

using namespace sim::literals;

constexpr AddressRecord released_at(sim::Duration since_start) { return {PodId::none(), sim::Time::at(since_start)}; }

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
    EXPECT_FALSE(is_cooling(AddressRecord{}, 30_s, sim::Time::at(1_us)));
}

}  // namespace
}  // namespace eks
