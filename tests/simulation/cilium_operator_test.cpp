// Cilium's operator in ENI mode: its resyncs, its workers, what it asks of EC2, and who follows a lost leader.
#include "models/world/subnet_verbs.hpp"
#include "tests/support/cilium_cluster.hpp"

namespace eks::testing {
namespace {

// The first call to EC2 after an instant.
sim::Time first_call_after(const TinyRun& run, sim::Duration when) {
    for (const auto& call : run.all<Ec2CallFact>(at(when) + 1_us)) return call.at;
    return sim::Time::never();
}

// IPAM-320: once a minute, for as long as nothing changes.
TEST(Cilium, InACalmTheOperatorReadsEverythingOnceAMinute) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(3, {.max_enis = 4, .ipv4_per_eni = 15});
    c.add_deployment("web", 4);
    TinyRun run = c.start();
    run.until(60_min);
    for (const Ec2Action action :
         {Ec2Action::describe_network_interfaces, Ec2Action::describe_subnets, Ec2Action::describe_vpcs,
          Ec2Action::describe_route_tables, Ec2Action::describe_security_groups})
        EXPECT_NEAR(static_cast<double>(run.calls(action)), 60, 1);
    EXPECT_EQ(run.calls(Ec2Action::assign_private_ip_addresses), 0);
}

// IPAM-321: an operator that was away finds two nodes short of addresses; its one worker takes the shorter one first.
TEST(Cilium, TheLargestDeficitIsWorkedFirst) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.parallel_workers = 1;
    c.add_nodes(1, {.group = "small", .max_pods = 6, .max_enis = 4, .ipv4_per_eni = 15});
    c.add_nodes(1, {.group = "large", .max_pods = 30, .max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 2);
    c.spec.cilium.operator_workload = c.add(WorkloadKind::deployment, "cilium-operator", TinyCluster::daemon_pod(), 1);
    c.scale_at(5_min, c.spec.cilium.operator_workload, 0);
    c.scale_at(6_min, web, 14);
    c.scale_at(10_min, c.spec.cilium.operator_workload, 1);
    TinyRun run = c.start();
    run.until(12_min, 1_s);
    const auto acted_at = [&](std::size_t n) { return run.row(run.node(n)).cilium.acted_at; };
    ASSERT_GT(run.row(run.node(1)).pods, run.row(run.node(0)).pods);
    EXPECT_GT(acted_at(1), at(10_min));
    EXPECT_GT(acted_at(0), acted_at(1));
}

// IPAM-322: between two of its actions the operator has read the node's ENIs anew. IPAM-323, IPAM-324: of 32 addresses
// 5 fit on an ENI.
TEST(Cilium, ANodeIsActedOnOncePerResync) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 10, .ipv4_per_eni = 6});
    const WorkloadIx web = c.add_deployment("web", 1);
    c.scale_at(5_min, web, 30);
    TinyRun run = c.start();
    run.until(15_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 30U);
    EXPECT_EQ(run.the_node().enis, 8);  // 30 pods, 2 of the agent and 8 spare
    int actions = 0;
    bool has_resynced = true;
    for (const auto& seen : run.all<Ec2CallFact>()) {
        if (seen.fact.action == Ec2Action::describe_network_interfaces) has_resynced = true;
        if (seen.fact.action != Ec2Action::assign_private_ip_addresses &&
            seen.fact.action != Ec2Action::create_network_interface)
            continue;
        EXPECT_TRUE(has_resynced) << sim::to_text(seen.at);
        has_resynced = false;
        ++actions;
    }
    EXPECT_GE(actions, 6);
}

// IPAM-324: an ENI that cannot be attached is deleted.
TEST(Cilium, AnEniThatCannotBeAttachedIsDeleted) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 4);
    c.fault_at(4_min, 6_min, {.kind = FaultKind::eni_attach_failure});
    c.scale_at(5_min, web, 30);
    TinyRun run = c.start();
    run.until(10_min, 1_s);
    EXPECT_LT(ready_pods(run, web), 30U);
    const auto failures = run.calls(Ec2Action::attach_network_interface, Ec2Result::internal_error);
    EXPECT_GT(failures, 0);
    run.until(15_min, 1_s);
    EXPECT_EQ(run.calls(Ec2Action::delete_network_interface), failures);
    EXPECT_EQ(ready_pods(run, web), 30U);
}

