// What breaks, whom it hurts and how it comes right again: the faults of a scenario's timeline, with numbers from the
// rules (FR-4, FR-6).
#include "models/systems/signals.hpp"
#include "tests/support/one_node.hpp"

namespace eks::testing {
namespace {

Fault fault_of(FaultKind kind) {
    Fault fault;
    fault.kind = kind;
    return fault;
}

TEST(ImdsUnavailable, AnEniThatCannotBeConfirmedStaysAttachedUntilAReconcileLearnsIt) {
    // IPAM-78, IPAM-3: twelve tries, 162.3 s of sleep and at most 15 % more; then the pass fails and the next comes
    // after five seconds with DescribeSubnets, Create, DescribeInstances, Attach and Modify.
    OneNode one;
    one.c.fault_at(5_s, 12_min, fault_of(FaultKind::imds_unavailable));
    one.c.scale_at(10_s, one.web, 1);
    TinyRun run = one.c.start();
    run.until(12_min, 5_s);
    const auto attached = run.all<EniFact>(at(1_us));
    ASSERT_EQ(attached.size(), 2U);
    const sim::Duration between = attached[1].at - attached[0].at;
    EXPECT_GE(between, 162'300_ms + 5_s + 5 * 300_ms);
    EXPECT_LE(between, 162'300_ms + 24'345_ms + 5_s + 5 * 300_ms);
    EXPECT_EQ(run.the_node().enis, 3);
    EXPECT_EQ(run.the_pool().enis, 1);
    EXPECT_EQ(run.the_pool().total, 9);
    // The store believes that there is room for more; EC2 knows better (IPAM-202).
    EXPECT_GE(run.calls(Ec2Action::attach_network_interface, Ec2Result::attachment_limit_exceeded), 1);
    EXPECT_EQ(run.calls(Ec2Action::delete_network_interface),
              run.calls(Ec2Action::attach_network_interface, Ec2Result::attachment_limit_exceeded));
    // Both are learnt by the first reconcile after the fault (IPAM-108); no pool action has put it off (IPAM-105).
    run.until(12_min + 5_s + 15_s, 1_s);
    EXPECT_EQ(run.the_pool().enis, 3);
    EXPECT_EQ(run.the_pool().total, 27);
}

TEST(ImdsUnavailable, ADaemonThatStartsMeanwhileEndsAndTriesAgain) {
    // IPAM-126; the back-off is 0, 10, 20, 40, 80, 160 s.
    OneNode one;
    one.c.spec.opening = Opening::empty;
    one.c.fault_at(0_s, 5_min, fault_of(FaultKind::imds_unavailable));
    TinyRun run = one.c.start();
    run.until(5_min, 5_s);
    EXPECT_EQ(run.the_node().state, NodeState::registered);
    run.until(5_min + 165_s, 5_s);
    EXPECT_EQ(run.the_node().state, NodeState::ready);
    EXPECT_EQ(run.the_pool().total, 9);
}

TEST(ImdsStale, LiveEnisThatItDoesNotListAreDroppedWithTheirPods) {
    // IPAM-112, IPAM-113: twelve pods on three ENIs of nine; what is older than the metadata survives.
    OneNode one(12);
    Fault stale = fault_of(FaultKind::imds_stale);
    stale.age_us = 300'000'000;
    one.c.fault_at(10_s, 5_min, stale);
    TinyRun run = one.c.start();
    ASSERT_EQ(run.the_pool().total, 27);
    run.until(2_min, 5_s);
    EXPECT_EQ(run.the_pool().total, 9);
    std::int32_t lost = 0;
    for (const auto& dropped : run.all<AddressesDroppedFact>()) lost += dropped.fact.assigned;
    EXPECT_GE(lost, 3);
    EXPECT_EQ(run.the_pool().assigned, 12 - lost);
    EXPECT_EQ(run.world()[one.web].ready, 12);  // they run on, unreachable (IPAM-18)
    EXPECT_EQ(run.the_node().enis, 3);
    run.until(5_min + 10_s + 75_s, 5_s);
    EXPECT_EQ(run.the_pool().total, 27);
    EXPECT_EQ(run.the_pool().assigned, 12 - lost);
}

TEST(EniAttachFailure, TheUnattachedEniIsDeletedAndTheNextPassTriesAgain) {
    // IPAM-76, IPAM-71: five calls of 0.3 s and five seconds a pass; no back-off, no leak.
    OneNode one;
    one.c.fault_at(5_s, 2_min, fault_of(FaultKind::eni_attach_failure));
    one.c.scale_at(10_s, one.web, 1);
    TinyRun run = one.c.start();
    const std::int64_t free_before = run.world().subnets[0].free;
    run.until(2_min + 5_s, 1_s);
    const std::int64_t failed = run.calls(Ec2Action::attach_network_interface, Ec2Result::internal_error);
    EXPECT_GE(failed, 110 / 7);
    EXPECT_LE(failed, 115 / 6);
    EXPECT_GE(run.calls(Ec2Action::delete_network_interface), failed - 1);
    EXPECT_EQ(run.the_node().enis, 1);
    run.until(2_min + 20_s, 1_s);
    EXPECT_EQ(run.the_node().enis, 2);
    EXPECT_EQ(run.the_pool().total, 18);
    EXPECT_EQ(run.world().subnets[0].free, free_before - 10);
}

TEST(Ec2Throttling, EveryPassSpendsItsThreeAttempts) {
    // IPAM-4, IPAM-405, IPAM-407: refused thrice, then the pass fails and comes again after five seconds.
    OneNode one;
    Fault throttling = fault_of(FaultKind::ec2_throttling);
    throttling.actions = 1U << static_cast<unsigned>(Ec2Action::attach_network_interface);
    throttling.load_milli_per_second = 1'000'000;
    one.c.fault_at(1_s, 3_min, throttling);
    one.c.scale_at(30_s, one.web, 1);
    TinyRun run = one.c.start();
    run.until(3_min, 1_s);
    const std::int64_t refused = run.calls(Ec2Action::attach_network_interface, Ec2Result::request_limit_exceeded);
    const std::int64_t passes = run.calls(Ec2Action::create_network_interface);
    EXPECT_GE(passes, 10);
    EXPECT_GE(refused, 3 * (passes - 1));
    EXPECT_LE(refused, 3 * passes);
    EXPECT_EQ(run.calls(Ec2Action::attach_network_interface), 0);
    // Other actions have buckets of their own (IPAM-400).
    EXPECT_EQ(run.calls(Ec2Action::create_network_interface, Ec2Result::request_limit_exceeded), 0);
    run.until(3_min + 20_s, 1_s);
    EXPECT_EQ(run.the_node().enis, 2);
}

TEST(CniDaemonDown, PodsAreStuckWhileTheNodeIsReady) {
    // FR-6, IPAM-121, IPAM-122, IPAM-173.
    OneNode one(4);
    one.c.fault_at(60_s, 10_min, fault_of(FaultKind::cni_daemon_down));
    one.c.scale_at(2_min, one.web, 8);
    TinyRun run = one.c.start();
    run.until(11_min, 1_s);
    EXPECT_EQ(run.the_node().state, NodeState::ready);
    EXPECT_EQ(run.world()[one.web].ready, 4);
    EXPECT_EQ(run.the_pool().assigned, 4);
    std::size_t stuck = 0;
    for (const PodId id : run.pods_of(one.web)) {
        const Pod& pod = run.pod(id);
        if (pod.was_ready) continue;
        ++stuck;
        EXPECT_TRUE(pod.node.valid());
        EXPECT_TRUE(pod.cause == WaitCause::cni_not_ready || pod.cause == WaitCause::sandbox_start);
    }
    EXPECT_EQ(stuck, 4U);
    // Each fails anew every 10 to 15 s, plus up to a tick of the kubelet and the sandbox itself, nine minutes long.
    const auto failures = run.all<AddFailedFact>();
    EXPECT_GE(failures.size(), 4U * (540 / 17));
    EXPECT_LE(failures.size(), 4U * (540 / 10 + 1));
    for (const auto& failure : failures) EXPECT_EQ(failure.fact.cause, WaitCause::cni_not_ready);
    run.until(11_min + 20_s, 1_s);
    EXPECT_EQ(run.world()[one.web].ready, 8);
}

TEST(CniDaemonDown, AddressesOfPodsThatWentMeanwhileAreFreeAtOnceAfterwards) {
    // IPAM-120, IPAM-122, IPAM-506: assigned until the restart, and nothing cools after it.
    OneNode one(6);
    one.c.scale_at(55_s, one.web, 4);
    one.c.fault_at(60_s, 1_min, fault_of(FaultKind::cni_daemon_down));
    one.c.scale_at(70_s, one.web, 1);
    TinyRun run = one.c.start();
    run.until(59_s);
    ASSERT_EQ(run.count<AddressReleasedFact>(), 2U);
    run.until(2_min, 1_s);
    EXPECT_EQ(run.pods_of(one.web).size(), 1U);
    EXPECT_EQ(run.the_pool().assigned, 4);
    run.until(2_min + 1_s);
    EXPECT_EQ(run.the_pool().assigned, 1);
    EXPECT_EQ(run.count<AddressReleasedFact>(), 2U);
    World world = run.world();
    EXPECT_EQ(address_usable_at(run.spec(), world, run.node(), run.now()), run.now());
    for (const EniCidr& cidr : run.world().cidrs) EXPECT_EQ(cidr.record.released, sim::Time::never());
    // IPAM-16: every ENI looks new.
    for (const auto& [id, eni] : run.world().enis) EXPECT_GE(eni.entered_store, at(2_min));
}

TEST(CniDaemonDown, ANodeThatJoinsMeanwhileStaysNotReady) {  // IPAM-123
    OneNode one(1);
    one.c.spec.opening = Opening::empty;
    one.c.fault_at(0_s, 5_min, fault_of(FaultKind::cni_daemon_down));
    TinyRun run = one.c.start();
    run.until(5_min, 5_s);
    EXPECT_EQ(run.the_node().state, NodeState::registered);
    run.until(5_min + 10_s, 1_s);
    EXPECT_EQ(run.the_node().state, NodeState::ready);
    EXPECT_GE(run.the_node().ready_at, at(5_min));
}

TEST(CniDaemonDown, StrikesOnlyItsNodeGroup) {
    TinyCluster c;
    c.add_nodes(1, {.group = "struck"});
    c.add_nodes(1, {.group = "spared"});
    Fault fault = fault_of(FaultKind::cni_daemon_down);
    fault.group = NodeGroupIx::of(0);
    c.fault_at(10_s, 1_min, fault);
    TinyRun run = c.start();
    run.until(30_s);
    for (const auto& [id, node] : run.world().nodes)
        EXPECT_EQ(node.cni.serves, run.spec()[node.shape].group != fault.group);
    run.until(2_min);
    for (const auto& [id, node] : run.world().nodes) EXPECT_TRUE(node.cni.serves);
}

TEST(CniDaemonDown, AnEniCaughtBetweenCreationAndAttachmentIsSweptLater) {
    // IPAM-76, IPAM-130, IPAM-131: at least five minutes old, by an hourly sweep that starts within five minutes.
    OneNode one;
    one.c.scale_at(10_s, one.web, 1);
    TinyRun run = one.c.start();
    sim::Duration when = 10_s;
    for (; run.the_node().ipamd.step != PoolStep::attaching && when < 60_s; when += 100_ms) run.until(when);
    ASSERT_EQ(run.the_node().ipamd.step, PoolStep::attaching);
    const NodeId node = run.node();
    run.simulation().apply([&](const Spec& spec, World& world, Turn& turn) {
        stop_cni(spec, world, turn, node);
        run_cni(spec, world, turn, node);
    });
    run.until(when + 1_min, 1_s);
    std::size_t leaked = 0;
    for (const auto& [id, eni] : run.world().enis) leaked += eni.state == EniState::available ? 1 : 0;
    EXPECT_EQ(leaked, 1U);
    EXPECT_EQ(run.the_pool().total, 18);  // the new process has made another
    run.until(when + 4_min);
    EXPECT_EQ(run.world().enis.size(), 3U);
    run.until(when + 5_min + 1_h + 5_min);
    EXPECT_EQ(run.world().enis.size(), 2U);
}

TEST(SubnetAddressesTaken, OthersTakeThemAndGiveThemBack) {  // IPAM-201
    OneNode one;
    one.c.set_subnet(26);  // 59 addresses, IPAM-200
    Fault some = fault_of(FaultKind::subnet_addresses_taken);
    some.subnet = SubnetIx::of(0);
    some.addresses = 30;
    one.c.fault_at(10_s, 1_min, some);
    Fault all = some;
    all.addresses = 500;
    one.c.fault_at(30_s, 1_min, all);
    TinyRun run = one.c.start();
    const std::int64_t before = run.world().subnets[0].free;
    EXPECT_EQ(before, 59 - 10);
    run.until(20_s);
    EXPECT_EQ(run.world().subnets[0].free, before - 30);
    run.until(40_s);
    EXPECT_EQ(run.world().subnets[0].free, 0);
    run.until(80_s);
    EXPECT_EQ(run.world().subnets[0].free, 30);
    run.until(100_s);
    EXPECT_EQ(run.world().subnets[0].free, before);
    EXPECT_TRUE(run.world().held_by_others.empty());
}

TEST(CustomNetworking, PodsGetAddressesOfTheEniConfigsSubnetOnly) {  // IPAM-145, IPAM-146
    TinyCluster c;
    c.spec.cni.custom_networking = true;
    c.spec.subnets.push_back(c.spec.subnets[0]);
    c.spec.subnets[1].name = "pods";
    c.spec.subnets[1].first_address = 0x64400000U;
    c.add_nodes(1);
    c.spec.shapes[0].pod_subnet = SubnetIx::of(1);
    const WorkloadIx web = c.add_deployment("web", 30);
    TinyRun run = c.start();
    run.until(3_min, 5_s);
    EXPECT_EQ(run.world()[web].ready, 18);  // (3 - 1) ENIs of nine
    EXPECT_EQ(run.the_pool().total, 18);
    EXPECT_EQ(run.world().subnets[0].free, run.spec().subnets[0].usable() - 1);
    EXPECT_EQ(run.world().subnets[1].free, run.spec().subnets[1].usable() - 20);
}

TEST(CustomNetworking, WithoutAnEniConfigTheNodeNeverBecomesReady) {  // IPAM-119
    for (const Opening opening : {Opening::settled, Opening::empty}) {
        OneNode one;
        one.c.spec.opening = opening;
        one.c.spec.cni.custom_networking = true;
        TinyRun run = one.c.start();
        run.until(30_min, 10_s);
        EXPECT_EQ(run.the_node().state, NodeState::registered);
        EXPECT_GE(run.the_node().cni.crashes, 8);  // 0 to 160 s, then every five minutes (KUBELET-37)
        EXPECT_LE(run.the_node().cni.crashes, 13);
    }
}

// The daemon of every node starts anew under other settings.
void restart_under(TinyRun& run, Spec spec) {
    run.simulation() = run.simulation().with_spec(std::make_shared<const Spec>(std::move(spec)));
    run.simulation().apply([](const Spec& s, World& world, Turn& turn) {
        world.cni_settings.back() = s.cni;
        for (const NodeId node : world.node_order) {
            stop_cni(s, world, turn, node);
            run_cni(s, world, turn, node);
        }
    });
}

TEST(CniRestart, PrefixDelegationSwitchedOnKeepsWhatPodsUseAndReleasesTheRest) {
    // IPAM-118 (8), IPAM-139: five of eighteen single addresses stay with their pods, pods that come get prefixes.
    OneNode one(5);
    one.c.set_subnet(20);
    TinyRun run = one.c.start();
    ASSERT_EQ(run.the_pool().total, 18);
    run.until(10_s);
    Spec with_prefixes = run.spec();
    with_prefixes.cni.prefix_delegation = true;
    with_prefixes.cni.warm_prefix_target = 1;
    restart_under(run, with_prefixes);
    run.until(40_s, 1_s);
    std::int32_t singles = 0;
    std::int32_t prefixes = 0;
    for (const EniCidr& cidr : run.world().cidrs) {
        if (!cidr.in_store) continue;
        ++(cidr.is_prefix ? prefixes : singles);
        EXPECT_TRUE(cidr.is_prefix || cidr.assigned == 1);
    }
    EXPECT_EQ(singles, 5);
    EXPECT_EQ(prefixes, 1);
    EXPECT_EQ(run.the_pool().total, 16);
    EXPECT_EQ(run.the_pool().assigned, 0);
    EXPECT_EQ(run.world()[one.web].ready, 5);
    run.scale(one.web, 8);
    run.until(2_min, 1_s);
    EXPECT_EQ(run.the_pool().assigned, 3);
    // And off again: the prefix goes with its last pod, in one call.
    Spec without = run.spec();
    without.cni.prefix_delegation = false;
    restart_under(run, without);
    run.until(3_min, 1_s);
    EXPECT_EQ(run.world()[one.web].ready, 8);
    run.scale(one.web, 0);
    run.until(4_min, 1_s);
    for (const EniCidr& cidr : run.world().cidrs) EXPECT_FALSE(cidr.is_prefix && cidr.on_eni);
}

TEST(CniRestart, WhoMayMakeNothingMakesNothing) {  // IPAM-60
    OneNode one(3);
    one.c.spec.cni.provisions_nothing = true;
    TinyRun run = one.c.start();
    run.until(5_min, 5_s);
    EXPECT_EQ(run.the_pool().total, 0);
    EXPECT_EQ(run.the_node().stuck_pods, 3);
    EXPECT_EQ(run.calls(Ec2Action::create_network_interface), 0);
}

}  // namespace
}  // namespace eks::testing
