// The update of a managed node group: surge, drain, termination, and the way back to its size (AWS-65), with what EC2
// lets it have (IPAM-211, IPAM-400, IPAM-403).
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

struct Group {
    TinyCluster c;
    NodeGroupIx workers;
    WorkloadIx web;
    explicit Group(std::int32_t nodes = 3, std::int32_t pods = 6, const PodTemplate& pod = TinyCluster::serving_pod()) {
        workers = c.add_nodes(nodes);
        web = c.add_deployment("web", pods, pod);
        c.add_daemon_set("agent");
    }
    NodeGroup& spec() { return c.spec.node_groups[0]; }
};

std::size_t nodes_of_version(const TinyRun& run, std::uint32_t version) {
    std::size_t count = 0;
    for (const auto& [id, node] : run.world().nodes) count += node.has_instance() && node.version == version ? 1 : 0;
    return count;
}

std::int32_t nodes_leaving(const TinyRun& run, std::uint32_t version = 0) {
    std::int32_t count = 0;
    for (const auto& [id, node] : run.world().nodes) {
        if (node.has_instance() && node.version == version && node.exit != NodeExit::none) ++count;
    }
    return count;
}

std::int32_t outdated(const TinyRun& run) {
    std::int32_t count = 0;
    for (const auto& seen : run.all<NodesOutdatedFact>()) count += seen.fact.change;
    return count;
}

// Two nodes are added for the one zone, each of the three old ones is replaced, and two go again.
TEST(Upgrade, ReplacesEachNodeAndGoesBackToTheSize) {  // AWS-65
    Group g;
    TinyRun run = g.c.start();
    run.until(1_min);
    run.upgrade(g.workers);
    EXPECT_EQ(run.world().groups[0].desired, 5);
    EXPECT_EQ(outdated(run), 3);
    std::size_t most = 0;
    while (run.world().groups[0].phase != GroupPhase::steady) {
        ASSERT_LT(run.now(), at(60_min));
        run.until(run.now().since_origin() + 1_s);
        most = std::max(most, nodes_of_version(run, 0) + nodes_of_version(run, 1));
        EXPECT_LE(nodes_leaving(run), 1);  // maxUnavailable is 1 by default
    }
    EXPECT_EQ(most, 6U);  // the group launches behind an instance that is still shutting down
    EXPECT_EQ(nodes_of_version(run, 0), 0U);
    EXPECT_EQ(nodes_of_version(run, 1), 3U);
    EXPECT_EQ(outdated(run), 0);
    EXPECT_EQ(run.world().groups[0].desired, 3);
    std::int64_t launched = 0;
    for (const auto& seen : run.all<NodeFact>(at(1_s))) launched += seen.fact.joined ? 1 : 0;
    EXPECT_EQ(launched, 2 + 3);
    EXPECT_EQ(run.calls(Ec2Action::terminate_instances), 3 + 2);
    run.until(run.now().since_origin() + 5_min, 5_s);
    EXPECT_EQ(run.world()[g.web].ready, 6);
    EXPECT_EQ(run.world()[WorkloadIx::of(1)].ready, 3);
    EXPECT_EQ(run.world().nodes.size(), 3U);
}

// An autoscaler takes all nodes while the group is larger than it was: the way back ends at the smallest size.
TEST(Upgrade, NeverGoesBackBelowTheSmallestSize) {  // AWS-65
    Group g(3, 0);
    g.spec().minimum = 0;
    TinyRun run = g.c.start();
    run.until(1_min);
    run.upgrade(g.workers);
    while (run.world().groups[0].phase != GroupPhase::replacing) run.until(run.now().since_origin() + 1_s);
    std::vector<NodeId> nodes;
    for (const auto& [id, node] : run.world().nodes) nodes.push_back(id);
    run.apply([&](const Spec& spec, World& world, Turn& turn) {
        for (const NodeId id : nodes) terminate_in_group(spec, world, turn, id);
    });
    run.until(60_min, 5_s);
    EXPECT_EQ(run.world().groups[0].desired, 0);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::steady);
    EXPECT_EQ(run.world().nodes.size(), 0U);
}