// IPAM-328: what could not be deleted is collected, and its addresses are free again.
TEST(Cilium, UnattachedEnisAreCollected) {
    TinyCluster c = cilium_cluster();
    c.spec.ec2[Ec2Action::delete_network_interface].bucket = 1;
    c.spec.ec2[Ec2Action::delete_network_interface].refill_milli_per_second = 1;
    c.spec.ec2.attempts = 1;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 4);
    c.fault_at(4_min, 2_min, {.kind = FaultKind::eni_attach_failure});
    c.scale_at(5_min, web, 20);
    TinyRun run = c.start();
    const auto unattached = [&] {
        int count = 0;
        for (const auto& [id, eni] : run.world().enis) count += eni.state == EniState::available ? 1 : 0;
        return count;
    };
    run.until(7_min, 1_s);
    EXPECT_GT(unattached(), 0);
    run.until(48_h);
    EXPECT_EQ(unattached(), 0);
}

// IPAM-326
TEST(Cilium, ANewEniIsInTheNodesSubnetWhileThatHasRoomForAWholeOne) {
    struct Case {
        std::int32_t in_use;  // of the 251 usable addresses of the node's subnet
        std::int32_t version_minor;
        bool is_listed;
        bool is_private;
        bool is_elsewhere;
    };
    for (const Case& of :
         {Case{100, 18, false, true, false}, Case{225, 18, false, true, true}, Case{225, 18, false, false, true},
          Case{225, 20, false, false, false}, Case{225, 20, false, true, true}, Case{100, 18, true, true, true}}) {
        TinyCluster c = cilium_cluster();
        c.set_subnet(24, of.in_use);
        const std::uint32_t other = c.add_zone(22);
        c.spec.subnets[other].zone = ZoneIx::of(0);
        c.spec.subnets[other].is_private = of.is_private;
        c.spec.cilium.version_minor = of.version_minor;
        if (of.is_listed) c.spec.cilium.subnets = {SubnetIx{other}};
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 4);
        c.scale_at(5_min, web, 12);
        TinyRun run = c.start();
        run.until(10_min, 1_s);
        ASSERT_EQ(run.the_node().enis, 2) << of.in_use;
        for (const auto& [id, eni] : run.world().enis) {
            if (!eni.is_primary) {
                EXPECT_EQ(eni.subnet.value == other, of.is_elsewhere) << of.in_use << " " << of.version_minor;
            }
        }
    }
}

// IPAM-320, IPAM-562: 1.12 does not read anew after making an ENI, so that its addresses come up to a minute later.
TEST(Cilium, InOneReleaseAddressesOfANewEniWaitForTheNextMinute) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        sim::Duration took[2];
        for (const bool is_old : {false, true}) {
            TinyCluster c = cilium_cluster();
            c.spec.cilium.version_minor = is_old ? 12 : 18;
            c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
            const WorkloadIx web = c.add_deployment("web", 4);
            c.scale_at(5_min, web, 25);
            TinyRun run = c.start(seed);
            run.until(10_min, 1_s);
            EXPECT_EQ(ready_pods(run, web), 25U);
            sim::Time last;
            for (const auto& seen : run.all<AddressesAddedFact>()) last = std::max(last, seen.at);
            took[is_old ? 1 : 0] = last - at(5_min);
        }
        EXPECT_LT(took[0], took[1]) << "seed " << seed;
        EXPECT_LE(took[1], 15_s + 2 * (60_s + 5_s)) << "seed " << seed;
    }
}

// cilium/cilium#20678: before 1.14 an instance that the operator does not know waits for the next minute's resync.
TEST(Cilium, ANewNodeIsLookedAtAtOnce) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        TinyCluster c = cilium_cluster();
        c.spec.opening = Opening::empty;
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        TinyRun run = c.start(seed);
        run.until(5_min, 1_s);
        const sim::Time ready = run.the_node().ready_at;
        ASSERT_EQ(run.the_node().state, NodeState::ready);
        // A resync that may be under way, one for the node, EC2's calls, a resync, and five seconds of the agent.
        EXPECT_LE(ready - run.the_node().cilium.started, 15_s) << "seed " << seed;
    }
}

// IPAM-560: a t3.medium has 15 addresses; once it has them, a target of 8 spare ones that cannot be met asks for
// nothing.
TEST(Cilium, ANodeThatHasAllItCanHoldIsLeftAlone) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 3, .ipv4_per_eni = 6});
    const WorkloadIx web = c.add_deployment("web", 1);
    c.scale_at(1_min, web, 13);
    TinyRun run = c.start();
    run.until(10_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 13U);
    EXPECT_EQ(run.the_pool().total, 15);
    const auto calls = run.calls(Ec2Action::create_network_interface);
    run.until(30_min, 10_s);
    EXPECT_EQ(run.calls(Ec2Action::create_network_interface), calls);
    EXPECT_EQ(run.calls(Ec2Action::attach_network_interface, Ec2Result::attachment_limit_exceeded), 0);
}

