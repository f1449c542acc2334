// How a run begins: settled, as if the cluster had stood for long, or empty, with instances launched at time 0.
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

TEST(Openings, SettledEverythingStandsAtTimeZero) {
    TinyCluster c;
    c.add_nodes(3);
    c.add_daemon_set("aws-node");
    const WorkloadIx web = c.add_deployment("web", 12);
    TinyRun run = c.start();
    EXPECT_EQ(run.world()[web].ready, 12);
    EXPECT_EQ(run.count<PodWaitsFact>(), 0U);
    EXPECT_EQ(run.count<Ec2CallFact>(), 0U);
    for (const auto& [id, node] : run.world().nodes) {
        EXPECT_EQ(node.state, NodeState::ready);
        EXPECT_EQ(node.pods, 5);
        EXPECT_EQ(pool_of(run.world(), node).total, 18);  // IPAM-46 for four pods
    }
}

TEST(Openings, SettledPodsThatFitNowhereWaitWithTheirReason) {
    TinyCluster c;
    c.add_nodes(1);
    c.add_deployment("web", 3, TinyCluster::serving_pod(900));
    TinyRun run = c.start();
    run.until(1_s);
    const auto refused = run.all<PodUnschedulableFact>();
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].fact.reason, WaitCause::unschedulable_node_resources_fit);
}

TEST(Openings, SettledPodsWithoutAddressStandBoundAndStuck) {
    TinyCluster c;
    c.add_nodes(1, {.max_enis = 1, .ipv4_per_eni = 4});
    const WorkloadIx web = c.add_deployment("web", 5);
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(run.world()[web].ready, 3);
    EXPECT_EQ(run.the_node().pods, 5);
    for (const auto& scheduled : run.all<PodScheduledFact>()) EXPECT_EQ(scheduled.fact.attempts, 1U);
}

TEST(Openings, EmptyANodeGoesThroughItsStates) {
    // BOOT-1, IPAM-195, IPAM-196: launched, registered after 38 s, Ready 8 s later with one ENI's worth of addresses,
    // the second ENI after the first pod took one.
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.add_nodes(1);
    c.add_daemon_set("aws-node");
    const WorkloadIx web = c.add_deployment("web", 1);
    TinyRun run = c.start();
    run.until(37_s);
    EXPECT_EQ(run.count<NodeFact>(), 1U);
    EXPECT_TRUE(run.world().node_order.empty());
    run.until(45_s);
    EXPECT_EQ(run.the_node().state, NodeState::registered);
    EXPECT_EQ(run.the_pool().total, 0);
    EXPECT_EQ(run.the_node().pods, 1);  // the daemon tolerates everything and needs no pod network
    run.until(46_s + 400_ms);           // the first fill is one call (IPAM-196)
    EXPECT_EQ(run.the_node().state, NodeState::ready);
    EXPECT_EQ(run.the_pool().total, 9);
    EXPECT_EQ(run.the_node().enis, 1);
    run.until(2_min);
    EXPECT_EQ(run.the_node().enis, 2);
    EXPECT_EQ(run.world()[web].ready, 1);
    EXPECT_EQ(run.calls(Ec2Action::run_instances), 1);
}

TEST(Openings, ADaemonPodThatNeedsAnAddressWaitsForTheNetwork) {
    // KUBELET-30 (1): bound before Ready, because it tolerates the taint; its sandbox waits.
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::daemon_pod();
    pod.host_network = false;
    const WorkloadIx agent = c.add_daemon_set("agent", pod);
    TinyRun run = c.start();
    run.until(45_s);
    EXPECT_EQ(run.pod(run.pods_of(agent).at(0)).cause, WaitCause::cni_not_ready);
    run.until(2_min);
    ASSERT_EQ(run.count<PodStartedFact>(), 1U);
    // 1 s × U[1, 1.5) and the tick, then sandbox and container (KUBELET-11).
    EXPECT_GE(run.all<PodStartedFact>()[0].at, at(46_s + 1_s + 500_ms));
    EXPECT_LE(run.all<PodStartedFact>()[0].at, at(46_s + 300_ms + 2500_ms + 500_ms));
}

TEST(Openings, BothLeadToTheSameClusterInTheEnd) {
    TinyCluster c;
    c.add_nodes(3);
    c.add_daemon_set("aws-node");
    c.add_deployment("web", 12);
    TinyRun settled = c.start();
    c.spec.opening = Opening::empty;
    TinyRun empty = c.start();
    settled.until(10_min);
    empty.until(10_min);
    EXPECT_EQ(settled.world().pods.size(), empty.world().pods.size());
    EXPECT_EQ(settled.world().workloads[1].ready, empty.world().workloads[1].ready);
    EXPECT_EQ(settled.world().subnets[0].free, empty.world().subnets[0].free);
}

// A cluster that is taken up: pods stand where they were found, and who was found nowhere waits.
TEST(Openings, PodsThatWereFoundOnANodeStandThere) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(3);
    const WorkloadIx web = c.add_deployment("web", 4);
    const WorkloadIx db = c.add(WorkloadKind::stateful_set, "db", TinyCluster::serving_pod(), 3);
    c.spec.placement.is_given = true;
    c.spec.placement.pods = {{web, group, 2, 3}, {db, group, 1, 1, 2}, {db, group, 0, 1, 0}};
    TinyRun run = c.start();
    const auto node_of = [&](PodId id) { return run.pod(id).node; };
    const std::vector<NodeId> nodes = run.world().node_order;
    std::size_t on_third = 0;
    for (const PodId id : run.pods_of(web)) on_third += node_of(id) == nodes[2] ? 1U : 0U;
    EXPECT_EQ(on_third, 3U);
    EXPECT_EQ(run.world()[web].ready, 3);
    for (const PodId id : run.pods_of(db)) {
        const std::uint32_t replica = run.pod(id).replica;
        EXPECT_EQ(node_of(id), replica == 0 ? nodes[0] : replica == 2 ? nodes[1] : NodeId::none());
    }
    run.until(1_min, 1_s);
    EXPECT_EQ(run.world()[web].ready, 4);
    EXPECT_EQ(run.world()[db].ready, 3);
}

// What does not fit where it was found waits as if it had been found nowhere.
TEST(Openings, PodsThatDoNotFitWhereTheyWereFoundWait) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(2);
    const WorkloadIx web = c.add_deployment("web", 2, TinyCluster::serving_pod(1500));
    c.spec.placement = {true, {{web, group, 0, 2}}};
    TinyRun run = c.start();
    EXPECT_EQ(run.world()[web].ready, 1);
    run.until(1_min, 1_s);
    EXPECT_EQ(run.world()[web].ready, 2);
}

}  // namespace
}  // namespace eks::testing