// AWS-65 (1), (2): nobody is cordoned before a new node is Ready in the zone, and all old ones are from then on.
TEST(Upgrade, CordonsAllOldNodesWhenANewOneIsReady) {
    Group g;
    g.c.upgrade_at(1_min, g.workers);
    TinyRun run = g.c.start();
    // Reaction 15 s, launch 10 s, registration 28 s, the network 8 s and a first fill.
    const auto cordoned = [&] {
        std::size_t count = 0;
        for (const auto& [id, node] : run.world().nodes) count += node.cordoned ? 1 : 0;
        return count;
    };
    run.until(1_min + 15_s + 46_s);
    EXPECT_EQ(cordoned(), 0U);
    run.until(1_min + 15_s + 48_s);
    EXPECT_EQ(cordoned(), 3U);
}

// AWS-65: a new node has to be Ready in each zone that is in use; in one of them there is no address for it (IPAM-211).
TEST(Upgrade, WaitsForANewNodeInEachZone) {
    TinyCluster c;
    c.add_zone(28, 9);  // two addresses, both taken by the node there
    const NodeGroupIx workers = c.add_nodes(2, {.max_enis = 1, .ipv4_per_eni = 2});
    NodeShape second = c.spec.shapes[0];
    second.zone = ZoneIx::of(1);
    second.subnet = SubnetIx::of(1);
    c.spec.shapes.push_back(second);
    c.spec.node_groups[0].shapes.push_back(NodeShapeIx::of(1));
    c.upgrade_at(1_min, workers);
    TinyRun run = c.start();
    ASSERT_EQ(run.world().subnets[1].free, 0);
    run.until(30_min, 10_s);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::adding);
    EXPECT_EQ(nodes_of_version(run, 0), 2U);
    EXPECT_EQ(nodes_of_version(run, 1), 4U);  // twice the zones, all where there is room (AWS-62)
    EXPECT_EQ(run.calls(Ec2Action::run_instances, Ec2Result::insufficient_free_addresses), 1);
}

// AWS-65 (3): as many as updateConfig says; a percentage is of the nodes there.
TEST(Upgrade, TakesOutAsManyAtATimeAsTheGroupAllows) {
    struct Case {
        std::int32_t number, percent, expected;
    };
    for (const Case& k : {Case{2, 0, 2}, Case{1, 50, 3}, Case{1, 10, 1}, Case{8, 0, 6}}) {
        Group g(6, 12);
        g.spec().update_unavailable = k.number;
        g.spec().update_unavailable_percent = k.percent;
        g.c.upgrade_at(1_min, g.workers);
        TinyRun run = g.c.start();
        std::int32_t most = 0;
        for (sim::Duration time = 1_min; time < 40_min; time += 2_s) {
            run.until(time);
            most = std::max(most, nodes_leaving(run));
        }
        EXPECT_EQ(most, k.expected) << k.number << " " << k.percent;
        EXPECT_EQ(outdated(run), 0);
        EXPECT_EQ(nodes_of_version(run, 1), 6U);
    }
}

// AWS-65 (3): sixty seconds between the end of the drain and TerminateInstances.
TEST(Upgrade, WaitsAMinuteBeforeItTerminates) {
    Group g(1, 3);
    g.c.upgrade_at(1_min, g.workers);
    TinyRun run = g.c.start();
    while (run.world().groups[0].phase != GroupPhase::replacing) run.until(run.now().since_origin() + 100_ms);
    while (run.row(run.node()).exit == NodeExit::draining) run.until(run.now().since_origin() + 100_ms);
    const sim::Duration drained = run.now().since_origin();
    run.until(drained + 59_s + 800_ms);
    EXPECT_EQ(run.calls(Ec2Action::terminate_instances), 0);
    EXPECT_EQ(run.row(run.node()).pods, 1);  // the daemon's pod stays
    run.until(drained + 60_s + 100_ms);
    EXPECT_EQ(run.calls(Ec2Action::terminate_instances), 1);
    // The instance holds its addresses until it has shut down.
    EXPECT_TRUE(run.row(run.node()).has_instance());
    run.until(drained + 60_s + 300_ms + 30_s + 100_ms);
    EXPECT_EQ(nodes_of_version(run, 0), 0U);
}