// IPAM-337 says only that none is left; what would bring more is told with it.
TEST(Cilium, ARefusedAddTellsWhatTheNextAddressesWaitFor) {
    for (const AddressWait awaits : {AddressWait::node_is_full_for_cilium, AddressWait::operator_is_away}) {
        TinyCluster c = cilium_cluster();
        c.add_nodes(1, {.max_enis = awaits == AddressWait::node_is_full_for_cilium ? 1 : 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 12);
        const bool has_operator = awaits != AddressWait::operator_is_away;
        c.spec.cilium.operator_workload =
            c.add(WorkloadKind::deployment, "cilium-operator", TinyCluster::daemon_pod(), has_operator ? 1 : 0);
        c.scale_at(5_min, web, 30);
        TinyRun run = c.start();
        run.until(10_min, 1_s);
        ASSERT_GT(run.count<AddFailedFact>(), 0U);
        for (const auto& seen : run.all<AddFailedFact>()) EXPECT_EQ(seen.fact.awaits, awaits);
    }
}

// IPAM-300: the lease of 15 s was renewed 2 s before at most, and who wants it looks 4.4 s after its end at the latest;
// then the first answer of a resync takes 0.3 s.
TEST(Cilium, ALostLeaderIsFollowedWhenItsLeaseHasRunOut) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        TinyCluster c = cilium_cluster();
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 1);
        Fault lost;
        lost.kind = FaultKind::cilium_leader_lost;
        c.fault_at(5_min, 1_h, lost);
        c.scale_at(5_min + 1_s, web, 25);
        TinyRun run = c.start(seed);
        run.until(8_min, 1_s);
        const sim::Time next = first_call_after(run, 5_min);
        EXPECT_GE(next, at(5_min + 13_s)) << "seed " << seed;
        EXPECT_LE(next, at(5_min + 15_s + 4'400_ms + 300_ms)) << "seed " << seed;
        EXPECT_EQ(ready_pods(run, web), 25U) << "seed " << seed;
    }
}

// IPAM-300: one replica alone is back with the end of what took it away, and must wait for its own lease even so.
TEST(Cilium, ALostLeaderWithoutAnotherReplicaIsMissedUntilItIsBack) {
    for (const auto& [away, earliest] : {std::pair(10_min, 10_min), std::pair(1_s, 13_s)}) {
        TinyCluster c = cilium_cluster();
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        c.spec.cilium.operator_workload =
            c.add(WorkloadKind::deployment, "cilium-operator", TinyCluster::daemon_pod(), 1);
        Fault lost;
        lost.kind = FaultKind::cilium_leader_lost;
        c.fault_at(5_min, away, lost);
        TinyRun run = c.start();
        run.until(20_min);
        const sim::Time next = first_call_after(run, 5_min);
        EXPECT_GE(next, at(5_min + earliest));
        EXPECT_LE(next, at(5_min + std::max(earliest, 15_s) + 4'400_ms + 300_ms));
    }
}

// IPAM-300, IPAM-328: what the leader had made and not attached is nobody's, and is collected.
TEST(Cilium, ALostLeaderLeavesItsEniBehind) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 5});
    const WorkloadIx web = c.add_deployment("web", 1);
    c.scale_at(1_min, web, 9);
    TinyRun run = c.start();
    sim::Duration when = 1_min;
    for (; run.the_node().cilium.step != CiliumStep::attaching && when < 5_min; when += 100_ms) run.until(when);
    ASSERT_EQ(run.the_node().cilium.step, CiliumStep::attaching);
    run.simulation().apply([&](const Spec& spec, World& world, Turn& turn) { cilium::leader_lost(spec, world, turn); });
    const auto left_behind = [&] {
        std::size_t count = 0;
        for (const auto& [id, eni] : run.world().enis) count += eni.state == EniState::available ? 1 : 0;
        return count;
    };
    EXPECT_EQ(left_behind(), 1U);
    run.until(when + 4_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 9U);  // the next leader has made another
    run.until(when + 11_min, 1_s);
    EXPECT_EQ(left_behind(), 0U);
}

}  // namespace
}  // namespace eks::testing
