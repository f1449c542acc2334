// The pool arithmetic against the rules by hand.
#include "models/systems/network/pool_arithmetic.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace eks {
namespace {

PoolTargets warm_enis(std::int64_t target) { return {.warm_enis = target}; }
PoolTargets warm_ips(std::int64_t warm, std::int64_t minimum) { return {.warm_ips = warm, .minimum_ips = minimum}; }
PoolTargets warm_prefixes(std::int64_t target) { return {.warm_prefixes = target}; }

// An m5.large: three ENIs with nine pod addresses each.
PoolState m5_large(const PoolTargets& targets, std::int32_t total, std::int32_t assigned) {
    return {.targets = targets,
            .max_pods = 110,
            .max_enis = 3,
            .addresses_per_eni = 9,
            .total = total,
            .assigned = assigned,
            .enis = 1};
}

// The same with prefixes instead, nine an ENI.
PoolState with_prefixes(const PoolTargets& targets, std::int32_t prefixes, std::int32_t free_prefixes,
                        std::int32_t assigned) {
    return {.targets = targets,
            .prefix_delegation = true,
            .max_pods = 110,
            .max_enis = 3,
            .addresses_per_eni = 144,
            .prefixes_per_eni = 9,
            .total = prefixes * 16,
            .assigned = assigned,
            .prefixes = prefixes,
            .free_prefixes = free_prefixes,
            .enis = 1};
}

TEST(PoolArithmetic, ShortAndOverFollowBothTargets) {
    // IPAM-41 with W = 2, M = 0: short = max(2 - V, 0), over = max(V - 2, 0).
    EXPECT_EQ(addresses_short(m5_large(warm_ips(2, 0), 9, 8)), 1);
    EXPECT_EQ(addresses_over(m5_large(warm_ips(2, 0), 9, 8)), 0);
    EXPECT_EQ(addresses_over(m5_large(warm_ips(2, 0), 9, 3)), 4);
    // W = 2, M = 8: never below 8 in total.
    EXPECT_EQ(addresses_over(m5_large(warm_ips(2, 8), 9, 3)), 1);
    EXPECT_EQ(addresses_short(m5_large(warm_ips(2, 8), 4, 0)), 4);
}

TEST(PoolArithmetic, AMinimumAloneStopsGrowthAtTheMinimum) {
    // IPAM-42, IPAM-511: MINIMUM_IP_TARGET 5 and nothing else. With five addresses, all assigned, nothing is short.
    EXPECT_EQ(addresses_short(m5_large(warm_ips(0, 5), 5, 5)), 0);
    EXPECT_FALSE(is_too_low(m5_large(warm_ips(0, 5), 5, 5)));
}

TEST(PoolArithmetic, CoolingAddressesCountAsAvailable) {
    // IPAM-501: target 2, total 18, assigned 16; the two left may both cool, and short is 0 all the same.
    EXPECT_EQ(addresses_short(m5_large(warm_ips(2, 0), 18, 16)), 0);
    // IPAM-500: targets 2 and 23, 19 assigned of 23.
    EXPECT_EQ(addresses_short(m5_large(warm_ips(2, 23), 23, 19)), 0);
}

TEST(PoolArithmetic, ByDefaultOneAddressInUseAsksForAWholeEni) {
    // IPAM-45 rule 3, IPAM-46.
    EXPECT_FALSE(is_too_low(m5_large(warm_enis(1), 9, 0)));
    EXPECT_TRUE(is_too_low(m5_large(warm_enis(1), 9, 1)));
    EXPECT_FALSE(is_too_low(m5_large(warm_enis(1), 18, 9)));
    EXPECT_EQ(cidrs_for_new_eni(m5_large(warm_enis(1), 9, 1)), 9);
}

TEST(PoolArithmetic, MaxPodsEndsGrowth) {
    // IPAM-45 rule 1, IPAM-514.
    for (const PoolTargets& targets : {warm_enis(1), warm_ips(5, 0)}) {
        PoolState pool = m5_large(targets, 20, 20);
        pool.max_pods = 20;
        EXPECT_FALSE(is_too_low(pool));
        pool.max_pods = 21;
        EXPECT_TRUE(is_too_low(pool));
    }
}

TEST(PoolArithmetic, WithATargetOfNoEniOnlyAnEmptyPoolIsTooLow) {
    EXPECT_FALSE(is_too_low(m5_large(warm_enis(0), 9, 8)));
    EXPECT_TRUE(is_too_low(m5_large(warm_enis(0), 9, 9)));
    EXPECT_TRUE(is_too_low(m5_large(warm_enis(0), 0, 0)));
}

TEST(PoolArithmetic, WholeEnisAreNeverTrimmedByAddresses) {
    // IPAM-47, IPAM-516: one ENI with a pod on it and WARM_ENI_TARGET 1.
    EXPECT_FALSE(is_too_high(m5_large(warm_enis(1), 27, 1)));
    EXPECT_TRUE(is_too_high(m5_large(warm_ips(2, 0), 27, 1)));
}

TEST(PoolArithmetic, AnEniIsExtraFromOneMoreThanTheTarget) {
    // IPAM-48
    EXPECT_FALSE(has_extra_eni(m5_large(warm_enis(1), 27, 10)));
    EXPECT_TRUE(has_extra_eni(m5_large(warm_enis(1), 27, 9)));
    EXPECT_TRUE(has_extra_eni(m5_large(warm_enis(0), 18, 9)));
    EXPECT_TRUE(has_extra_eni(m5_large(warm_ips(5, 0), 9, 9)));
}

TEST(PoolArithmetic, ANewEniComesWithWhatIsShort) {
    // IPAM-50, IPAM-517: never more than it can hold.
    EXPECT_EQ(cidrs_for_new_eni(m5_large(warm_ips(12, 0), 9, 9)), 9);
    EXPECT_EQ(cidrs_for_new_eni(m5_large(warm_ips(3, 0), 9, 9)), 3);
    EXPECT_EQ(cidrs_for_new_eni(m5_large(warm_ips(0, 5), 9, 9)), 0);
}

TEST(PoolArithmetic, MaxEniOnlyLowersTheLimit) {
    // IPAM-1, IPAM-5
    CniSettings cni;
    EXPECT_EQ(effective_max_enis(cni, 3), 3);
    cni.max_eni = 2;
    EXPECT_EQ(effective_max_enis(cni, 3), 2);
    cni.max_eni = 0;
    EXPECT_EQ(effective_max_enis(cni, 3), 3);
    cni.max_eni = 7;
    EXPECT_EQ(effective_max_enis(cni, 3), 3);
}

TEST(PoolArithmetic, TargetsOfAnySizeDoNotOverflow) {
    // The daemon reckons in 64 bits: 2^31 - 1 ENIs of nine addresses are more than 32 hold.
    constexpr std::int64_t huge = std::numeric_limits<std::int32_t>::max();
    EXPECT_TRUE(is_too_low(m5_large(warm_enis(huge), 27, 0)));
    EXPECT_FALSE(has_extra_eni(m5_large(warm_enis(huge), 27, 0)));
    EXPECT_EQ(addresses_short(m5_large(warm_ips(4 * huge, 0), 9, 9)), 4 * huge);
    EXPECT_EQ(cidrs_for_new_eni(m5_large(warm_ips(4 * huge, 4 * huge), 0, 0)), 9);
}

TEST(PoolArithmetic, WithPrefixesShortageIsRoundedUpToWholeOnes) {
    // IPAM-44: W = 17 and none available are two prefixes, W = 16 one.
    EXPECT_EQ(cidrs_short(with_prefixes(warm_ips(17, 0), 1, 0, 16)), 2);
    EXPECT_EQ(cidrs_short(with_prefixes(warm_ips(16, 0), 1, 0, 16)), 1);
    EXPECT_EQ(cidrs_short(with_prefixes(warm_ips(1, 0), 1, 0, 15)), 0);
}

TEST(PoolArithmetic, OnlyFreePrefixesBeyondBothTargetsAreOver) {
    // IPAM-44: six prefixes, 20 pods, W = 5: ceil(25 / 16) = 2 are needed, so four are over, if so many are free.
    EXPECT_EQ(cidrs_over(with_prefixes(warm_ips(5, 0), 6, 4, 20)), 4);
    EXPECT_EQ(cidrs_over(with_prefixes(warm_ips(5, 0), 6, 3, 20)), 3);
    // M = 65 needs five.
    EXPECT_EQ(cidrs_over(with_prefixes(warm_ips(5, 65), 6, 4, 20)), 1);
    EXPECT_EQ(cidrs_over(with_prefixes(warm_ips(5, 160), 6, 4, 20)), 0);
}

TEST(PoolArithmetic, ADriftedPrefixCounterMovesWhatIsOver) {
    // IPAM-21: a counter that has dropped by two finds two prefixes fewer over. IPAM-33: one that is too high finds
    // more, though never more than are free.
    PoolState pool = with_prefixes(warm_ips(5, 0), 6, 4, 20);
    pool.prefixes = 4;
    EXPECT_EQ(cidrs_over(pool), 2);
    pool.prefixes = -3;
    EXPECT_EQ(cidrs_over(pool), 0);
    pool.prefixes = 9;
    EXPECT_EQ(cidrs_over(pool), 4);
}

TEST(PoolArithmetic, WarmPrefixTargetCountsAddressesWhenLowAndPrefixesWhenHigh) {
    // IPAM-45: too low from fewer than 16 available addresses on, though no prefix need be free.
    EXPECT_FALSE(is_too_low(with_prefixes(warm_prefixes(1), 2, 0, 16)));
    EXPECT_TRUE(is_too_low(with_prefixes(warm_prefixes(1), 2, 0, 17)));
    EXPECT_TRUE(is_too_low(with_prefixes(warm_prefixes(0), 1, 0, 16)));
    EXPECT_FALSE(is_too_low(with_prefixes(warm_prefixes(0), 1, 0, 15)));
    // IPAM-47
    EXPECT_FALSE(is_too_high(with_prefixes(warm_prefixes(1), 2, 1, 3)));
    EXPECT_TRUE(is_too_high(with_prefixes(warm_prefixes(1), 3, 2, 3)));
    EXPECT_EQ(cidrs_to_release(with_prefixes(warm_prefixes(1), 5, 4, 3)), 3);
}

TEST(PoolArithmetic, APrefixIsAskedForEvenIfNoneIsShort) {
    // IPAM-49, IPAM-67
    EXPECT_EQ(prefixes_wanted(with_prefixes(warm_ips(0, 16), 1, 0, 16)), 1);
    EXPECT_EQ(prefixes_wanted(with_prefixes(warm_ips(40, 0), 1, 0, 16)), 3);
    EXPECT_EQ(prefixes_wanted(with_prefixes(warm_prefixes(3), 2, 1, 17)), 2);
    EXPECT_EQ(prefixes_wanted(with_prefixes(warm_prefixes(1), 2, 1, 17)), 1);
    // IPAM-50: an ENI takes nine.
    EXPECT_EQ(cidrs_for_new_eni(with_prefixes(warm_ips(400, 0), 1, 0, 16)), 9);
    EXPECT_EQ(cidrs_for_new_eni(with_prefixes(warm_ips(40, 0), 1, 0, 16)), 3);
}

TEST(PoolArithmetic, AnIdleEniIsExtraOnlyWithPrefixes) {
    // IPAM-48: V = 16 is far from (1 + 1) * 144.
    PoolState pool = with_prefixes(warm_prefixes(1), 2, 1, 16);
    EXPECT_FALSE(has_extra_eni(pool));
    pool.has_idle_eni = true;
    EXPECT_TRUE(has_extra_eni(pool));
    PoolState addresses = m5_large(warm_enis(1), 18, 9);
    addresses.has_idle_eni = true;
    EXPECT_FALSE(has_extra_eni(addresses));
}

TEST(PoolArithmetic, AFurtherCardKeepsOneAddressAndCountsThemAsPrefixes) {
    // IPAM-40, IPAM-90: W = M = 1; short and over stay in addresses, and are asked for and released as prefixes.
    PoolState pool = with_prefixes(targets_of_card({.warm_enis = 3, .warm_ips = 40}, false), 2, 1, 16);
    pool.is_first_card = false;
    EXPECT_EQ(pool.targets.warm_ips, 1);
    EXPECT_EQ(pool.targets.minimum_ips, 1);
    EXPECT_EQ(cidrs_over(pool), 15);  // min(16 - 1, 32 - 1)
    EXPECT_EQ(cidrs_to_release(pool), 15);
    pool.assigned = 32;
    EXPECT_EQ(cidrs_short(pool), 1);
    EXPECT_TRUE(has_extra_eni(pool));
    EXPECT_EQ(targets_of_card({.warm_ips = 40}, true).warm_ips, 40);
}

TEST(PoolArithmetic, ExcludedUnmanagedAndAwaitedEnisTakeRoom) {
    // IPAM-51: E - X < maxENI - U - R - X.
    PoolState pool = m5_large(warm_enis(1), 9, 9);
    pool.max_enis = 4;
    pool.enis = 3;
    EXPECT_TRUE(has_room_for_eni(pool));  // 3 < 4
    pool.awaits_trunk = true;
    EXPECT_FALSE(has_room_for_eni(pool));  // 3 < 3
    pool.awaits_trunk = false;
    pool.unmanaged_enis = 1;
    EXPECT_FALSE(has_room_for_eni(pool));  // 3 < 3
    pool.unmanaged_enis = 0;
    pool.excluded_enis = 1;
    EXPECT_TRUE(has_room_for_eni(pool));  // 2 < 3
    pool.max_enis = 3;
    EXPECT_FALSE(has_room_for_eni(pool));  // 2 < 2
}

}  // namespace
}  // namespace eks
