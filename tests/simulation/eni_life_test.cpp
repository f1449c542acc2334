// The life of an ENI: in which order it is made and freed, where, and when its addresses can be used (IPAM-75 to
// IPAM-82, IPAM-97).
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/signals.hpp"
#include "models/world/subnet_verbs.hpp"
#include "tests/support/one_node.hpp"

namespace eks::testing {
namespace {

std::vector<Ec2Action> actions_of(const TinyRun& run) {
    std::vector<Ec2Action> actions;
    for (const auto& call : run.all<Ec2CallFact>(at(1_us))) actions.push_back(call.fact.action);
    return actions;
}

std::int64_t ready_pods(const TinyRun& run, WorkloadIx workload) { return run.world()[workload].ready; }

TEST(EniLife, IsMadeStepByStepAndUsableOnlyAtTheEnd) {
    // IPAM-75, IPAM-80, IPAM-548: every step is a call of its own, and while the ENI is in the store already its
    // addresses are not.
    OneNode one(8, {.max_enis = 2});
    one.c.spec.cni.warm_eni_target = 0;
    one.c.spec.latencies.eni_visible = sim::Distribution::constant(3_s);
    one.c.scale_at(10_s, one.web, 12);
    TinyRun run = one.c.start();
    ASSERT_EQ(run.the_pool().total, 9);
    std::vector<PoolStep> steps;
    for (sim::Duration t = 10_s; t < 40_s; t += 50_ms) {
        run.until(t);
        const PoolStep step = run.the_node().ipamd.step;
        if (step == PoolStep::resting) continue;
        if (steps.empty() || steps.back() != step) steps.push_back(step);
        EXPECT_EQ(run.the_pool().total, 9);
        EXPECT_LE(ready_pods(run, one.web), 9);
        EXPECT_EQ(run.the_pool().enis, step == PoolStep::testing_exclusion ? 2 : 1);
    }
    EXPECT_EQ(steps, (std::vector<PoolStep>{PoolStep::listing_subnets, PoolStep::creating, PoolStep::finding_device,
                                            PoolStep::attaching, PoolStep::marking, PoolStep::waiting_for_metadata,
                                            PoolStep::testing_exclusion}));
    EXPECT_EQ(actions_of(run),
              (std::vector<Ec2Action>{Ec2Action::describe_subnets, Ec2Action::create_network_interface,
                                      Ec2Action::describe_instances, Ec2Action::attach_network_interface,
                                      Ec2Action::modify_network_interface_attribute, Ec2Action::describe_subnets}));
    EXPECT_EQ(run.the_pool().total, 18);
    EXPECT_EQ(ready_pods(run, one.web), 12);
}

TEST(EniLife, IsFreedStepByStepAndForgottenFirst) {
    // IPAM-97, IPAM-544: the store lets go of it before EC2 is asked, so that no pod gets an address that leaves;
    // between detaching and deleting lie two seconds; what it held comes back with the last call (IPAM-209).
    OneNode one(10);
    TinyRun run = one.c.start();
    ASSERT_EQ(run.the_node().enis, 3);
    run.scale(one.web, 0);
    std::vector<PoolStep> steps;
    std::int64_t free = run.world().subnets[0].free;
    for (sim::Duration t = 1_s; run.the_node().enis + static_cast<int>(run.world().enis.size()) > 4 && t < 5_min;
         t += 50_ms) {
        run.until(t);
        const Ipamd& d = run.the_node().ipamd;
        if (d.step == PoolStep::resting) {
            if (!steps.empty()) break;
            continue;
        }
        if (steps.empty() || steps.back() != d.step) steps.push_back(d.step);
        EXPECT_FALSE(run.world().enis[d.eni].in_store);
        EXPECT_EQ(run.the_pool().enis, 2);
        EXPECT_EQ(run.world().subnets[0].free, free);
    }
    EXPECT_EQ(steps, (std::vector<PoolStep>{PoolStep::finding_attachment, PoolStep::detaching, PoolStep::settling,
                                            PoolStep::deleting}));
    EXPECT_EQ(run.world().subnets[0].free, free + 10);
    std::vector<std::pair<Ec2Action, sim::Time>> calls;
    for (const auto& call : run.all<Ec2CallFact>(at(1_us))) calls.emplace_back(call.fact.action, call.at);
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_EQ(calls[0].first, Ec2Action::describe_network_interfaces);
    EXPECT_EQ(calls[1].first, Ec2Action::detach_network_interface);
    EXPECT_EQ(calls[2].first, Ec2Action::delete_network_interface);
    EXPECT_EQ(calls[1].second - calls[0].second, 300_ms);
    EXPECT_EQ(calls[2].second - calls[1].second, 2_s + 300_ms);
}

TEST(EniLife, OneThatWillNotDetachHoldsUpTheNodesPool) {
    // IPAM-97, IPAM-3: twelve tries, 222.2 s of sleep and at most 15 % more. Nothing else is done meanwhile. The ENI
    // stays attached and is learnt again (IPAM-108).
    OneNode one(10);
    one.c.fault_at(1_s, 5_min, throttling_of(Ec2Action::detach_network_interface));
    TinyRun run = one.c.start();
    run.scale(one.web, 0);
    std::vector<sim::Time> refused;
    run.until(6_min, 1_s);
    for (const auto& call : run.all<Ec2CallFact>()) {
        if (call.fact.action == Ec2Action::detach_network_interface &&
            call.fact.result == Ec2Result::request_limit_exceeded)
            refused.push_back(call.at);
    }
    ASSERT_GE(refused.size(), 36U);
    // Twelve tries of three attempts; the SDK pauses up to one and up to two seconds in each, 11 sleeps between them.
    const sim::Duration held = refused[35] - refused[0];
    EXPECT_GE(held, 222'200_ms);
    EXPECT_LE(held, 222'200_ms + 33'330_ms + 12 * 3_s + 36 * 300_ms);
    run.until(10_min, 1_s);
    EXPECT_EQ(run.the_pool().enis, run.the_node().enis);
}

TEST(EniLife, OneThatWillNotBeDeletedLeaksAndIsSwept) {
    // IPAM-97, IPAM-130, IPAM-131, IPAM-543: 303.5 s of sleep, then nobody remembers it; it holds its ten addresses
    // until an hourly sweep.
    OneNode one(10);
    one.c.fault_at(1_s, 15_min, throttling_of(Ec2Action::delete_network_interface));
    TinyRun run = one.c.start();
    run.scale(one.web, 0);
    run.until(15_min, 1_s);
    std::int64_t leaked = 0;
    for (const auto& [id, eni] : run.world().enis) leaked += eni.state == EniState::available ? 1 : 0;
    EXPECT_GE(leaked, 1);
    EXPECT_EQ(run.world().subnets[0].free, run.spec().subnets[0].usable() - 10 * (run.the_node().enis + leaked));
    run.until(15_min + 2_h + 10_min, 1_min);
    EXPECT_EQ(run.world().enis.size(), static_cast<std::size_t>(run.the_node().enis));
    EXPECT_EQ(run.world().subnets[0].free, run.spec().subnets[0].usable() - 10 * run.the_node().enis);
}

// A node whose own subnet has five addresses left, among subnets of its zone with 20 and 30, one with 4091 that is
// refused, and one of 4091 in another zone.
struct ManySubnets {
    OneNode one{0, {.max_enis = 4}};

    void add(std::int32_t prefix_length, std::int32_t in_use, std::uint32_t zone, CniRole role) {
        Subnet subnet = one.c.spec.subnets[0];
        subnet.zone = ZoneIx::of(zone);
        subnet.first_address = 0x0b000000U + (static_cast<std::uint32_t>(one.c.spec.subnets.size()) << 16);
        subnet.prefix_length = prefix_length;
        subnet.in_use = in_use;
        subnet.cni_role = role;
        one.c.spec.subnets.push_back(subnet);
    }
    explicit ManySubnets(std::int32_t first, std::int32_t second) {
        one.c.add_zone(20);
        one.c.set_subnet(26, 59 - 15);
        add(26, 59 - first, 0, CniRole::offered);
        add(26, 59 - second, 0, CniRole::offered);
        add(20, 0, 0, CniRole::refused);
        add(20, 0, 1, CniRole::offered);
    }
};

std::vector<std::uint32_t> secondary_subnets(const TinyRun& run) {
    std::vector<std::uint32_t> found;
    for (const auto& [id, eni] : run.world().enis) {
        if (!eni.is_primary) found.push_back(eni.subnet.value);
    }
    return found;
}

TEST(EniLife, GoesIntoTheSubnetOfItsZoneWithTheMostFreeAddresses) {
    // IPAM-77, IPAM-150, IPAM-208: 25, then 22 against the 15 that are left, then 15 against 12.
    ManySubnets many(22, 25);
    TinyRun run = many.one.c.start();
    run.until(5_s);
    run.scale(many.one.web, 28);
    run.until(2_min, 1_s);
    EXPECT_EQ(secondary_subnets(run), (std::vector<std::uint32_t>{3, 2, 3}));
}

TEST(EniLife, EverySubnetIsTriedAndTheLastErrorCounts) {
    // IPAM-77, IPAM-65: fewer than ten addresses are left in each of three subnets; numbers are not compared before.
    ManySubnets many(7, 8);
    TinyRun run = many.one.c.start();
    run.until(5_s);
    run.scale(many.one.web, 3);
    run.until(2_min, 1_s);
    EXPECT_EQ(run.calls(Ec2Action::create_network_interface, Ec2Result::insufficient_free_addresses), 3);
    EXPECT_NE(run.the_node().ipamd.last_insufficient, sim::Time::never());
    EXPECT_TRUE(secondary_subnets(run).empty());
}

TEST(EniLife, WithoutAListOfSubnetsItGoesIntoThePrimaryEnisOwn) {  // IPAM-77
    ManySubnets many(22, 25);
    many.one.c.spec.subnets[0].in_use = 59 - 40;
    many.one.c.fault_at(1_s, 1_min, throttling_of(Ec2Action::describe_subnets));
    many.one.c.spec.subnets[2].in_use = 0;
    TinyRun run = many.one.c.start();
    run.until(5_s);
    run.scale(many.one.web, 3);
    run.until(50_s, 1_s);
    EXPECT_EQ(secondary_subnets(run), (std::vector<std::uint32_t>{0}));
    // The test for exclusion failed as well, and counts as passed (IPAM-80).
    EXPECT_EQ(run.the_pool().total, 18);
}

TEST(EniLife, APodNextToAFullSubnetWaitsWhileASiblingHasSpace) {
    // IPAM-530, IPAM-208, IPAM-150: without a tag a node keeps to its own /24; the tag is the remedy.
    for (const CniRole role : {CniRole::unsaid, CniRole::offered}) {
        OneNode one;
        one.c.set_subnet(24, 251 - 10);
        one.c.spec.subnets.push_back(one.c.spec.subnets[0]);
        one.c.spec.subnets[1].first_address = 0x0a800000U;
        one.c.spec.subnets[1].in_use = 0;
        one.c.spec.subnets[1].cni_role = role;
        TinyRun run = one.c.start();
        ASSERT_EQ(run.world().subnets[0].free, 0);
        run.scale(one.web, 20);
        run.until(30_min, 10_s);
        EXPECT_EQ(ready_pods(run, one.web), role == CniRole::offered ? 20 : 9);
        EXPECT_EQ(run.count<PodUnschedulableFact>(), 0U);
    }
}

TEST(EniLife, ThePrimaryEniIsFilledBeforeTheNodeIsReady) {
    // IPAM-196, IPAM-546: at a cost of at most 0.6 s.
    std::vector<sim::Time> ready;
    for (const bool fills : {true, false}) {
        OneNode one(5);
        one.c.spec.opening = Opening::empty;
        one.c.spec.cni.provisions_nothing = !fills;
        TinyRun run = one.c.start();
        sim::Duration t = 0_s;
        for (; run.world().node_order.empty() || run.the_node().state != NodeState::ready; t += 50_ms) run.until(t);
        ready.push_back(run.the_node().ready_at);
        EXPECT_EQ(run.the_pool().total, fills ? 9 : 0);
        EXPECT_EQ(run.the_node().enis, 1);
        if (!fills) continue;
        run.until(t + 10_s, 1_s);
        EXPECT_EQ(ready_pods(run, one.web), 5);
        EXPECT_EQ(run.count<AddFailedFact>(), 0U);
    }
    EXPECT_GT(ready[0], ready[1]);
    EXPECT_LE(ready[0] - ready[1], 600_ms);
}

TEST(EniLife, AFullSubnetTakesNoInstance) {
    // IPAM-211, IPAM-212: a launch takes an address; the eleventh instance finds none.
    TinyCluster c;
    c.set_subnet(28);
    c.spec.cni.provisions_nothing = true;
    c.spec.opening = Opening::empty;
    c.add_nodes(12);
    TinyRun run = c.start();
    run.until(2_min);
    EXPECT_EQ(run.world().nodes.size(), 11U);
    EXPECT_EQ(run.world().subnets[0].free, 0);
}

TEST(EniLife, ReservedAddressesTakeNoInstance) {
    // IPAM-206, IPAM-211: an address of a reservation is never given out by itself, whatever is free in the subnet.
    // Half of the /27 is reserved: of its first sixteen addresses AWS keeps four.
    for (const Opening opening : {Opening::settled, Opening::empty}) {
        TinyCluster c;
        c.set_subnet(27);
        c.spec.subnets[0].reservations = {{0x0a000010U, 28, false}};
        c.spec.cni.provisions_nothing = true;
        c.spec.opening = opening;
        c.add_nodes(14);
        TinyRun run = c.start();
        run.until(2_min);
        EXPECT_EQ(run.world().nodes.size(), 12U);
        EXPECT_EQ(run.world().subnets[0].free, 15);
    }
}

TEST(LeakSweep, RoundsBeginAnHourAfterTheLastOneAndDrift) {
    // IPAM-130: each run starts 0 to 300 s late and the hour counts from there, so that a node's n-th run, counted from
    // its daemon's start, comes n hours and n + 1 such delays after it. An ENI that is old enough goes with the first.
    OneNode one;
    one.c.spec.opening = Opening::empty;
    sim::Duration most_drift = 0_s;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        TinyRun run = one.c.start(seed);
        run.until(20_h);
        const NodeId node = run.node();
        EniId leaked;
        run.simulation().apply([&](const Spec& spec, World& world, Turn& turn) {
            std::uint32_t address = 0;
            ASSERT_TRUE(take_addresses(spec, world, turn.key(), SubnetIx::of(0), 1, &address));
            leaked = add_eni(world, world.nodes[node].first_pool, SubnetIx::of(0), 9);
            world.enis[leaked].primary_address = address;
            world.enis[leaked].created = turn.now();
            leak_eni(spec, world, turn, leaked);
        });
        while (run.world().enis.contains(leaked) && run.now() < at(23_h)) run.until(run.now().since_origin() + 1_s);
        const sim::Duration since_start = run.now() - run.the_node().cni.started;
        // Whole seconds after a whole number of hours; on average 20 rounds are 3000 s late together.
        const sim::Duration drift = since_start - sim::Duration::hours(since_start / 1_h);
        most_drift = std::max(most_drift, drift);
        EXPECT_LT(run.now(), at(20_h + 5_min + 1_h + 5_min + 1_s));
    }
    EXPECT_GT(most_drift, 5_min);  // a fixed grid of hours would be late by 300 s at most
}

}  // namespace
}  // namespace eks::testing
