// Subnets: counted from the rules, and the expectation of whole blocks against an enumeration and a draw.
#include "models/systems/network/subnet_capacity.hpp"

#include "libsim/random.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <numeric>
#include <vector>

namespace eks {
namespace {

TEST(SubnetCapacity, UsableAddressesAndPrefixesAreThoseOfTheRules) {
    struct Case {
        std::int32_t length;
        std::int64_t usable;
        std::int64_t prefixes;
    };
    // IPAM-200, IPAM-204: 2^(28 - n) - 2 prefixes.
    for (const auto& [length, usable, prefixes] :
         {Case{28, 11, 0}, Case{27, 27, 0}, Case{26, 59, 2}, Case{25, 123, 6}, Case{24, 251, 14}, Case{23, 507, 30},
          Case{22, 1019, 62}, Case{20, 4091, 254}, Case{16, 65531, 4094}}) {
        EXPECT_EQ(SubnetSize{length}.usable(), usable) << length;
        EXPECT_EQ(SubnetSize{length}.prefixes(), prefixes) << length;
    }
    // The 12 addresses of the first /28 and the 15 of the last.
    EXPECT_EQ(SubnetSize{24}.beside_prefixes(), 27);
}

TEST(SubnetCapacity, SingleAddressesFirstFillTheEdges) {
    const SubnetSize subnet{24};
    EXPECT_EQ(whole_blocks_at_best(subnet, 27), 14);
    EXPECT_EQ(whole_blocks_at_best(subnet, 28), 13);
    EXPECT_EQ(whole_blocks_at_best(subnet, 27 + 16), 13);
    EXPECT_EQ(whole_blocks_at_best(subnet, 251), 0);
    EXPECT_EQ(whole_blocks_at_best({28}, 0), 0);
}

TEST(SubnetCapacity, TheExpectationOfWholeBlocksIsExact) {
    // A /26 has 59 usable addresses and two blocks. One address misses a block with probability 43 / 59, two with
    // (43 x 42) / (59 x 58): C(43, n) / C(59, n).
    const SubnetSize subnet{26};
    EXPECT_DOUBLE_EQ(whole_blocks_expected(subnet, 0), 2.0);
    EXPECT_NEAR(whole_blocks_expected(subnet, 1), 2.0 * 43 / 59, 1e-12);
    EXPECT_NEAR(whole_blocks_expected(subnet, 2), 2.0 * (43.0 * 42) / (59.0 * 58), 1e-12);
    EXPECT_EQ(whole_blocks_expected(subnet, 44), 0);
    EXPECT_EQ(whole_blocks_expected({27}, 3), 0);
}

TEST(SubnetCapacity, DrawnAddressesLeaveAsManyWholeBlocksAsExpected) {
    // IPAM-205: 20 of the 251 addresses of a /24, 4,000 times. The blocks left are at most 14 and have a standard
    // deviation below 2, so the mean is within 5 x 2 / sqrt(4000) = 0.16 but for one time in a million.
    const SubnetSize subnet{24};
    constexpr int rounds = 4000;
    constexpr std::size_t singles = 20;
    constexpr std::uint64_t seed = 11;
    std::uint64_t draws = 0;
    std::int64_t whole = 0;
    for (int round = 0; round < rounds; ++round) {
        std::vector<int> addresses(251);
        std::iota(addresses.begin(), addresses.end(), 4);
        unsigned touched = 0;
        for (std::size_t i = 0; i < singles; ++i) {
            const std::size_t pick = i + sim::mix_bits(seed * 1'000'003 + ++draws) % (addresses.size() - i);
            std::swap(addresses[i], addresses[pick]);
            touched |= 1U << (addresses[i] / 16);
        }
        whole += 14 - std::popcount(touched & 0x7ffeU);
    }
    EXPECT_NEAR(static_cast<double>(whole) / rounds, whole_blocks_expected(subnet, singles), 0.16) << "seed " << seed;
}

TEST(SubnetCapacity, NodesFitUntilAddressesOrPrefixesRunOut) {
    // IPAM-187: an m5.large with all of its 27 addresses takes 30 of 251.
    EXPECT_EQ(nodes_that_fit({24}, 0, {.singles = 30}, SubnetPlacing::packed), 8);
    EXPECT_EQ(nodes_that_fit({24}, 12, {.singles = 30}, SubnetPlacing::packed), 7);
    EXPECT_TRUE(addresses_bind({24}, 0, {.singles = 30}, 8));
    // With three prefixes each: 14 / 3 = 4 nodes, whose four own addresses fit beside the blocks.
    const NodeAddresses with_prefixes{.singles = 1, .prefixes = 3};
    EXPECT_EQ(nodes_that_fit({24}, 0, with_prefixes, SubnetPlacing::packed), 4);
    EXPECT_FALSE(addresses_bind({24}, 0, with_prefixes, 4));
    // Scattered, three nodes leave 14 x 235 x 234 x 233 / (251 x 250 x 249) = 11.48 whole blocks for their nine, four
    // leave 10.7 for twelve.
    EXPECT_EQ(nodes_that_fit({24}, 0, with_prefixes, SubnetPlacing::scattered), 3);
    // IPAM-202: plenty of single addresses, no whole block. 100 scattered ones leave 0.007 blocks.
    EXPECT_EQ(nodes_that_fit({24}, 100, with_prefixes, SubnetPlacing::scattered), 0);
    EXPECT_EQ(nodes_that_fit({28}, 0, with_prefixes, SubnetPlacing::packed), 0);
    EXPECT_EQ(nodes_that_fit({24}, 0, {}, SubnetPlacing::packed), 0);
}

}  // namespace
}  // namespace eks
