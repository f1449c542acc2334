// Cilium in ENI mode: when a burst gets its addresses, what a node can hold, how a node starts, what fragmented subnets
// and released addresses come to. Its operator and its agents have files of their own.
#include "models/systems/signals.hpp"
#include "models/world/subnet_verbs.hpp"
#include "tests/support/cilium_cluster.hpp"

namespace eks::testing {
namespace {

// IPAM-310, IPAM-339: two of the agent's own in use and eight spare.
TEST(Cilium, ASettledNodeKeepsItsPreAllocationAboveItsUse) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 5);
    const TinyRun run = c.start();
    EXPECT_EQ(ready_pods(run, web), 5U);
    EXPECT_EQ(run.the_pool().total, 2 + 5 + 8);
    EXPECT_EQ(run.the_pool().assigned, 5);
}

// IPAM-338: 15 s until the report, 60 s until the resync if none is triggered, EC2's calls, 15 s until the kubelet's
// next try. Waiting for a resync happens only behind an earlier action.
TEST(Cilium, ABurstHasItsAddressesWithinTheWorstCase) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 1);
    c.scale_at(5_min, web, 25);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        TinyRun run = c.start(seed);
        run.until(5_min);
        EXPECT_EQ(run.count<AddFailedFact>(), 0U);
        run.until(5_min + 15_s + 60_s + 15_s + 15_s, 1_s);
        EXPECT_EQ(ready_pods(run, web), 25U) << "seed " << seed;
        EXPECT_GT(run.count<AddFailedFact>(), 0U)
            << "seed " << seed;  // 9 spare addresses are too few at once (IPAM-337)
        run.until(10_min);
        EXPECT_EQ(run.the_pool().assigned, 25);
        EXPECT_GE(run.the_pool().available(), 2 + 8);
    }
}

// IPAM-341, IPAM-567: 42 addresses where max pods is 58, two of them the agent's (IPAM-339); the scheduler goes on
// binding.
TEST(Cilium, WithFirstInterfaceIndexOneANodeHolds42AddressesForMaxPods58) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.first_interface_index = 1;
    c.add_nodes(1, {.max_pods = 58, .max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 1);
    c.scale_at(1_min, web, 58);
    TinyRun run = c.start();
    run.until(20_min, 10_s);
    EXPECT_EQ(run.the_pool().total, 42);
    EXPECT_EQ(ready_pods(run, web), 40U);
    EXPECT_EQ(run.the_node().pods, 58);
    for (const PodId id : run.pods_of(web)) {
        if (run.pod(id).stage == PodStage::stuck) {
            EXPECT_EQ(run.pod(id).cause, WaitCause::no_address);
        }
    }
}

// IPAM-323, IPAM-341: ENIs of pods have the first interface's number or a higher one, also those of long ago.
TEST(Cilium, SettledEnisOfPodsBeginWithTheFirstInterfaceIndex) {
    for (const std::int32_t first : {1, 2}) {
        TinyCluster c = cilium_cluster();
        c.spec.cilium.first_interface_index = first;
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 15);
        const TinyRun run = c.start();
        EXPECT_EQ(ready_pods(run, web), 15U);
        std::vector<int> devices;
        for (const auto& [id, eni] : run.world().enis) devices.push_back(eni.device);
        EXPECT_EQ(devices, (std::vector<int>{0, first, first + 1}));
    }
}

// IPAM-303
TEST(Cilium, AReleasedAddressIsGivenOutAtOnce) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.max_allocate = 3;
    c.spec.cilium.pre_allocate = 1;
    c.add_nodes(1);
    c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(50_s));
    TinyRun run = c.start();
    run.until(10_min, 1_s);
    EXPECT_EQ(run.the_pool().total, 3);
    EXPECT_EQ(run.count<AddFailedFact>(), 0U);
    EXPECT_GE(run.count<JobFinishedFact>(), 8U);
}

