// Cilium in ENI mode: when a burst gets its addresses, what a node can hold, how a node starts, what fragmented subnets
// and released addresses come to.
#include "models/systems/signals.hpp"
#include "models/world/subnet_verbs.hpp"
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

TinyCluster cilium_cluster() {
    TinyCluster c;
    c.spec.cni_kind = CniKind::cilium_eni;
    c.spec.cilium.new_identity = c.spec.cilium.regeneration = sim::Distribution::constant(sim::Duration::zero());
    return c;
}

std::size_t ready_pods(const TinyRun& run, WorkloadIx ix) {
    std::size_t count = 0;
    for (const PodId id : run.pods_of(ix)) count += run.pod(id).stage == PodStage::ready ? 1 : 0;
    return count;
}

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

// --- the operator

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

// --- the agent

// IPAM-336
TEST(Cilium, TheAgentReportsItsUseEveryFifteenSecondsAtMost) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 4);
    for (int n = 0; n < 60; ++n) c.scale_at(60_s + n * 3_s, web, 4 + n % 7);
    TinyRun run = c.start();
    sim::Time last = run.the_node().cilium.last_report;
    int reports = 0;
    for (int second = 1; second < 240; ++second) {
        run.until(second * 1_s);
        const sim::Time now = run.the_node().cilium.last_report;
        if (now == last) continue;
        EXPECT_GE(now - last, 15_s);
        last = now;
        ++reports;
    }
    EXPECT_GE(reports, 8);
}

// IPAM-340: an ADD takes as long as its endpoint; one that takes longer than 330 s fails, and the address is free.
TEST(Cilium, AnAddTakesAsLongAsItsEndpointAndFailsAfterThreeHundredAndThirtySeconds) {
    for (const sim::Duration regeneration : {3_s, 400_s}) {
        TinyCluster c = cilium_cluster();
        c.spec.cilium.regeneration = sim::Distribution::constant(regeneration);
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 0);
        c.scale_at(1_min, web, 1);
        TinyRun run = c.start();
        run.until(1_min + 330_s);
        const bool is_in_time = regeneration < 330_s;
        EXPECT_EQ(ready_pods(run, web), is_in_time ? 1U : 0U);
        EXPECT_EQ(run.count<AddFailedFact>(), 0U);
        run.until(1_min + 335_s);
        EXPECT_EQ(run.count<AddFailedFact>(), is_in_time ? 0U : 1U);
        EXPECT_EQ(run.the_pool().assigned, is_in_time ? 1 : 0);
        run.until(60_min, 10_s);
        EXPECT_EQ(ready_pods(run, web), is_in_time ? 1U : 0U);
    }
}

// IPAM-350: the operator taints a node whose agent is not ready, and takes the taint away.
TEST(Cilium, WhileItsAgentIsDownANodeTakesNoPodsThatMindTheTaint) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 1);
    const WorkloadIx tolerant = c.add_deployment("tolerant", 0, TinyCluster::daemon_pod());
    c.fault_at(5_min, 10_min, {.kind = FaultKind::cni_daemon_down});
    c.scale_at(6_min, web, 2);
    c.scale_at(6_min, tolerant, 1);
    TinyRun run = c.start();
    run.until(14_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 1U);
    EXPECT_EQ(ready_pods(run, tolerant), 1U);
    for (const PodId id : run.pods_of(web))
        EXPECT_TRUE(run.pod(id).node.valid() || run.pod(id).stage != PodStage::stuck);
    EXPECT_EQ(run.count<AddFailedFact>(), 0U);
    run.until(16_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 2U);
}

// IPAM-350: an operator that takes no taints away leaves a node that with which it has joined.
TEST(Cilium, AnOperatorThatRemovesNoTaintsKeepsPodsThatMindThemAway) {
    for (const Opening opening : {Opening::empty, Opening::settled}) {
        for (const bool removes : {true, false}) {
            TinyCluster c = cilium_cluster();
            c.spec.opening = opening;
            c.spec.cilium.removes_taints = removes;
            c.spec.cilium.sets_taints = false;
            c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
            c.spec.shapes[0].waits_for_cilium = true;
            const WorkloadIx web = c.add_deployment("web", 2);
            const WorkloadIx tolerates = c.add_daemon_set("tolerates");
            TinyRun run = c.start();
            run.until(10_min, 1_s);
            EXPECT_EQ(run.the_node().state, NodeState::ready);
            EXPECT_EQ(ready_pods(run, tolerates), 1U);
            EXPECT_EQ(ready_pods(run, web), removes ? 2U : 0U);
        }
    }
}

// IPAM-350: nor that which it sets itself when an agent is away.
TEST(Cilium, ATaintThatIsSetAndNotRemovedStaysWhenTheAgentIsBack) {
    for (const bool removes : {true, false}) {
        TinyCluster c = cilium_cluster();
        c.spec.cilium.removes_taints = removes;
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 1);
        c.fault_at(5_min, 1_min, {.kind = FaultKind::cni_daemon_down});
        c.scale_at(10_min, web, 2);
        TinyRun run = c.start();
        run.until(12_min, 1_s);
        EXPECT_EQ(ready_pods(run, web), removes ? 2U : 1U);
    }
}

// The same with a churn of Jobs and scaling, with every invariant at each second.
// IPAM-335, IPAM-566: an agent that starts looks for the link of each ENI after 0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3 s and
// so on, 15 times in 201.1 s; then it ends and is started again.
TEST(Cilium, AnAgentThatStartsWaitsForTheLinkOfItsEni) {
    const auto ready_at = [](sim::Duration link, std::uint64_t seed) {
        TinyCluster c = cilium_cluster();
        c.spec.opening = Opening::empty;
        c.spec.cilium.first_interface_index = 1;  // its addresses are on an ENI that is attached while it starts
        c.spec.cilium.eni_link = link;
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        TinyRun run = c.start(seed);
        run.until(30_min, 100_ms);
        sim::Time attached = sim::Time::never();
        for (const auto& eni : run.all<EniFact>()) attached = eni.at;
        return std::pair(run.the_node().ready_at, attached);
    };
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto [at_once, attached_at_once] = ready_at(0_s, seed);
        const auto [late, attached] = ready_at(20_s, seed);
        EXPECT_EQ(attached, attached_at_once);
        EXPECT_GE(late, attached + 20_s);
        EXPECT_LE(late, at_once + 25'500_ms);  // it looked 12.7 s after its first look, and then 25.5 s after it
        // 300 s are more than it waits: it ends after 201.1 s, and the next one finds the link at its twelfth look at
        // the latest.
        const auto [restarted, attached_too] = ready_at(300_s, seed);
        EXPECT_GE(restarted, attached_too + 300_s);
        EXPECT_LE(restarted, at_once + 201'100_ms + 200_ms + 5_s + 111'100_ms);
    }
}

// The first call to EC2 after an instant.
sim::Time first_call_after(const TinyRun& run, sim::Duration when) {
    for (const auto& call : run.all<Ec2CallFact>(at(when) + 1_us)) return call.at;
    return sim::Time::never();
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
