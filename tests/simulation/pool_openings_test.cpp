// A settled run with NodePools of Karpenter: what no node group has room for stands on nodes of pools at time 0.
#include "tests/support/pool_cluster.hpp"

namespace eks::testing {
namespace {

std::vector<std::string> of(std::initializer_list<const char*> names) { return {names.begin(), names.end()}; }

struct SettledPools : PoolCluster {
    SettledPools() { spec.opening = Opening::settled; }
};

TEST(PoolOpenings, PodsThatNoGroupHasRoomForStandOnNodesOfPoolsAtTimeZero) {
    // KARP-9: 7.5 cores go into one large machine.
    SettledPools c;
    const WorkloadIx agent = c.add_daemon_set("agent");
    const WorkloadIx web = c.add_deployment("web", 5, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    EXPECT_EQ(instances(run), of({"large"}));
    EXPECT_EQ(run.world()[web].ready, 5);
    EXPECT_EQ(run.world()[agent].ready, 1);
    EXPECT_EQ(run.the_node().state, NodeState::ready);
    EXPECT_EQ(run.the_node().pods, 6);
    // It has cost money from time 0 on.
    EXPECT_EQ(run.the_node().launched, sim::Time::origin());
    const PoolNode& node = *run.world().karpenter.find(run.node());
    EXPECT_EQ(node.initialized, sim::Time::origin());
    // All this was done before the run.
    EXPECT_EQ(run.count<PodWaitsFact>(), 0U);
    EXPECT_EQ(run.count<PodUnschedulableFact>(), 0U);
    EXPECT_EQ(run.count<Ec2CallFact>(), 0U);
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 0U);
    EXPECT_EQ(run.count<PodCreatedFact>(), 6U);
}

TEST(PoolOpenings, NodeGroupsAreFilledFirst) {
    SettledPools c;
    c.add_nodes(2);  // of two cores
    const WorkloadIx web = c.add_deployment("web", 3, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    EXPECT_EQ(instances(run), of({"small"}));
    EXPECT_EQ(run.world()[web].ready, 3);
    EXPECT_EQ(run.world().node_order.size(), 3U);
}

TEST(PoolOpenings, NothingIsToBeDoneAfterwards) {
    // KARP-42, KARP-50 to KARP-54: what the solve has packed nobody would pack better.
    SettledPools c;
    const WorkloadIx web = c.add_deployment("web", 10, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    const std::vector<std::string> before = instances(run);
    run.until(60_min, 1_min);
    EXPECT_EQ(instances(run), before);
    EXPECT_EQ(run.world()[web].ready, 10);
    EXPECT_EQ(run.count<DisruptionDecidedFact>(), 0U);
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 0U);
}

TEST(PoolOpenings, BothOpeningsLeadToTheSameClusterInTheEnd) {
    SettledPools c;
    c.add_daemon_set("agent");
    c.add_deployment("web", 12, TinyCluster::serving_pod(1500));
    TinyRun settled = c.start();
    c.spec.opening = Opening::empty;
    TinyRun empty = c.start();
    EXPECT_TRUE(instances(empty).empty());
    settled.until(10_min);
    empty.until(10_min);
    EXPECT_EQ(instances(settled), instances(empty));
    EXPECT_EQ(settled.world().pods.size(), empty.world().pods.size());
    EXPECT_EQ(settled.world().subnets[0].free, empty.world().subnets[0].free);
}

TEST(PoolOpenings, ALimitOfCapacityIsKept) {
    // KARP-12: two machines of eight cores; five pods go into each.
    SettledPools c;
    c.pool().limits = {{"cpu", 16'000}};
    const WorkloadIx web = c.add_deployment("web", 14, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    EXPECT_EQ(instances(run), of({"large", "large"}));
    EXPECT_EQ(run.world()[web].ready, 10);
    run.until(1_min, 5_s);
    EXPECT_EQ(instances(run).size(), 2U);
    EXPECT_EQ(run.world()[web].ready, 10);
    EXPECT_GE(run.count<PodUnschedulableFact>(), 4U);
}

TEST(PoolOpenings, ALimitOfNodesIsKeptThoughARoundMayPassIt) {
    // KARP-12: claims of one round do not count against it, but nodes that came one by one do.
    SettledPools c;
    c.pool().limits = {{"nodes", 2}};
    const WorkloadIx web = c.add_deployment("web", 4, TinyCluster::serving_pod(7000));
    TinyRun run = c.start();
    EXPECT_EQ(instances(run), of({"large", "large"}));
    EXPECT_EQ(run.world()[web].ready, 2);
    run.until(5_min, 10_s);
    EXPECT_EQ(instances(run).size(), 2U);
}

TEST(PoolOpenings, WithoutItsOwnPodThereAreNone) {
    SettledPools c;
    c.spec.karpenter.pods = c.add_deployment("karpenter", 1, TinyCluster::serving_pod(500));
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1600));
    TinyRun without = c.start();
    EXPECT_TRUE(instances(without).empty());
    c.add_nodes(1);
    TinyRun with = c.start();
    EXPECT_EQ(instances(with), of({"small"}));
    EXPECT_EQ(with.world()[web].ready, 1);
}

TEST(PoolOpenings, WhatIsMadeLaterHasNoNodeYet) {
    SettledPools c;
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.spec.made_later = {web};
    TinyRun run = c.start();
    EXPECT_TRUE(instances(run).empty());
}

TEST(PoolOpenings, APodThatFitsNoMachineWaitsWithItsReason) {
    SettledPools c;
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.add_deployment("giant", 1, TinyCluster::serving_pod(9000));
    TinyRun run = c.start();
    EXPECT_EQ(instances(run), of({"small"}));
    EXPECT_EQ(run.world()[web].ready, 1);
    run.until(1_s);
    const auto refused = run.all<PodUnschedulableFact>();
    ASSERT_GE(refused.size(), 1U);
    EXPECT_EQ(refused[0].fact.reason, WaitCause::unschedulable_node_resources_fit);
}

TEST(PoolOpenings, PodsThatKeepAwayFromEachOtherHaveANodeEach) {
    SettledPools c;
    PodTemplate pod = TinyCluster::serving_pod(500);
    pod.labels = {{"app", "web"}};
    AffinityTerm term;
    term.topology_key = "kubernetes.io/hostname";
    term.selector = {true, {{"app", SelectorOperator::in, {"web"}, false}}};
    pod.constraints.required_anti_affinity = {term};
    const WorkloadIx web = c.add_deployment("web", 3, pod);
    TinyRun run = c.start();
    EXPECT_EQ(instances(run), of({"small", "small", "small"}));
    EXPECT_EQ(run.world()[web].ready, 3);
}

}  // namespace
}  // namespace eks::testing