// IPAM-356, IPAM-335: registered, then addresses, then the agent serves, then the node is Ready.
TEST(Cilium, ANodeIsReadyOnlyWhenTheOperatorHasFilledItsPool) {
    TinyCluster c = cilium_cluster();
    c.spec.opening = Opening::empty;
    c.add_nodes(2, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 4);
    TinyRun run = c.start();
    run.until(4_min, 1_s);
    sim::Time first_addresses = sim::Time::never();
    sim::Time first_ready = sim::Time::never();
    for (const auto& seen : run.all<AddressesAddedFact>()) first_addresses = std::min(first_addresses, seen.at);
    for (const auto& seen : run.all<NodeFact>()) {
        if (seen.fact.to == NodeState::ready) first_ready = std::min(first_ready, seen.at);
    }
    EXPECT_LE(first_addresses, first_ready);
    // It looks each five seconds.
    EXPECT_LE(first_ready - first_addresses, 5_s);
    EXPECT_EQ(ready_pods(run, web), 4U);
    EXPECT_EQ(run.row(run.node(0)).state, NodeState::ready);
}

// IPAM-356
TEST(Cilium, WithoutItsOperatorNewNodesNeverGetAddressesAndRunningPodsGoOn) {
    TinyCluster c = cilium_cluster();
    c.spec.opening = Opening::empty;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 2);
    c.spec.cilium.operator_workload = c.add(WorkloadKind::deployment, "cilium-operator", TinyCluster::daemon_pod(), 0);
    TinyRun run = c.start();
    run.until(30_min);
    EXPECT_EQ(run.the_node().state, NodeState::registered);
    EXPECT_EQ(run.the_pool().total, 0);
    EXPECT_EQ(ready_pods(run, web), 0U);
    run.scale(c.spec.cilium.operator_workload, 1);
    run.until(33_min, 1_s);
    EXPECT_EQ(run.the_node().state, NodeState::ready);
    EXPECT_EQ(ready_pods(run, web), 2U);
    run.scale(c.spec.cilium.operator_workload, 0);
    run.until(60_min);
    EXPECT_EQ(ready_pods(run, web), 2U);
}

// IPAM-350: a pod that tolerates not-ready and not the agent's taint waits for the agent.
TEST(Cilium, ThePodsThatMindTheAgentsTaintWaitForIt) {
    TinyCluster c = cilium_cluster();
    c.spec.opening = Opening::empty;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    c.spec.shapes[0].waits_for_cilium = true;
    PodTemplate pod = TinyCluster::daemon_pod();
    pod.tolerations[0].key = "node.kubernetes.io/not-ready";
    const WorkloadIx minds = c.add_daemon_set("minds", pod);
    const WorkloadIx tolerates = c.add_daemon_set("tolerates");
    TinyRun run = c.start();
    run.until(5_min);
    const sim::Time ready = run.the_node().ready_at;
    ASSERT_EQ(run.pods_of(minds).size(), 1U);
    EXPECT_GE(run.pod(run.pods_of(minds)[0]).scheduled, ready);
    EXPECT_LT(run.pod(run.pods_of(tolerates)[0]).scheduled, ready);
}

// IPAM-327, IPAM-565: no /28 is free, so the node gets single addresses, and goes on so when blocks are free again.
TEST(Cilium, AFragmentedSubnetTurnsANodeToSingleAddressesForGood) {
    TinyCluster c = cilium_cluster();
    c.spec.opening = Opening::empty;
    c.spec.cilium.prefix_delegation = true;
    c.set_subnet(24, 60);
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 10);
    TinyRun run = c.start();
    ASSERT_EQ(run.world().subnets[0].free_blocks, 0);
    run.until(5_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 10U);
    EXPECT_FALSE(run.the_pool().uses_prefixes);
    EXPECT_GT(run.calls(Ec2Action::assign_private_ip_addresses, Ec2Result::insufficient_cidr_blocks) +
                  run.calls(Ec2Action::create_network_interface, Ec2Result::insufficient_prefixes),
              0);
    run.simulation().apply([](const Spec& spec, World& world, Turn& turn) {
        for (const HeldAddress& held : world.held_by_others) {
            give_back_address(spec, world, held.subnet, held.address);
            turn.note(SubnetFact{held.subnet, +1});
        }
        world.held_by_others.clear();
    });
    run.scale(web, 30);
    run.until(15_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 30U);
    EXPECT_EQ(run.the_pool().free_prefixes, 0);
    EXPECT_FALSE(run.the_pool().uses_prefixes);
}

