// Two choices that EC2 and the CNI do not document and a scenario may make: when an address that was given back can be
// given out again (IPAM-209), and in which order the CNI goes through what it has (IPAM-22).
#include "tests/support/one_node.hpp"

#include <algorithm>

namespace eks::testing {
namespace {

TEST(AddressReturn, WhatEc2TookBackCanBeGivenOutAgainSoMuchLater) {
    // IPAM-209: at the completion of the call, and with a lag of two minutes two minutes after it.
    for (const sim::Duration lag : {0_s, 120_s}) {
        OneNode one;
        one.c.spec.cni.warm_ip_target = 7;
        one.c.spec.latencies.address_return = lag;
        one.c.change_at(1_min, [](Spec& s) { s.cni.warm_ip_target = 2; });
        TinyRun run = one.c.start();
        sim::Duration when = 1_min;
        for (; run.the_pool().total > 2 && when < 5_min; when += 100_ms) run.until(when);
        run.until(when + 1_s);  // the call is answered
        const std::int64_t held = run.spec().subnets[0].usable() - run.world().subnets[0].free;
        EXPECT_EQ(held, lag > 0_s ? 1 + 7 : 1 + 2);
        run.until(when + 1_s + lag);
        EXPECT_EQ(run.spec().subnets[0].usable() - run.world().subnets[0].free, 1 + 2);
    }
}

TEST(MapOrder, InsertionOrderFillsTheFirstEniFirst) {
    // IPAM-22: the deterministic mode goes through ENIs and addresses as they came: the nine addresses of the primary
    // ENI, from the first on, then those of the next; at random pods are spread.
    const auto on_primary = [](MapOrder order, std::uint64_t seed) {
        OneNode one(9);
        one.c.spec.cni.warm_eni_target = 2;
        one.c.spec.map_order = order;
        const TinyRun run = one.c.start(seed);
        std::int32_t count = 0;
        for (const PodId id : run.pods_of(one.web)) count += run.world().enis[run.pod(id).eni].is_primary ? 1 : 0;
        return count;
    };
    std::int32_t least_at_random = 9;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        EXPECT_EQ(on_primary(MapOrder::insertion, seed), 9);
        least_at_random = std::min(least_at_random, on_primary(MapOrder::random, seed));
    }
    EXPECT_LT(least_at_random, 9);
}

}  // namespace
}  // namespace eks::testing