// PDB-2, KUBELET-51: evicted pods have their grace period; one that takes an hour is too long for a drain (AWS-65).
TEST(Upgrade, FailsWhenADrainTakesLongerThanFifteenMinutes) {
    PodTemplate stubborn = TinyCluster::serving_pod();
    stubborn.termination_grace = 60_min;
    stubborn.stop_time = sim::Distribution::constant(60_min);
    Group g(2, 4, stubborn);
    g.c.upgrade_at(1_min, g.workers);
    TinyRun run = g.c.start();
    while (nodes_leaving(run) == 0) run.until(run.now().since_origin() + 1_s);
    const sim::Duration began = run.now().since_origin();
    run.until(began + 14_min + 58_s, 1_min);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::replacing);
    run.until(began + 15_min + 1_s);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::shrinking);
    for (const auto& [id, node] : run.world().nodes) {
        EXPECT_FALSE(node.version == 0 && node.cordoned);
    }
    run.until(began + 60_min, 1_min);
    EXPECT_EQ(nodes_of_version(run, 0), 2U);
    EXPECT_EQ(nodes_of_version(run, 1), 0U);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::steady);
    EXPECT_EQ(outdated(run), 2);
}

// IPAM-211: the surge needs an address for each of its nodes; the group asks for it each minute.
TEST(Upgrade, StallsInAFullSubnetAndGoesOnWhenThereIsRoom) {
    TinyCluster c;
    // 3 nodes hold two addresses each; one is left, and a fault has it.
    c.set_subnet(28, 4);
    const NodeGroupIx workers = c.add_nodes(3, {.max_enis = 1, .ipv4_per_eni = 2});
    c.add_daemon_set("agent");
    Fault taken;
    taken.kind = FaultKind::subnet_addresses_taken;
    taken.subnet = SubnetIx::of(0);
    taken.addresses = 1;
    c.fault_at(10_s, 20_min, taken);
    c.upgrade_at(1_min, workers);
    TinyRun run = c.start();
    run.until(20_min, 10_s);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::adding);
    EXPECT_EQ(nodes_of_version(run, 1), 0U);
    // From 75 s on, each minute.
    EXPECT_EQ(run.calls(Ec2Action::run_instances, Ec2Result::insufficient_free_addresses), 19);
    run.until(60_min, 10_s);
    EXPECT_EQ(nodes_of_version(run, 0), 0U);
    EXPECT_EQ(nodes_of_version(run, 1), 3U);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::steady);
}

// IPAM-403: a bucket that counts instances. Three of the six fit into it at once, one more every ten seconds.
TEST(Upgrade, LaunchesNoMoreInstancesThanTheirBucketHolds) {
    Group g(6, 0);
    g.c.spec.opening = Opening::empty;
    g.c.spec.ec2[Ec2Action::run_instances].instances = 3;
    g.c.spec.ec2[Ec2Action::run_instances].instances_refill_milli_per_second = 20;
    TinyRun run = g.c.start();
    EXPECT_EQ(run.world().nodes.size(), 3U);
    run.until(60_s + 1_us);
    EXPECT_EQ(run.world().nodes.size(), 4U);  // 60 s bring 1.2 of them
    run.until(10_min, 5_s);
    EXPECT_EQ(run.world().nodes.size(), 6U);
}

// IPAM-400: an empty bucket of TerminateInstances puts the end off; the call is made again.
TEST(Upgrade, ARefusedTerminationIsTriedAgain) {
    Group g(1, 0);
    Fault throttling;
    throttling.kind = FaultKind::ec2_throttling;
    throttling.actions = 1U << static_cast<unsigned>(Ec2Action::terminate_instances);
    throttling.load_milli_per_second = 1'000'000;
    g.c.fault_at(30_s, 10_min, throttling);
    g.c.upgrade_at(1_min, g.workers);
    TinyRun run = g.c.start();
    run.until(10_min, 5_s);
    EXPECT_GT(run.calls(Ec2Action::terminate_instances, Ec2Result::request_limit_exceeded), 3);
    EXPECT_EQ(nodes_of_version(run, 0), 1U);
    run.until(20_min, 5_s);
    EXPECT_EQ(nodes_of_version(run, 0), 0U);
}

TEST(Upgrade, ASecondOneIsRefusedWhileTheFirstGoesOn) {
    Group g;
    g.c.upgrade_at(1_min, g.workers);
    g.c.upgrade_at(2_min, g.workers);
    TinyRun run = g.c.start();
    run.until(2_min + 1_s);
    EXPECT_EQ(run.world().groups[0].version, 1U);
    EXPECT_EQ(run.world().groups[0].desired, 5);
}

}  // namespace
}  // namespace eks::testing
