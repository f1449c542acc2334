#include "models/systems/datapath/address_owners.hpp"

#include "models/systems/datapath/failure.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

// DPS-11, DPC-57: one of two endpoints has an address that was handed to another pod as well: half of the new
// connections fail while the other's route stands, none after it was rewritten, and on average a quarter.
TEST(AddressOwners, ServicesOfDoublyClaimedEndpointsFlap) {
    ClaimedEndpoints one{.handed_out_twice = 1};
    EXPECT_DOUBLE_EQ(failing_share(one, 2), 0.5);
    one.route_is_its_own_share = 1;
    EXPECT_DOUBLE_EQ(failing_share(one, 2), 0);
    one.route_is_its_own_share = 0.5;
    EXPECT_DOUBLE_EQ(failing_share(one, 2), 0.25);
    // Draining the node, or tagging its ENIs, leaves no address with two owners.
    EXPECT_DOUBLE_EQ(failing_share({}, 2), 0);
    // A Service without endpoints has nothing to reach.
    EXPECT_DOUBLE_EQ(failing_share({}, 0), 1);
}

// DPC-57: an address that EC2 has taken back is lost to other nodes and works on its own.
TEST(AddressOwners, UnassignedAddressesWorkOnTheirOwnNode) {
    EXPECT_DOUBLE_EQ(failing_share({.unassigned = 1, .same_node_share = 0.25}, 4), 0.75 / 4);
    EXPECT_DOUBLE_EQ(fails_at(ClaimedAddress::unassigned, false, 1), 0);
    EXPECT_DOUBLE_EQ(fails_at(ClaimedAddress::handed_out_twice, true, 0), 0);
    EXPECT_DOUBLE_EQ(fails_at(ClaimedAddress::parked, false, 0), 0);
}

// DPS-11, DPC-57: adoption begins after at most 60 s; surplus goes back about every 5 s.
TEST(AddressOwners, AdoptionBeginsWithTheNextScan) {
    EXPECT_DOUBLE_EQ(adoption_delay_seconds(0, defaults), 0);
    EXPECT_DOUBLE_EQ(adoption_delay_seconds(1, defaults), 59);
    EXPECT_DOUBLE_EQ(adoption_delay_seconds(119, defaults), 1);
    double most = 0;
    for (int at = 0; at < 600; ++at) most = std::max(most, adoption_delay_seconds(at, defaults));
    EXPECT_LE(most, 60);
    EXPECT_DOUBLE_EQ(returned_addresses(4.9, 10, defaults), 0);
    EXPECT_DOUBLE_EQ(returned_addresses(25, 10, defaults), 5);
    EXPECT_DOUBLE_EQ(returned_addresses(600, 10, defaults), 10);
}

// DPC-57: a kept-alive connection of 100 requests meets it a hundredth as often as one for each request.
TEST(AddressOwners, PoolingHidesIt) {
    EXPECT_DOUBLE_EQ(fails_with_pooling(failing_share({.handed_out_twice = 1}, 2), 100), 0.005);
}

}  // namespace
}  // namespace eks::datapath