// IPAM-327: it is an ENI with single addresses that makes the node one without prefixes. Here there are too few
// addresses even for one: as soon as the subnet has room again, prefixes come.
TEST(Cilium, AFallbackInVainLeavesANodeItsPrefixes) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.prefix_delegation = true;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 3});
    const WorkloadIx web = c.add_deployment("web", 15);
    TinyRun run = c.start();
    ASSERT_EQ(run.the_pool().total, 32);  // all that the first ENI holds
    run.simulation().apply([](const Spec& spec, World& world, Turn& turn) {
        const SubnetIx subnet = SubnetIx::of(0);
        while (world.subnets[0].free > 1) {
            std::uint32_t address = 0;
            ASSERT_TRUE(take_addresses(spec, world, turn.key(), subnet, 1, &address));
            world.held_by_others.push_back({subnet, address, 0});
            turn.note(SubnetFact{subnet, -1});
        }
    });
    run.scale(web, 40);
    run.until(5_min, 1_s);
    // Between two tries, of which one follows the other.
    for (sim::Duration t = 5_min; run.the_node().cilium.step != CiliumStep::resting && t < 7_min; t += 10_ms)
        run.until(t);
    ASSERT_GT(run.calls(Ec2Action::create_network_interface, Ec2Result::insufficient_prefixes), 0);
    ASSERT_GT(run.calls(Ec2Action::create_network_interface, Ec2Result::insufficient_free_addresses), 0);
    EXPECT_TRUE(run.the_pool().uses_prefixes);
    run.simulation().apply([](const Spec& spec, World& world, Turn& turn) {
        for (const HeldAddress& held : world.held_by_others) {
            give_back_address(spec, world, held.subnet, held.address);
            turn.note(SubnetFact{held.subnet, +1});
        }
        world.held_by_others.clear();
    });
    run.until(10_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 40U);
    EXPECT_EQ(run.the_pool().total, 64);  // 42 in use and 8 spare
}

// IPAM-327: so it is with a settled node that has no place for another prefix.
TEST(Cilium, ASettledNodeThatIsFullOfPrefixesStaysWithThem) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.prefix_delegation = true;
    c.add_nodes(1, {.max_enis = 1, .ipv4_per_eni = 3});
    c.add_deployment("web", 30);
    const TinyRun run = c.start();
    EXPECT_EQ(run.the_pool().total, 32);
    EXPECT_TRUE(run.the_pool().uses_prefixes);
}

// IPAM-136, IPAM-302
TEST(Cilium, WithPrefixesAddressesComeBySixteen) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.prefix_delegation = true;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 40);
    TinyRun run = c.start();
    run.until(5_min);
    EXPECT_EQ(ready_pods(run, web), 40U);
    EXPECT_EQ(run.the_pool().total, 64);  // 42 in use and 8 spare
    EXPECT_EQ(run.the_node().enis, 1);
}

// IPAM-329, IPAM-328: 180 s after the excess was seen the addresses are asked for, at the next resync they go; the ENIs
// stay.
TEST(Cilium, ExcessIsReleasedByAHandshakeAndEnisStay) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.releases_excess = true;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 35);
    c.scale_at(5_min, web, 3);
    TinyRun run = c.start();
    run.until(5_min);
    const std::int32_t before = run.the_pool().total;
    const std::int32_t enis = run.the_node().enis;
    ASSERT_EQ(before, 2 + 35 + 8);
    run.until(5_min + 180_s, 1_s);
    EXPECT_EQ(run.the_pool().total, before);
    // Each ENI's excess takes one handshake: at most a minute until it is seen, three minutes and the rest of one until
    // it is marked, another until it goes.
    run.until(45_min, 1_s);
    EXPECT_EQ(run.the_pool().total, 2 + 3 + 8);
    EXPECT_EQ(run.the_node().enis, enis);
    EXPECT_GT(run.calls(Ec2Action::unassign_private_ip_addresses), 0);
}

// Off by default.
TEST(Cilium, WithoutReleaseANodeKeepsWhatItOnceHad) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 35);
    c.scale_at(5_min, web, 3);
    TinyRun run = c.start();
    run.until(45_min);
    EXPECT_EQ(run.the_pool().total, 2 + 35 + 8);
}

