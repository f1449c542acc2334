// What a subnet has to give: addresses, aligned blocks, and what is kept (IPAM-200 to IPAM-209).
#include "models/world/subnet_verbs.hpp"

#include <gtest/gtest.h>

#include <set>

namespace eks {
namespace {

constexpr sim::RunKey key{7, 0};
constexpr std::uint32_t first_address = 0x0a000000U;

struct OneSubnet {
    Spec spec;
    World world;

    explicit OneSubnet(std::int32_t prefix_length, std::vector<CidrReservation> reservations = {}) {
        Subnet subnet;
        subnet.first_address = first_address;
        subnet.prefix_length = prefix_length;
        subnet.reservations = std::move(reservations);
        spec.subnets = {subnet};
        add_subnets(spec, world);
    }
    const SubnetState& state() const { return world.subnets[0]; }
    bool take(std::int32_t count, std::vector<std::uint32_t>& taken) {
        taken.assign(static_cast<std::size_t>(count), 0);
        return take_addresses(spec, world, key, SubnetIx::of(0), count, taken.data());
    }
    bool take_blocks(std::int32_t count, std::vector<std::uint32_t>& taken) {
        taken.assign(static_cast<std::size_t>(count), 0);
        return take_prefixes(spec, world, key, SubnetIx::of(0), count, taken.data());
    }
};

TEST(Subnets, FreeAddressesAreCountedWhereverTheyLie) {
    // IPAM-207: the five that AWS keeps are not counted, contiguity does not matter, and reserved ones are counted.
    EXPECT_EQ(OneSubnet(24).state().free, 251);
    EXPECT_EQ(OneSubnet(24, {{first_address + 128, 25, true}}).state().free, 251);
    OneSubnet scattered(24);
    std::vector<std::uint32_t> taken;
    ASSERT_TRUE(scattered.take(100, taken));
    EXPECT_EQ(scattered.state().free, 151);
}

TEST(Subnets, ARequestIsServedWholeOrNotAtAll) {
    // IPAM-203, for addresses and for prefixes: a /26 has 59 and two.
    OneSubnet subnet(26);
    std::vector<std::uint32_t> taken;
    EXPECT_FALSE(subnet.take_blocks(3, taken));
    EXPECT_EQ(subnet.state().free_blocks, 2);
    EXPECT_FALSE(subnet.take(60, taken));
    EXPECT_EQ(subnet.state().free, 59);
    ASSERT_TRUE(subnet.take(59, taken));
    EXPECT_EQ(subnet.state().free, 0);
    EXPECT_EQ(std::set<std::uint32_t>(taken.begin(), taken.end()).size(), 59U);
    for (const std::uint32_t address : taken) {
        EXPECT_GE(address, first_address + 4);
        EXPECT_LE(address, first_address + 62);
    }
}

TEST(Subnets, ABlockThatAReservationCutsServesNoPrefix) {
    // IPAM-206: of the two blocks of a /26 one is touched by a reservation: four addresses for nobody, eight for
    // prefixes, which fit no prefix, or all of it for nobody.
    for (const CidrReservation& reservation :
         {CidrReservation{first_address + 24, 30, false}, CidrReservation{first_address + 24, 29, true},
          CidrReservation{first_address + 16, 28, false}}) {
        OneSubnet subnet(26, {reservation});
        std::vector<std::uint32_t> taken;
        EXPECT_EQ(subnet.state().free_blocks, 1);
        EXPECT_FALSE(subnet.take_blocks(2, taken));
        ASSERT_TRUE(subnet.take_blocks(1, taken));
        EXPECT_EQ(taken[0], first_address + 32);
        EXPECT_EQ(subnet.state().free_blocks, 0);
        give_back_prefix(subnet.spec, subnet.world, SubnetIx::of(0), taken[0]);
        EXPECT_EQ(subnet.state().free_blocks, 1);
        // Single addresses beside the reservation break the cut block and are no loss to prefixes.
        const std::int64_t single = 59 - (std::int64_t{1} << (32 - reservation.prefix_length));
        EXPECT_EQ(subnet.state().free_single, single);
        ASSERT_TRUE(subnet.take(static_cast<std::int32_t>(single), taken));
        EXPECT_EQ(subnet.state().free_blocks, 0);
        for (const std::uint32_t address : taken)
            give_back_address(subnet.spec, subnet.world, SubnetIx::of(0), address);
        EXPECT_EQ(subnet.state().free_blocks, 1);
    }
    // One of whole blocks for prefixes takes none away, and is served from first.
    OneSubnet reserved(25, {{first_address + 32, 27, true}});
    EXPECT_EQ(reserved.state().free_blocks, 6);
    std::vector<std::uint32_t> taken;
    ASSERT_TRUE(reserved.take_blocks(2, taken));
    EXPECT_EQ(std::set<std::uint32_t>(taken.begin(), taken.end()),
              (std::set<std::uint32_t>{first_address + 32, first_address + 48}));
}

TEST(Subnets, WhatIsGivenBackCanBeTakenAtOnce) {
    // IPAM-209: no lag. A block is whole again with its last address (IPAM-204).
    OneSubnet subnet(26);
    std::vector<std::uint32_t> blocks;
    ASSERT_TRUE(subnet.take_blocks(2, blocks));
    EXPECT_EQ(subnet.state().free, 59 - 32);
    give_back_prefix(subnet.spec, subnet.world, SubnetIx::of(0), blocks[0]);
    EXPECT_EQ(subnet.state().free_blocks, 1);
    std::vector<std::uint32_t> again;
    ASSERT_TRUE(subnet.take_blocks(1, again));
    EXPECT_EQ(again[0], blocks[0]);
}

}  // namespace
}  // namespace eks
