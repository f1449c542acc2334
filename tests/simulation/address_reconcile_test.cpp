// How a node's daemon finds out what EC2 really has: a reconcile once a minute, and what keeps it from being completed
// (IPAM-105 to IPAM-113), a release that EC2 refused (IPAM-92), and a start in the middle of something (IPAM-118).
#include "models/systems/signals.hpp"
#include "models/world/subnet_verbs.hpp"
#include "tests/support/one_node.hpp"

#include <functional>

namespace eks::testing {
namespace {

// Somebody attaches an ENI with two secondary addresses to the node, ten seconds after the start; the daemon has done
// something in this very moment. From then on more than a minute goes by until it looks (IPAM-105).
EniId attach_by_hand(TinyRun& run, SubnetIx subnet = SubnetIx::of(0)) {
    run.until(10_s);
    EniId made = EniId::none();
    const NodeId node = run.node();
    run.simulation().apply([&](const Spec& spec, World& world, Turn& turn) {
        std::uint32_t taken[3] = {};
        ASSERT_TRUE(take_addresses(spec, world, turn.key(), subnet, 3, taken));
        made = add_eni(world, world.nodes[node].first_pool, subnet, 9);
        world.enis[made].primary_address = taken[0];
        world.enis[made].created = world.enis[made].visible_at = turn.now();
        for (int n = 1; n < 3; ++n) grant_cidr(world, made, taken[n], false);
        attach_eni(world, made);
        world.nodes[node].ipamd.last_action = turn.now();
        metadata_changed(spec, world, turn, node);
    });
    return made;
}

// When the ENI is in the store, to a tenth of a second; never: not by then.
sim::Time known_at(TinyRun& run, EniId eni, sim::Duration until) {
    for (sim::Duration t = run.now().since_origin(); t < until; t += 100_ms) {
        run.until(t);
        if (run.world().enis[eni].in_store) return run.now();
    }
    return sim::Time::never();
}

TEST(AddressReconcile, AnUnknownEniIsDescribedTaggedAndSetUp) {
    // IPAM-108; IPAM-80 (c): its subnet is looked at only where ENIs may stand in several.
    for (const bool discovery : {true, false}) {
        OneNode one;
        one.c.spec.cni.subnet_discovery = discovery;
        TinyRun run = one.c.start();
        const EniId eni = attach_by_hand(run);
        const sim::Time known = known_at(run, eni, 2_min);
        EXPECT_GT(known, at(10_s + 60_s));
        EXPECT_LE(known, at(10_s + 65_s + 3 * 300_ms));
        run.until(2_min);
        EXPECT_EQ(run.the_pool().total, 9 + 2);
        EXPECT_EQ(run.calls(Ec2Action::describe_network_interfaces), 1);
        EXPECT_EQ(run.calls(Ec2Action::create_tags), 1);
        EXPECT_EQ(run.calls(Ec2Action::describe_subnets), discovery ? 1 : 0);
    }
}

TEST(AddressReconcile, AnUnknownEniInARefusedSubnetGivesNoAddresses) {
    // IPAM-151: whether an ENI is kept from pods is looked at whenever one is set up.
    OneNode one;
    one.c.spec.subnets.push_back(one.c.spec.subnets[0]);
    one.c.spec.subnets[1].first_address = 0x0a800000U;
    one.c.spec.subnets[1].cni_role = CniRole::refused;
    TinyRun run = one.c.start();
    const EniId eni = attach_by_hand(run, SubnetIx::of(1));
    run.until(2_min, 1_s);
    EXPECT_TRUE(run.world().enis[eni].in_store);
    EXPECT_TRUE(run.world().enis[eni].is_excluded);
    EXPECT_EQ(run.the_pool().total, 9);
}

// A node with an ENI by hand in a subnet that is refused to the CNI; its daemon starts again after three minutes.
struct RestartOnExcludedEni {
    OneNode one;