// IPAM-325: the operator's calls go out at four a second after a burst of twenty.
TEST(Cilium, TheOperatorsCallsKeepToItsOwnLimit) {
    TinyCluster c = cilium_cluster();
    c.spec.opening = Opening::empty;
    c.add_nodes(60, {.max_enis = 4, .ipv4_per_eni = 15});
    TinyRun run = c.start();
    std::vector<sim::Time> answers;
    run.until(5_min);
    for (const auto& seen : run.all<Ec2CallFact>()) {
        if (seen.fact.action != Ec2Action::run_instances) answers.push_back(seen.at);
    }
    ASSERT_GT(answers.size(), 60U);
    for (std::size_t first = 0; first < answers.size(); ++first) {
        for (std::size_t last = first + 20; last < answers.size(); ++last) {
            const auto calls = static_cast<std::int64_t>(last - first);  // beyond the first one
            EXPECT_GE(answers[last] - answers[first], 250_ms * (calls - 19));
        }
    }
}

// As of IPAM-122 for the VPC CNI: pods keep their addresses while no agent runs, an ADD fails at the call, and what was
// released meanwhile is free once the agent is back.
TEST(Cilium, WhileItsAgentIsDownNothingIsGivenOutOrTakenBack) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.sets_taints = false;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 6);
    c.fault_at(5_min, 10_min, {.kind = FaultKind::cni_daemon_down});
    c.scale_at(6_min, web, 3);
    c.scale_at(8_min, web, 5);
    TinyRun run = c.start();
    run.until(15_min - 1_s, 1_s);
    EXPECT_EQ(ready_pods(run, web), 3U);
    EXPECT_EQ(run.the_pool().assigned, 6);
    for (const PodId id : run.pods_of(web)) {
        if (run.pod(id).stage == PodStage::stuck) {
            EXPECT_EQ(run.pod(id).cause, WaitCause::cni_not_ready);
        }
    }
    run.until(16_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 5U);
    EXPECT_EQ(run.the_pool().assigned, 5);
}

// cilium-config is read at the start of a process: agents and operator start anew with what it says now.
TEST(Cilium, OtherSettingsInTheMiddleOfARunHoldFromThenOn) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(2, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 6);
    c.change_at(5_min, [](Spec& s) { s.cilium.pre_allocate = 20; });
    TinyRun run = c.start();
    run.until(5_min);
    for (const NodeId node : run.world().node_order) EXPECT_EQ(pool_of(run.world(), run.row(node)).available(), 2 + 8);
    run.until(8_min, 1_s);
    for (const NodeId node : run.world().node_order) EXPECT_EQ(pool_of(run.world(), run.row(node)).available(), 2 + 20);
    EXPECT_EQ(ready_pods(run, web), 6U);
}

// --- release

// IPAM-329, IPAM-561: what is wanted again before the handshake is over stays.
TEST(Cilium, AReleaseIsCalledOffWhenTheExcessIsGone) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.releases_excess = true;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 35);
    for (int n = 0; n < 10; ++n) {
        c.scale_at(5_min + n * 5_min, web, 10);
        c.scale_at(5_min + n * 5_min + 150_s, web, 35);
    }
    TinyRun run = c.start();
    run.until(55_min, 1_s);
    EXPECT_EQ(run.calls(Ec2Action::unassign_private_ip_addresses), 0);
    EXPECT_EQ(run.the_pool().total, 2 + 35 + 8);
}

// IPAM-329: prefixes go back from 1.20 on, whole ones only.
TEST(Cilium, PrefixesAreReleasedByNewerReleases) {
    for (const std::int32_t version : {18, 20}) {
        TinyCluster c = cilium_cluster();
        c.spec.cilium.version_minor = version;
        c.spec.cilium.prefix_delegation = true;
        c.spec.cilium.releases_excess = true;
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 70);
        c.scale_at(5_min, web, 0);
        TinyRun run = c.start();
        run.until(5_min);
        EXPECT_EQ(run.the_pool().total, 80);
        run.until(60_min, 1_s);
        // A prefix of the agent's own counts whole as used, and eight more are kept (IPAM-312).
        EXPECT_EQ(run.the_pool().total, version == 18 ? 80 : 32);
    }
}

