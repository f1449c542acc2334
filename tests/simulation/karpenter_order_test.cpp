// In which order Karpenter tries nodes that it could do without, and when it tries again.
#include "tests/support/pool_cluster.hpp"

namespace eks::testing {
namespace {

// Nodes of a label `lane` of the given value, for pods that ask for it.
void set_lane(PoolCluster& c, std::size_t pool, const std::string& value) {
    c.pool(pool).labels = {{"lane", value}};
    for (const NodePoolOffer& offer : c.pool(pool).offers) {
        std::vector<Label>& labels = c.spec.shapes[offer.shape.value].labels;
        labels.push_back({"lane", value});
        std::ranges::sort(labels, {}, &Label::key);
    }
}

PodTemplate in_lane(const std::string& lane, Millicores cpu_milli) {
    PodTemplate pod = TinyCluster::serving_pod(cpu_milli);
    pod.node_selector = {{"lane", lane}};
    return pod;
}

TinyNodes group_in_lane(const std::string& lane, Millicores cpu_milli) {
    TinyNodes nodes;
    nodes.group = "spare-" + lane;
    nodes.cpu_milli = cpu_milli;
    nodes.labels = {{"lane", lane}};
    return nodes;
}

constexpr NodePoolBudget one_at_a_time{0, false, 1, false, {}, {}};

// KARP-45. A large node with two small pods, and a small one with one: all fit on a node that nobody pays Karpenter
// for, and one may go at a time. The large one saves 0.40 / (1 + 2) dollars an hour a pod, the small one 0.10 / (1 +
// 1); but it has two pods to disturb where the small one has one.
std::vector<std::string> left_after_the_first(std::int32_t karpenter_minor) {
    PoolCluster c;
    c.spec.opening = Opening::settled;
    c.spec.karpenter.version_minor = karpenter_minor;
    c.pool().budgets = {one_at_a_time};
    TinyNodes spare;
    spare.cpu_milli = 1200;
    c.add_nodes(1, spare);
    const WorkloadIx on_spare = c.add_deployment("on-spare", 1, TinyCluster::serving_pod(1100));
    const WorkloadIx on_large = c.add_deployment("on-large", 1, TinyCluster::serving_pod(7000));
    PodTemplate of_small = TinyCluster::serving_pod(1500);
    of_small.node_selector = {{"node.kubernetes.io/instance-type", "small"}};
    const WorkloadIx on_small = c.add_deployment("on-small", 1, of_small);
    const WorkloadIx web = c.add_deployment("web", 3, TinyCluster::serving_pod(300));
    c.scale_at(9_min, on_spare, 0);
    c.scale_at(10_min, on_large, 0);
    c.scale_at(10_min, on_small, 0);
    TinyRun run = c.start();
    EXPECT_EQ(instances(run), (std::vector<std::string>{"large", "small"}));
    EXPECT_EQ(run.world()[web].ready, 3);
    run.until(10_min);
    EXPECT_EQ(instances(run).size(), 2U);
    for (int second = 601; second < 1200 && instances(run).size() == 2; ++second)
        run.until(sim::Duration::seconds(second));
    return instances(run);
}

TEST(KarpenterOrder, TheMostSavedForThePodsThatMoveGoesFirst) {
    EXPECT_EQ(left_after_the_first(14), std::vector<std::string>{"small"});
}

TEST(KarpenterOrder, BeforeThatTheLeastDisturbedWentFirst) {
    EXPECT_EQ(left_after_the_first(13), std::vector<std::string>{"large"});
}

// KARP-55. All nodes are small ones. Of the first pool's the one with the best ratio cannot go, its other one can, and
// so can the second pool's, which has the worst ratio of all.
struct TwoPools : PoolCluster {
    TwoPools() {
        spec.opening = Opening::settled;
        add_pool("other");
        for (const std::size_t p : {0U, 1U}) {
            pool(p).offers.resize(1);
            pool(p).budgets = {one_at_a_time};
            set_lane(*this, p, lanes[p]);
        }
        for (const auto& [lane, room] : {std::pair{"a", 700}, std::pair{"b", 1000}}) {
            add_nodes(1, group_in_lane(lane, room));
            scale_at(9_min, add_deployment(std::string("spare-") + lane, 1, in_lane(lane, room - 50)), 0);
        }
        add_deployment("stays", 1, in_lane("a", 1800));
        scale_at(10_min, add_deployment("fills-a", 1, in_lane("a", 1300)), 0);
        scale_at(10_min, add_deployment("fills-b", 1, in_lane("b", 1000)), 0);
        add_deployment("web-a", 2, in_lane("a", 300));
        add_deployment("web-b", 3, in_lane("b", 300));
    }
    static constexpr std::array<const char*, 2> lanes{"a", "b"};
};

// The pools of the nodes that went, in the order in which they did.
std::vector<std::uint32_t> pools_that_lost_nodes(const PoolCluster& c) {
    TinyRun run = c.start();
    EXPECT_EQ(instances(run), (std::vector<std::string>{"small", "small", "small"}));
    run.until(10_min, 1_min);
    EXPECT_EQ(instances(run).size(), 3U);
    run.until(30_min, 1_min);
    for (const auto& decided : run.all<DisruptionDecidedFact>())
        EXPECT_EQ(decided.fact.method, DisruptionMethod::single_node);
    std::vector<std::uint32_t> pools;
    for (const auto& gone : run.all<NodeClaimTerminatedFact>()) pools.push_back(gone.fact.pool);
    return pools;
}

TEST(KarpenterOrder, PoolsTakeTurns) {
    EXPECT_EQ(pools_that_lost_nodes(TwoPools()), (std::vector<std::uint32_t>{1, 0}));
}

TEST(KarpenterOrder, APoolWhoseBudgetIsNoneIsPassedOver) {
    for (const std::uint32_t closed : {0U, 1U}) {
        TwoPools c;
        c.pool(closed).budgets = {{0, false, 0, false, {}, {}}};
        EXPECT_EQ(pools_that_lost_nodes(c), std::vector<std::uint32_t>{1 - closed});
    }
}

// KARP-56. Nothing can be done here, so that nothing is tried until something changes.
TEST(KarpenterOrder, WhatFoundNothingIsTriedAgainOnceSomethingHasChanged) {
    PoolCluster c;
    c.spec.opening = Opening::settled;
    c.pool().budgets.clear();
    const WorkloadIx web = c.add_deployment("web", 5, TinyCluster::serving_pod(1500));
    c.scale_at(70_min, web, 1);
    TinyRun run = c.start();
    run.until(10_min);
    EXPECT_EQ(run.world().karpenter.look_due, sim::Time::never());
    const std::uint64_t events = run.simulation().events();
    run.until(70_min - 1_us);
    EXPECT_EQ(run.simulation().events(), events);
    // KARP-40, KARP-46: the pods are gone half a minute after; then a tick of ten seconds, and fifteen to be sure.
    run.until(72_min);
    const auto decided = run.all<DisruptionDecidedFact>();
    ASSERT_EQ(decided.size(), 1U);
    EXPECT_GE(decided[0].at, at(70_min + 15_s));
    EXPECT_LE(decided[0].at, at(71_min + 15_s));
}

// KARP-56: where it was a budget that stopped it, time alone lets it go on. The run begins at 22:14.
TEST(KarpenterOrder, WhatABudgetHasStoppedGoesOnWhenTheBudgetEnds) {
    PoolCluster c;
    c.spec.opening = Opening::settled;
    NodePoolBudget closed{0, false, 0, true, parse_cron("0 22 * * *").schedule, sim::Duration::hours(1)};
    c.pool().budgets = {closed};
    const WorkloadIx web = c.add_deployment("web", 5, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 0);
    TinyRun run = c.start();
    run.until(46_min, 1_min);
    EXPECT_EQ(instances(run).size(), 1U);
    run.until(48_min, 1_min);
    EXPECT_EQ(instances(run).size(), 0U);
    const auto decided = run.all<DisruptionDecidedFact>();
    ASSERT_EQ(decided.size(), 1U);
    EXPECT_GE(decided[0].at, at(46_min + 15_s));
    EXPECT_LE(decided[0].at, at(46_min + 25_s + 100_ms));
}

}  // namespace
}  // namespace eks::testing
