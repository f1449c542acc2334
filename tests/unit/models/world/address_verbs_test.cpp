// The data store's rules on the rows that a run uses: which address of a CIDR is given out, what a release leaves
// behind, what leaves with an ENI (IPAM-15 to IPAM-31). Longer sequences are compared with the real store's answers.
#include "models/world/address_verbs.hpp"

#include "models/systems/network/address_store.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <set>

namespace eks::testing {
namespace {

constexpr sim::Duration cooldown = 30_s;

// One node with prefixes on which nothing happens by itself; pods are there to own addresses.
struct Store {
    TinyRun run;
    World world;

    static TinyRun started(bool prefixes) {
        TinyCluster c;
        c.spec.cni.prefix_delegation = prefixes;
        c.spec.cni.warm_prefix_target = 1;
        c.add_nodes(1, {.max_enis = 2});
        c.add_deployment("web", 8);
        return c.start();
    }
    explicit Store(bool prefixes) : run(started(prefixes)), world(run.world()) {
        pods = run.pods_of(WorkloadIx::of(0));
        for (const PodId pod : pods) undo_assign(world, pod);
        for (AddressRecord& record : world.prefix_records) record = {};
    }

    std::vector<PodId> pods;
    EniId eni() const { return world.pools[run.the_node().first_pool].first_eni; }
    std::uint32_t cidr() const { return world.enis[eni()].first_cidr; }
    std::set<std::uint32_t> offers(sim::Time now) const {
        std::set<std::uint32_t> found;
        const std::uint32_t bits = offered_by(world, world.cidrs[cidr()], cooldown, now);
        for (std::uint32_t n = 0; n < 16; ++n) {
            if (((bits >> n) & 1) != 0) found.insert(n);
        }
        return found;
    }
    void assign(std::size_t pod, std::uint32_t offset, sim::Time now) {
        assign_address(world, pods[pod], eni(), {cidr(), offset}, cooldown, now);
    }
    const AddressPool& pool() const { return world.pools[run.the_node().first_pool]; }
};

using Offsets = std::set<std::uint32_t>;

TEST(AddressVerbs, APrefixGivesTheLowestNewAddressUnlessOneHasCooled) {
    // IPAM-27: (b) the lowest without a record, from the network address on; (a) one of those that have cooled, and all
    // of their records go.
    Store store(true);
    EXPECT_EQ(store.offers(at(0_s)), Offsets{0});
    store.assign(0, 0, at(0_s));
    store.assign(1, 1, at(0_s));
    store.assign(2, 2, at(0_s));
    EXPECT_EQ(store.offers(at(0_s)), Offsets{3});
    release_address(store.world, store.pods[0], at(10_s));
    release_address(store.world, store.pods[2], at(10_s));
    // IPAM-29, IPAM-28: only these two cool, to the end of the period inclusive.
    EXPECT_EQ(store.offers(at(40_s)), Offsets{3});
    EXPECT_EQ(store.offers(at(40_s + 1_us)), (Offsets{0, 2}));
    store.assign(3, 2, at(41_s));
    // The record of address 0 went with the choice: it counts as new, and is the lowest.
    EXPECT_EQ(record_of(store.world, store.world.cidrs[store.cidr()], 0), AddressRecord{});
    EXPECT_EQ(store.offers(at(41_s)), Offsets{0});
}

TEST(AddressVerbs, AFailedAssignmentDropsWhatItDropped) {
    // IPAM-23: the new record goes, the expired ones that made room for it stay away.
    Store store(true);
    store.assign(0, 0, at(0_s));
    store.assign(1, 1, at(0_s));
    release_address(store.world, store.pods[0], at(1_s));
    store.assign(2, 0, at(40_s));
    undo_assign(store.world, store.pods[2]);
    EXPECT_EQ(record_of(store.world, store.world.cidrs[store.cidr()], 0), AddressRecord{});
    EXPECT_FALSE(store.world.pods[store.pods[2]].eni.valid());
    EXPECT_EQ(store.pool().assigned, 1);
}

TEST(AddressVerbs, CoolingAddressesCountAsAvailableAndPinNoCidr) {
    // IPAM-19, IPAM-20, IPAM-31: with all of its addresses released a moment ago the prefix is free, and may go.
    Store store(true);
    const std::int32_t free_prefixes = store.pool().free_prefixes;
    store.assign(0, 0, at(0_s));
    EXPECT_EQ(store.pool().free_prefixes, free_prefixes - 1);
    release_address(store.world, store.pods[0], at(1_s));
    EXPECT_EQ(store.pool().available(), store.pool().total);
    EXPECT_EQ(cooling_addresses(store.world, store.pool(), cooldown, at(2_s)), 1);
    EXPECT_EQ(store.pool().free_prefixes, free_prefixes);
    EXPECT_GT(eni_cool_at(store.world, store.world.enis[store.eni()], cooldown, at(2_s)), at(31_s));
}

TEST(AddressVerbs, AnEniThatLeavesTakesItsPodsAssignmentsAndTwiceItsSizes) {
    // IPAM-18, IPAM-21: the owners own nothing; the daemon's own counters sink by double, the sums do not.
    Store store(true);
    store.assign(0, 0, at(0_s));
    const AddressPool before = store.pool();
    const std::int32_t prefixes = store.world.enis[store.eni()].cidrs;
    const std::int32_t addresses = store.world.enis[store.eni()].active_total;
    leave_store(store.world, store.eni());
    EXPECT_FALSE(store.world.pods[store.pods[0]].eni.valid());
    EXPECT_EQ(store.pool().total, before.total - addresses);
    EXPECT_EQ(store.pool().counted_total, before.counted_total - 2 * addresses);
    EXPECT_EQ(store.pool().counted_prefixes, before.counted_prefixes - 2 * prefixes);
}

TEST(AddressVerbs, NoPodGetsAPrimaryAddressAndAllEnisHaveTheirTurn) {
    // IPAM-15, IPAM-26, IPAM-22: no order among ENIs and CIDRs; over many seeds the first pod of a node stands on each
    // of eighteen addresses. One is missed by 400 draws with probability (17/18)^400 < 1e-9.
    std::set<std::pair<std::uint32_t, std::uint32_t>> places;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        Store store(false);
        ASSERT_EQ(store.pool().total, 18);
        const PodId pod = store.pods[0];
        ASSERT_TRUE(give_address(store.run.spec(), store.world, {seed, 0}, pod, at(1_min)));
        const Pod& row = store.world.pods[pod];
        EXPECT_NE(address_at(store.world, place_of(row)), store.world.enis[row.eni].primary_address);
        places.insert({row.eni.slot, place_of(row).cidr});
    }
    EXPECT_EQ(places.size(), 18U);
}

}  // namespace
}  // namespace eks::testing