// IPAM-563: 13 nodes with 542 pods in three /23 hold some 787 addresses, because each rounds up to whole prefixes.
// Where what is free of a subnet is in pieces, a node finds no other prefix among more than a hundred free addresses.
TEST(Cilium, PrefixesHoldMoreThanPodsUseAndFragmentsServeNobody) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.prefix_delegation = true;
    c.set_subnet(23);
    c.add_zone(23);
    c.add_zone(23);
    c.add_nodes(5, {.group = "a", .zone = 0, .subnet = 0, .max_enis = 4, .ipv4_per_eni = 15});
    c.add_nodes(4, {.group = "b", .zone = 1, .subnet = 1, .max_enis = 4, .ipv4_per_eni = 15});
    c.add_nodes(4, {.group = "c", .zone = 2, .subnet = 2, .max_enis = 4, .ipv4_per_eni = 15});
    c.add_deployment("web", 542);
    const TinyRun run = c.start();
    std::int32_t held = 0;
    std::int32_t assigned = 0;
    for (const auto& [id, pool] : run.world().pools) {
        EXPECT_EQ(pool.total % addresses_per_prefix, 0);
        held += pool.total;
        assigned += pool.assigned;
    }
    EXPECT_EQ(assigned, 542);
    EXPECT_GE(held, 542 + 13 * (2 + 8));  // IPAM-310, IPAM-339
    EXPECT_LT(held, 542 + 13 * (2 + 8 + 2 * 16));

    // The same subnet with others' addresses all over it: a third of it is free, and no block of sixteen.
    TinyCluster scattered = cilium_cluster();
    scattered.spec.cilium.prefix_delegation = true;
    scattered.set_subnet(23, 330);
    scattered.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    scattered.add_deployment("web", 20);
    const TinyRun pieces = scattered.start();
    EXPECT_GT(pieces.world().subnets[0].free, 100);
    EXPECT_EQ(pieces.world().subnets[0].free_blocks, 0);
    EXPECT_FALSE(pieces.the_pool().uses_prefixes);  // IPAM-327
}

TEST(Cilium, InvariantsHoldUnderChurn) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        TinyCluster c = cilium_cluster();
        c.spec.opening = seed % 2 == 0 ? Opening::empty : Opening::settled;
        c.spec.cilium.prefix_delegation = seed % 3 == 0;
        c.spec.cilium.releases_excess = seed % 4 < 2;
        c.spec.cilium.release_delay = 30_s;
        c.spec.cilium.max_above_watermark = static_cast<std::int32_t>(seed % 5);
        c.spec.cilium.first_interface_index = static_cast<std::int32_t>(seed % 2);
        c.set_subnet(26);
        c.add_nodes(3, {.max_pods = 20, .max_enis = 3, .ipv4_per_eni = 6});
        const WorkloadIx web = c.add_deployment("web", 4);
        c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(20_s));
        for (int n = 1; n < 12; ++n) c.scale_at(n * 100_s, web, static_cast<std::int32_t>((seed * 7 + n * 13) % 40));
        TinyRun run = c.start(seed);
        run.until(25_min, 1_s);
        TinyRun again = c.start(seed);
        again.until(25_min, 1_s);
        EXPECT_EQ(run, again) << "seed " << seed;
    }
}

// FR-19: the same burst under both CNIs. The VPC CNI has a whole ENI in reserve, Cilium eight addresses.
TEST(Cilium, TheSameScenarioRunsUnderBothCnis) {
    for (const CniKind kind : {CniKind::vpc_cni, CniKind::cilium_eni}) {
        TinyCluster c = cilium_cluster();
        c.spec.cni_kind = kind;
        c.add_nodes(2, {.max_enis = 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 4);
        c.scale_at(2_min, web, 40);
        TinyRun run = c.start();
        run.until(10_min, 1_s);
        EXPECT_EQ(ready_pods(run, web), 40U);
        EXPECT_EQ(run.count<AddFailedFact>() > 0, kind == CniKind::cilium_eni);
    }
}

}  // namespace
}  // namespace eks::testing