    explicit RestartOnExcludedEni(std::function<void(Spec&)> change) {
        one.c.spec.subnets.push_back(one.c.spec.subnets[0]);
        one.c.spec.subnets[1].first_address = 0x0a800000U;
        one.c.spec.subnets[1].cni_role = CniRole::refused;
        one.c.change_at(3_min, std::move(change));
    }
};

TEST(AddressReconcile, AStartUnassignsWhatIsUnusedOfAnExcludedEni) {
    // IPAM-33, IPAM-118 (7): until then EC2 holds it.
    RestartOnExcludedEni node([](Spec& spec) { spec.cni.cooldown = 10_s; });
    TinyRun run = node.one.c.start();
    const EniId eni = attach_by_hand(run, SubnetIx::of(1));
    run.until(2_min, 1_s);
    ASSERT_TRUE(run.world().enis[eni].is_excluded);
    ASSERT_EQ(run.world().subnets[1].free, run.spec().subnets[1].usable() - 3);
    run.until(4_min, 1_s);
    EXPECT_EQ(run.world().enis[eni].granted, 0);
    EXPECT_EQ(run.world().subnets[1].free, run.spec().subnets[1].usable() - 1);  // its own
    EXPECT_EQ(run.calls(Ec2Action::unassign_private_ip_addresses), 1);
    EXPECT_EQ(run.the_pool().total, 9);
}

TEST(AddressReconcile, WithoutSubnetDiscoveryNoEniIsExcludedFromAStartOn) {
    // IPAM-151: exclusion is a matter of discovery.
    RestartOnExcludedEni node([](Spec& spec) { spec.cni.subnet_discovery = false; });
    TinyRun run = node.one.c.start();
    const EniId eni = attach_by_hand(run, SubnetIx::of(1));
    run.until(2_min, 1_s);
    ASSERT_TRUE(run.world().enis[eni].is_excluded);
    run.until(4_min, 1_s);
    EXPECT_FALSE(run.world().enis[eni].is_excluded);
    EXPECT_EQ(run.the_pool().total, 9 + 2);
}

TEST(AddressReconcile, OneThatEc2RefusesIsMadeUpForInTheNextPass) {
    // IPAM-108, IPAM-105: only a reconcile that was completed puts off the next one.
    OneNode one;
    one.c.fault_at(5_s, 155_s, throttling_of(Ec2Action::describe_network_interfaces));
    TinyRun run = one.c.start();
    const EniId eni = attach_by_hand(run);
    const sim::Time known = known_at(run, eni, 4_min);
    // Five seconds to the next pass, the calls, and the attempt that is under way: two pauses of the SDK.
    EXPECT_GE(known, at(160_s));
    EXPECT_LE(known, at(160_s + 5_s + 4 * 300_ms + 3_s));
    EXPECT_GE(run.calls(Ec2Action::describe_network_interfaces, Ec2Result::request_limit_exceeded), 3 * 8);
}

TEST(AddressReconcile, MetadataThatFallsSilentPutsOffNothing) {
    // IPAM-106: no reconcile is completed meanwhile, so that the first pass after it has one.
    OneNode one;
    Fault silent;
    silent.kind = FaultKind::imds_unavailable;
    one.c.fault_at(60_s, 100_s, silent);
    TinyRun run = one.c.start();
    const EniId eni = attach_by_hand(run);
    const sim::Time known = known_at(run, eni, 4_min);
    EXPECT_GE(known, at(160_s));
    EXPECT_LE(known, at(160_s + 5_s + 3 * 300_ms));
}

TEST(AddressReconcile, MetadataThatFallsSilentInTheMiddleDropsNothing) {
    // IPAM-106, IPAM-112: whenever the silence begins between the reconcile's calls, it aborts the reconcile.
    OneNode one(3);
    TinyRun undisturbed = one.c.start();
    const sim::Time known = known_at(undisturbed, attach_by_hand(undisturbed), 4_min);
    ASSERT_NE(known, sim::Time::never());
    for (const sim::Duration before : {200_ms, 500_ms, 800_ms}) {  // one call takes 300 ms, and there are three
        OneNode disturbed(3);
        Fault silent;
        silent.kind = FaultKind::imds_unavailable;
        disturbed.c.fault_at(known.since_origin() - before, 100_s, silent);
        TinyRun run = disturbed.c.start();
        attach_by_hand(run);
        run.until(known.since_origin() + 60_s, 1_s);
        EXPECT_EQ(run.count<AddressesDroppedFact>(), 0U);
        EXPECT_GE(run.the_pool().total, 9);
        EXPECT_EQ(run.the_pool().assigned, 3);
    }
}

TEST(AddressReconcile, AnEniThatCannotBeTaggedIsLeftAlone) {
    // IPAM-108, IPAM-3: five tries of three attempts each, 7.5 s of sleep and at most 30 % more; then it is skipped.
    OneNode one;
    one.c.fault_at(5_s, 115_s, throttling_of(Ec2Action::create_tags));
    TinyRun run = one.c.start();
    const EniId eni = attach_by_hand(run);
    run.until(115_s, 1_s);
    EXPECT_FALSE(run.world().enis[eni].in_store);
    const auto refused = [&] {
        std::vector<sim::Time> found;
        for (const auto& call : run.all<Ec2CallFact>()) {
            if (call.fact.action == Ec2Action::create_tags && call.fact.result == Ec2Result::request_limit_exceeded)
                found.push_back(call.at);
        }
        return found;
    }();
    ASSERT_EQ(refused.size(), 15U);
    EXPECT_GE(refused.back() - refused.front(), 7'500_ms);
    run.until(4_min, 1_s);
    EXPECT_TRUE(run.world().enis[eni].in_store);
}

TEST(AddressReconcile, WhatEc2TookIsGoneAndWhatItGaveIsThere) {
    // IPAM-109, IPAM-110: an address goes although a pod uses it; the pod runs on (IPAM-18). Only if EC2 answers.
    for (const bool answers : {true, false}) {
        OneNode one(3, {.max_enis = 1});
        if (!answers) one.c.fault_at(5_s, 10_min, throttling_of(Ec2Action::describe_network_interfaces));
        TinyRun run = one.c.start();
        run.until(10_s);
        ASSERT_EQ(run.the_pool().total, 9);
        const PodId victim = run.pods_of(one.web).at(0);
        const NodeId node = run.node();
        run.simulation().apply([&](const Spec& spec, World& world, Turn& turn) {
            const Pod& pod = world.pods[victim];
            const EniCidr cidr = world.cidrs[place_of(pod).cidr];
            revoke_cidr(world, pod.eni, place_of(pod).cidr);
            give_back_address(spec, world, SubnetIx::of(0), cidr.network);
            metadata_changed(spec, world, turn, node);
        });
        run.until(2_min, 1_s);
        EXPECT_EQ(run.the_pool().assigned, answers ? 2 : 3);
        EXPECT_EQ(run.the_pool().total, 9);  // where one is missing the loop has asked for another
        EXPECT_EQ(run.calls(Ec2Action::assign_private_ip_addresses), answers ? 1 : 0);
        EXPECT_EQ(run.pod(victim).eni.valid(), !answers);
        EXPECT_EQ(run.world()[one.web].ready, 3);
    }
}

// WARM_IP_TARGET 2: four of 24 pods go, and EC2 refuses to take back the addresses that the pool lets go of, for four
// minutes.
struct RefusedRelease {
    OneNode one{24, {.max_enis = 1, .ipv4_per_eni = 50}};
    sim::Duration dropped;
    std::int64_t free = 0;  // in the subnet, before

    TinyRun start() {
        one.c.spec.cni.warm_ip_target = 2;
        one.c.fault_at(5_s, 4_min, throttling_of(Ec2Action::unassign_private_ip_addresses));
        one.c.scale_at(10_s, one.web, 20);
        TinyRun run = one.c.start();
        EXPECT_EQ(run.the_pool().total, 26);
        free = run.world().subnets[0].free;
        for (sim::Duration t = 10_s; run.the_pool().total == 26 && t < 1_min; t += 100_ms) run.until(t);
        dropped = run.all<AddressesDroppedFact>().at(0).at.since_origin();
        return run;
    }
};

TEST(AddressReconcile, AddressesThatEc2DidNotTakeBackReturnAfterAMinute) {
    // IPAM-92, IPAM-111, IPAM-209: the store has forgotten them, EC2 and the subnet have not.
    RefusedRelease refused;
    TinyRun run = refused.start();
    EXPECT_EQ(run.the_pool().total, run.the_pool().assigned + 2);
    const std::int32_t less = run.the_pool().total;
    run.until(refused.dropped + 60_s, 1_s);
    EXPECT_EQ(run.world().subnets[0].free, refused.free);
    EXPECT_EQ(run.the_pool().total, less);
    // The pass ended within two pauses of the SDK; more than a minute after that comes a reconcile.
    sim::Duration back = refused.dropped + 60_s;
    for (; run.the_pool().total == less && back < 3_min; back += 100_ms) run.until(back);
    EXPECT_LE(back, refused.dropped + 3 * 300_ms + 3_s + 65_s + 300_ms + 100_ms);
    EXPECT_EQ(run.the_pool().total, less + 4);
    // And so on until EC2 takes them back.
    run.until(10_min, 1_s);
    EXPECT_EQ(run.the_pool().total, 22);
    EXPECT_EQ(run.world().subnets[0].free, refused.free + 4);
}

TEST(AddressReconcile, AFillBringsInOnlyWhatItAskedFor) {
    // IPAM-66, IPAM-92: what a refused release left on the ENI waits for a reconcile, which every fill puts off
    // (IPAM-105).
    RefusedRelease refused;
    TinyRun run = refused.start();
    run.until(refused.dropped + 50_s);
    run.scale(refused.one.web, 22);
    run.until(refused.dropped + 70_s, 1_s);
    EXPECT_EQ(run.the_pool().total, 24);
    run.scale(refused.one.web, 24);
    run.until(refused.dropped + 85_s, 1_s);
    EXPECT_EQ(run.the_pool().total, 26);
    EXPECT_EQ(refused.free - run.world().subnets[0].free, 26 - 22);
    const auto added = run.all<AddressesAddedFact>(at(refused.dropped));
    ASSERT_EQ(added.size(), 2U);
    EXPECT_EQ(added[0].fact.count, 2);
    EXPECT_EQ(added[1].fact.count, 2);
}

TEST(AddressReconcile, AFullEniShowsWhatARefusedReleaseLeftOnIt) {
    // IPAM-66: PrivateIpAddressLimitExceeded has the daemon read what is there and take all of it; the minute that a
    // reconcile waits (IPAM-111) does not count here.
    RefusedRelease refused;
    refused.one.c.spec.shapes[0].ipv4_per_eni = 27;
    TinyRun run = refused.start();
    ASSERT_EQ(run.the_pool().total, 22);
    run.until(refused.dropped + 20_s);
    run.scale(refused.one.web, 24);
    for (sim::Duration t = refused.dropped + 20_s; run.the_pool().total == 22 && t < refused.dropped + 30_s;
         t += 100_ms)
        run.until(t);
    EXPECT_EQ(run.calls(Ec2Action::assign_private_ip_addresses, Ec2Result::private_ip_limit_exceeded), 1);
    EXPECT_EQ(run.the_pool().total, 26);
}

TEST(AddressReconcile, ARestartInTheMiddleOfACreationLosesNoEni) {
    // IPAM-118, IPAM-108, IPAM-542: whatever the thread was at, an attached ENI is in the store in the end, one that
    // is attached to nothing has been swept (IPAM-130, IPAM-543), and each pod has an address.
    for (const PoolStep step :
         {PoolStep::listing_subnets, PoolStep::creating, PoolStep::finding_device, PoolStep::attaching,
          PoolStep::marking, PoolStep::waiting_for_metadata, PoolStep::testing_exclusion}) {
        SCOPED_TRACE("step " + std::to_string(static_cast<int>(step)));
        OneNode one;
        one.c.spec.latencies.eni_visible = sim::Distribution::constant(3_s);
        one.c.scale_at(10_s, one.web, 16);
        TinyRun run = one.c.start();
        sim::Duration when = 10_s;
        for (; run.the_node().ipamd.step != step && when < 60_s; when += 50_ms) run.until(when);
        ASSERT_EQ(run.the_node().ipamd.step, step);
        const NodeId node = run.node();
        run.simulation().apply([&](const Spec& spec, World& world, Turn& turn) {
            stop_cni(spec, world, turn, node);
            run_cni(spec, world, turn, node);
        });
        run.until(when + 3_min, 1_s);
        EXPECT_EQ(run.world()[one.web].ready, 16);
        EXPECT_EQ(run.the_pool().enis, run.the_node().enis);
        run.until(when + 5_min + 1_h + 5_min, 1_min);
        EXPECT_EQ(run.world().enis.size(), static_cast<std::size_t>(run.the_node().enis));
    }
}

TEST(AddressReconcile, AfterARestartOnStaleMetadataAnEniInUseIsFreed) {
    // IPAM-113, IPAM-120, IPAM-545: what the metadata omits is dropped with its assignments; learnt again it looks
    // unused, and goes although its pods run.
    OneNode one(12);
    Fault down;
    down.kind = FaultKind::cni_daemon_down;
    one.c.fault_at(10_s, 10_s, down);
    Fault stale;
    stale.kind = FaultKind::imds_stale;
    stale.age_us = 300'000'000;
    one.c.fault_at(15_s, 30_s, stale);
    std::ranges::sort(one.c.spec.timeline, {}, &TimelineAction::at);
    TinyRun run = one.c.start();
    ASSERT_EQ(run.the_node().enis, 3);
    run.until(25_s, 1_s);
    EXPECT_EQ(run.the_pool().enis, 1);
    EXPECT_LE(run.the_pool().assigned, 9);
    run.until(10_min, 1_s);
    EXPECT_GE(run.calls(Ec2Action::detach_network_interface), 1);
    EXPECT_EQ(run.world()[one.web].ready, 12);
}

}  // namespace
}  // namespace eks::testing
