// What a pass of the pool loop would ask for, against the rules by hand.
#include "models/systems/network/pool_pass.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

PoolState of_nine(const PoolTargets& targets, std::int32_t total, std::int32_t assigned) {
    return {.targets = targets,
            .max_pods = 110,
            .max_enis = 3,
            .addresses_per_eni = 9,
            .total = total,
            .assigned = assigned,
            .enis = 1};
}

TEST(PoolPass, ALowPoolIsRaisedAndAHighOneLoweredNotTooOften) {
    // IPAM-62, IPAM-63
    EXPECT_EQ(pool_action(of_nine({.warm_ips = 2}, 9, 8), true), PoolAction::increase);
    EXPECT_EQ(pool_action(of_nine({.warm_ips = 2}, 9, 3), true), PoolAction::decrease);
    EXPECT_EQ(pool_action(of_nine({.warm_ips = 2}, 9, 3), false), PoolAction::none);
    EXPECT_EQ(pool_action(of_nine({.warm_ips = 2}, 9, 7), true), PoolAction::none);
}

TEST(PoolPass, ACordonHoldsTheNodeUnlessItIsToldToGoOn) {
    // IPAM-64, IPAM-93
    EXPECT_FALSE(NodeRestraint{}.holds());
    EXPECT_TRUE((NodeRestraint{.is_cordoned = true}.holds()));
    EXPECT_FALSE((NodeRestraint{.is_cordoned = true, .manages_enis_while_cordoned = true}.holds()));
    EXPECT_TRUE((NodeRestraint{.manages_enis_while_cordoned = true, .is_terminating = true}.holds()));
}

TEST(PoolPass, AnEniIsAskedForWhatFitsOnIt) {
    // IPAM-66: min(maxIPsPerENI - current, want), with want = short or, without targets, maxIPsPerENI. IPAM-70: never
    // more than fits, and where nothing does there is no call.
    EXPECT_EQ(cidrs_to_ask_for(of_nine({.warm_ips = 5}, 9, 9), {.cidrs = 2}), 5);
    EXPECT_EQ(cidrs_to_ask_for(of_nine({.warm_ips = 5}, 9, 9), {.cidrs = 6}), 3);
    EXPECT_EQ(cidrs_to_ask_for(of_nine({}, 9, 9), {.cidrs = 6}), 3);
    EXPECT_EQ(cidrs_to_ask_for(of_nine({}, 9, 9), {.cidrs = 9}), 0);
    // The limit may have been lowered below what is attached.
    EXPECT_EQ(cidrs_to_ask_for(of_nine({}, 9, 9), {.cidrs = 12}), 0);
}

TEST(PoolPass, TrunkExcludedAndUnusedPrimaryEnisAreNotFilled) {
    // IPAM-66
    PoolState pool = of_nine({}, 9, 9);
    EXPECT_EQ(cidrs_to_ask_for(pool, {.is_trunk = true}), 0);
    EXPECT_EQ(cidrs_to_ask_for(pool, {.is_excluded = true}), 0);
    EXPECT_EQ(cidrs_to_ask_for(pool, {.is_primary = true}), 9);
    EXPECT_EQ(cidrs_to_ask_for(pool, {.is_efa = true}), 9);
    pool.skips_primary = true;
    EXPECT_EQ(cidrs_to_ask_for(pool, {.is_primary = true}), 0);
}

TEST(PoolPass, OthersMustKeepBothTargets) {
    // IPAM-95, tests 5 and 6
    EXPECT_TRUE(others_keep_enough(of_nine({}, 9, 0), {}));
    EXPECT_TRUE(others_keep_enough(of_nine({.warm_ips = 2}, 9, 0), {.total = 9, .available = 2}));
    EXPECT_FALSE(others_keep_enough(of_nine({.warm_ips = 2}, 9, 0), {.total = 9, .available = 1}));
    EXPECT_FALSE(others_keep_enough(of_nine({.warm_ips = 2, .minimum_ips = 10}, 9, 0), {.total = 9, .available = 2}));
    EXPECT_TRUE(others_keep_enough(of_nine({.warm_ips = 2, .minimum_ips = 10}, 9, 0), {.total = 10, .available = 2}));
    // Without prefix delegation WARM_PREFIX_TARGET has no say.
    EXPECT_TRUE(others_keep_enough(of_nine({.warm_prefixes = 3}, 9, 0), {}));
}

TEST(PoolPass, WithPrefixesTheTargetsOfTheOthersAreWholeOnes) {
    // IPAM-95, tests 5 to 7: W = 17 and M = 17 are 32 addresses each.
    PoolState pool{.targets = {.warm_ips = 17}, .prefix_delegation = true};
    EXPECT_FALSE(others_keep_enough(pool, {.total = 64, .available = 31}));
    EXPECT_TRUE(others_keep_enough(pool, {.total = 64, .available = 32}));
    pool.targets = {.minimum_ips = 17};
    EXPECT_FALSE(others_keep_enough(pool, {.total = 16}));
    EXPECT_TRUE(others_keep_enough(pool, {.total = 32}));
    // IPAM-96: the warm prefixes count beside the others.
    pool.targets = {.minimum_ips = 17, .warm_prefixes = 2};
    EXPECT_FALSE(others_keep_enough(pool, {.total = 32, .free_cidrs = 1}));
    EXPECT_TRUE(others_keep_enough(pool, {.total = 32, .free_cidrs = 2}));
}

TEST(PoolPass, OnlyAnOrdinaryEniWithoutPodsIsRemovable) {
    // IPAM-95, tests 1, 4, 8 and 9
    EXPECT_TRUE(is_idle_and_removable({.cidrs = 9}));
    EXPECT_FALSE(is_idle_and_removable({.is_primary = true}));
    EXPECT_FALSE(is_idle_and_removable({.is_trunk = true}));
    EXPECT_FALSE(is_idle_and_removable({.is_efa = true}));
    EXPECT_FALSE(is_idle_and_removable({.assigned = 1}));
}

}  // namespace
}  // namespace eks
