// What the pool of a node holds once its loop rests, by hand from the rules. An m5.large has three ENIs of nine pod
// addresses or prefixes each.
#include "models/systems/network/settled_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace eks::decisions {
namespace {

PoolSituation m5_large(const PoolTargets& targets) {
    PoolSituation node;
    node.targets = targets;
    node.max_pods = 110;
    node.max_eni = 3;
    node.max_ips_per_eni = 9;
    node.enis = {{.id = "eni-0", .is_primary = true}};
    return node;
}

PoolSituation with_prefixes(const PoolTargets& targets) {
    PoolSituation node = m5_large(targets);
    node.prefix_delegation = true;
    node.max_ips_per_eni = 144;
    node.max_prefixes_per_eni = 9;
    return node;
}

std::vector<std::int64_t> cidrs_per_eni(const SettledPool& settled) {
    std::vector<std::int64_t> cidrs;
    for (const EniSituation& eni : settled.pool.enis)
        cidrs.push_back(eni.secondary_ips.assigned + eni.secondary_ips.free +
                        static_cast<std::int64_t>(eni.prefixes.size()));
    return cidrs;
}

using Cidrs = std::vector<std::int64_t>;

TEST(SettledPool, ByDefaultOneWholeEniStaysInReserve) {
    // IPAM-46: min(ceil(P / 9) + 1, 3) ENIs of nine for P >= 1, one for P = 0.
    EXPECT_EQ(cidrs_per_eni(settled_pool(m5_large({}), 0)), Cidrs{9});
    for (std::int32_t pods = 1; pods <= 27; ++pods) {
        const std::int64_t enis = std::min((pods + 8) / 9 + 1, 3);
        const SettledPool settled = settled_pool(m5_large({}), pods);
        EXPECT_EQ(cidrs_per_eni(settled), Cidrs(static_cast<std::size_t>(enis), 9)) << pods;
        EXPECT_EQ(settled.assigned, pods);
        EXPECT_FALSE(settled.oscillates) << pods;
        EXPECT_EQ(subnet_addresses(settled.pool), enis * 10) << pods;  // IPAM-187
    }
    EXPECT_EQ(settled_pool(m5_large({}), 40).assigned, 27);
}

TEST(SettledPool, MaxPodsEndsGrowthButNeverTrims) {
    // IPAM-45 rule 1, IPAM-46: with 18 addresses and max pods 18 no third ENI comes.
    PoolSituation node = m5_large({});
    node.max_pods = 18;
    EXPECT_EQ(cidrs_per_eni(settled_pool(node, 15)), (Cidrs{9, 9}));
    node.max_pods = 10;
    EXPECT_EQ(cidrs_per_eni(settled_pool(node, 10)), (Cidrs{9, 9}));
}

TEST(SettledPool, WarmIpTargetsAskForSingleAddresses) {
    // IPAM-41: W = 2, M = 12: 12 up to ten pods, then two more than pods. IPAM-66: the first ENI is filled first.
    EXPECT_EQ(cidrs_per_eni(settled_pool(m5_large({.warm_ips = 2, .minimum_ips = 12}), 3)), (Cidrs{9, 3}));
    EXPECT_EQ(cidrs_per_eni(settled_pool(m5_large({.warm_ips = 2, .minimum_ips = 12}), 11)), (Cidrs{9, 4}));
    EXPECT_EQ(cidrs_per_eni(settled_pool(m5_large({.warm_ips = 2}), 4)), Cidrs{6});
}

TEST(SettledPool, AMinimumAloneLeavesLaterPodsWithoutAddress) {
    // IPAM-42
    const SettledPool settled = settled_pool(m5_large({.minimum_ips = 5}), 10);
    EXPECT_EQ(cidrs_per_eni(settled), Cidrs{5});
    EXPECT_EQ(settled.assigned, 5);
    EXPECT_FALSE(settled.oscillates);
}

TEST(SettledPool, WarmEniTargetZeroNeverRestsWhenAnEniIsJustFull) {
    // IPAM-45: nine pods leave nothing available, so an ENI is asked for; IPAM-48: V = 9 >= (0 + 1) x 9 lets it go.
    EXPECT_TRUE(settled_pool(m5_large({.warm_enis = 0}), 9).oscillates);
    EXPECT_FALSE(settled_pool(m5_large({.warm_enis = 0}), 8).oscillates);
    EXPECT_FALSE(settled_pool(m5_large({.warm_enis = 0}), 10).oscillates);
}

TEST(SettledPool, PrefixesComeByTheWarmPrefixTarget) {
    // IPAM-45, IPAM-49: with target 1 sixteen addresses stay available.
    EXPECT_EQ(cidrs_per_eni(settled_pool(with_prefixes({.warm_prefixes = 1}), 0)), Cidrs{1});
    EXPECT_EQ(cidrs_per_eni(settled_pool(with_prefixes({.warm_prefixes = 1}), 1)), Cidrs{2});
    EXPECT_EQ(cidrs_per_eni(settled_pool(with_prefixes({.warm_prefixes = 1}), 16)), Cidrs{2});
    EXPECT_EQ(cidrs_per_eni(settled_pool(with_prefixes({.warm_prefixes = 1}), 17)), Cidrs{3});
    // 17 addresses in secondary mode take 2 ENIs; IPAM-140: WARM_ENI_TARGET says nothing here.
    EXPECT_EQ(cidrs_per_eni(settled_pool(with_prefixes({.warm_enis = 3, .warm_prefixes = 1}), 17)), Cidrs{3});
    // IPAM-44: W = 5 on top of 12 pods are two prefixes.
    EXPECT_EQ(cidrs_per_eni(settled_pool(with_prefixes({.warm_ips = 5}), 12)), Cidrs{2});
    EXPECT_EQ(subnet_addresses(settled_pool(with_prefixes({.warm_ips = 5}), 12).pool), 33);  // IPAM-187
}

TEST(SettledPool, CustomNetworkingLeavesThePrimaryEniEmpty) {
    // IPAM-146: (3 - 1) x 9 addresses, whatever max pods says.
    PoolSituation node = m5_large({});
    node.custom_networking = true;
    const SettledPool settled = settled_pool(node, 20);
    EXPECT_EQ(cidrs_per_eni(settled), (Cidrs{0, 9, 9}));
    EXPECT_EQ(settled.assigned, 18);
}

}  // namespace
}  // namespace eks::decisions
