// What explain tells of Cluster Autoscaler and Karpenter: why no node comes for a pod, why a node stays. The texts
// follow from the rules.
#include "models/planning/autoscaler_story.hpp"

#include "tests/support/autoscaled_cluster.hpp"
#include "tests/support/pool_cluster.hpp"

namespace eks::testing {
namespace {

// At the run's present instant.
template <class Ask, class Id>
AutoscalerStory ask(TinyRun& run, Ask which, Id id) {
    const sim::DrawSource key(run.simulation().key());
    const auto story = which(AutoscalerMoment{run.spec(), run.world(), key, run.simulation().now()}, id);
    EXPECT_TRUE(story);
    return story.value_or(AutoscalerStory{});
}

NodeId first_node_of(const TinyRun& run, NodeGroupIx group) {
    for (const NodeId id : run.world().node_order) {
        if (run.spec()[run.row(id).shape].group == group) return id;
    }
    return {};
}

bool says(const AutoscalerStory& story, std::string_view text) { return story.says.find(text) != std::string::npos; }

// CA-11, CA-12: one group is as large as it may be, the other one's nodes have two cores.
TEST(ClusterAutoscalerStory, TellsOfEachGroupWhyItDoesNotHelp) {
    AutoscaledCluster a;
    a.add_group({.group = "small"}, 0, 5);
    a.add_group({.group = "full"}, 0, 1, 1);
    const WorkloadIx web = a.c.add_deployment("web", 1, TinyCluster::serving_pod(5000));
    TinyRun run = a.c.start();
    run.until(5_min);
    const AutoscalerStory story = ask(run, cluster_autoscaler_on_pod, run.pods_of(web).at(0));
    EXPECT_EQ(story.says, "no node group would help");
    ASSERT_EQ(story.groups.size(), 2U);
    EXPECT_EQ(story.groups[0].group, "small");
    EXPECT_EQ(story.groups[0].what, "Insufficient cpu");
    EXPECT_EQ(story.groups[1].what, "max node group size reached: 1 of 1");
    EXPECT_EQ(story.event,
              "NotTriggerScaleUp: pod didn't trigger scale-up: 1 Insufficient cpu, 1 max node group size reached");
}

// SCHED-42
TEST(ClusterAutoscalerStory, ATaintIsNamedAsTheSchedulerNamesIt) {
    AutoscaledCluster a;
    a.add_group({.group = "gpu"}, 0, 5);
    for (NodeShape& shape : a.c.spec.shapes) {
        if (shape.group == NodeGroupIx::of(1)) shape.taints = {{"dedicated", "gpu", TaintEffect::no_schedule}};
    }
    const WorkloadIx web = a.c.add_deployment("web", 1, TinyCluster::serving_pod(500));
    TinyRun run = a.c.start();
    run.until(5_min);
    const AutoscalerStory story = ask(run, cluster_autoscaler_on_pod, run.pods_of(web).at(0));
    ASSERT_EQ(story.groups.size(), 1U);
    EXPECT_EQ(story.groups[0].what, "node(s) had untolerated taint(s)");
}

// CA-32: three nodes are on their way for ten pods.
TEST(ClusterAutoscalerStory, TellsOfWhatIsOnItsWay) {
    AutoscaledCluster a;
    a.c.spec.latencies.node_launch = sim::Distribution::constant(4_min);
    a.add_group({}, 0, 10);
    const WorkloadIx web = a.c.add_deployment("web", 10, TinyCluster::serving_pod(500));
    TinyRun run = a.c.start();
    run.until(2_min);
    const AutoscalerStory story = ask(run, cluster_autoscaler_on_pod, run.pods_of(web).at(0));
    EXPECT_TRUE(says(story, "a node that is there or on its way has room for it; asked for: 3 more of workers"))
        << story.says;
}

// CA-7
TEST(ClusterAutoscalerStory, TellsOfAPodThatIsTooYoung) {
    AutoscaledCluster a;
    a.settings().new_pod_delay = 10_min;
    a.add_group({}, 0, 10);
    const WorkloadIx web = a.c.add_deployment("web", 1, TinyCluster::serving_pod(500));
    TinyRun run = a.c.start();
    run.until(5_min);
    const AutoscalerStory story = ask(run, cluster_autoscaler_on_pod, run.pods_of(web).at(0));
    EXPECT_TRUE(says(story, "it is too young: looked at from 600.")) << story.says;
}

// CA-41, CA-43, CA-46, CA-47
TEST(ClusterAutoscalerStory, TellsWhyANodeStays) {
    AutoscaledCluster a(SystemNode::open);
    const NodeGroupIx least = a.add_group({.group = "least"}, 1, 5, 1);
    const NodeGroupIx busy = a.add_group({.group = "busy", .labels = {{"pool", "busy"}}}, 0, 5, 1);
    const NodeGroupIx held = a.add_group({.group = "held", .labels = {{"pool", "held"}}}, 0, 5, 1);
    const NodeGroupIx idle = a.add_group({.group = "idle"}, 0, 5, 1);
    PodTemplate large = TinyCluster::serving_pod(1500);
    large.node_selector = {{"pool", "busy"}};
    a.c.add_deployment("large", 1, large);
    PodTemplate small = TinyCluster::serving_pod(100);
    small.node_selector = {{"pool", "held"}};
    small.wishes.blocks_by_storage = true;
    a.c.add_deployment("cache", 1, small);
    TinyRun run = a.c.start();
    run.until(5_min);
    const auto of = [&](NodeGroupIx group) {
        return ask(run, cluster_autoscaler_on_node, first_node_of(run, group)).says;
    };
    EXPECT_EQ(of(least), "its group least is at its minimum size of 1 (NodeGroupMinSizeReached)");
    EXPECT_EQ(of(busy), "its utilization is 0.75, and the threshold 0.50 (NotUnderutilized)");
    EXPECT_NE(of(held).find("cache-0 keeps it: LocalStorageRequested (BlockedByPod); its utilization is 0.05"),
              std::string::npos)
        << of(held);
    EXPECT_NE(of(held).find("is not looked at again before"), std::string::npos);  // CA-42
    EXPECT_NE(of(idle).find("it has been unneeded since "), std::string::npos) << of(idle);
    EXPECT_EQ(of(NodeGroupIx::of(0)), "its node group is none of those that it manages");
    // Asking changes nothing in the run.
    const World before = run.world();
    of(held);
    EXPECT_EQ(run.world(), before);
}

// KARP-9, KARP-12: nothing is large enough in one pool, and the other may not grow.
TEST(KarpenterStory, TellsOfEachPoolWhyItDoesNotHelp) {
    PoolCluster c;
    c.add_pool("closed").limits = {{"cpu", 0}};
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(20'000));
    TinyRun run = c.start();
    run.until(5_min);
    const AutoscalerStory story = ask(run, karpenter_on_pod, run.pods_of(web).at(0));
    EXPECT_EQ(story.says, "no NodePool helps");
    ASSERT_EQ(story.groups.size(), 2U);
    EXPECT_EQ(story.groups[0].what, "no instance type satisfied resources and requirements");
    EXPECT_EQ(story.groups[1].what, "all available instance types exceed limits for nodepool: \"closed\"");
    EXPECT_EQ(story.event,
              "FailedScheduling: Failed to schedule pod, incompatible with nodepool \"default\", no instance type "
              "satisfied resources and requirements; incompatible with nodepool \"closed\", all available instance "
              "types exceed limits for nodepool: \"closed\"");
}

// The pool asks for another zone than the first.
void move_to_zone(PoolCluster& c, std::size_t pool, std::uint32_t zone) {
    c.pool(pool).requirements.push_back(
        {{"topology.kubernetes.io/zone", SelectorOperator::in, {c.spec.zones[zone]}, false}, 0});
    for (const NodePoolOffer& offer : c.pool(pool).offers) {
        NodeShape& shape = c.spec.shapes[offer.shape.value];
        shape.zone = ZoneIx::of(zone);
        shape.subnet = SubnetIx::of(zone);
        for (Label& label : shape.labels) {
            if (label.key == "topology.kubernetes.io/zone") label.value = c.spec.zones[zone];
        }
    }
}

void taint(PoolCluster& c, std::size_t pool, const Taint& taint) {
    c.pool(pool).taints = {taint};
    for (const NodePoolOffer& offer : c.pool(pool).offers) c.spec.shapes[offer.shape.value].taints = {taint};
}

// KARP-8, KARP-9: the first pod goes to the one zone that is open to it, and the skew keeps the others out of there.
// The zone of a pool that they do not tolerate counts, since nodeTaintsPolicy is Ignore.
TEST(KarpenterStory, TheReasonsAreThoseOfTheWholeRound) {
    PoolCluster c;
    c.spec.karpenter.pools[0].name = "special";
    const std::uint32_t other = c.add_zone(20);
    c.add_pool("usual");
    taint(c, 0, {"dedicated", "special", TaintEffect::no_schedule});
    move_to_zone(c, 1, other);
    PodTemplate pod = TinyCluster::serving_pod(1500);
    pod.namespace_name = "default";
    pod.labels = {{"app", "web"}};
    SpreadConstraint even;
    even.topology_key = "topology.kubernetes.io/zone";
    even.is_required = true;
    even.selector.is_given = true;
    even.selector.all = {{"app", SelectorOperator::in, {"web"}, false}};
    pod.constraints.spread = {even};
    const WorkloadIx web = c.add_deployment("web", 3, pod);
    TinyRun run = c.start();
    run.until(5_min);
    int waiting = 0;
    for (const PodId id : run.pods_of(web)) {
        if (run.pod(id).node.valid()) continue;
        ++waiting;
        const AutoscalerStory story = ask(run, karpenter_on_pod, id);
        EXPECT_EQ(story.says, "no NodePool helps");
        ASSERT_EQ(story.groups.size(), 2U);
        for (const GroupSays& group : story.groups) EXPECT_FALSE(group.helps);
        EXPECT_EQ(story.event,
                  "FailedScheduling: Failed to schedule pod, incompatible with nodepool \"usual\", unsatisfiable "
                  "topology constraint; incompatible with nodepool \"special\", did not tolerate a taint of the "
                  "nodepool");
    }
    EXPECT_EQ(waiting, 2);
}

// KARP-7, KARP-8: the claim is there, and its node is not up.
TEST(KarpenterStory, TellsOfTheClaimOnItsWay) {
    PoolCluster c;
    c.spec.latencies.node_launch = sim::Distribution::constant(4_min);
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(2_min);
    const AutoscalerStory story = ask(run, karpenter_on_pod, run.pods_of(web).at(0));
    EXPECT_TRUE(says(story, "it is to go to default-0; on their way: default-0, not initialised yet")) << story.says;
}

NodeId only_node(const TinyRun& run) {
    for (const PoolNode& node : run.world().karpenter.nodes) {
        if (node.node.valid()) return node.node;
    }
    return {};
}

TEST(KarpenterStory, ABudgetOfNoneKeepsAnEmptyNode) {
    PoolCluster c;
    c.pool().budgets = {{0, false, 0, false, {}, {}}};
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 0);
    TinyRun run = c.start();
    run.until(10_min);
    EXPECT_EQ(ask(run, karpenter_on_node, only_node(run)).says,
              "the budgets of NodePool default let no node go for being Empty now (KARP-43)");
}

// KARP-60, KARP-43: drift comes first, and has a budget of its own.
TEST(KarpenterStory, ADriftedNodeIsHeldByTheBudgetForDrift) {
    PoolCluster c;
    c.pool().consolidate_after = sim::Duration::max();
    c.pool().budgets = {{0, false, 0, false, {}, {}}};
    c.pool().budgets[0].reasons = 1U << static_cast<unsigned>(DisruptionReason::drifted);
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.change_at(10_min, [](Spec& s) { s.karpenter.pools[0].made_of = 2; });
    TinyRun run = c.start();
    run.until(20_min);
    const std::string text = ask(run, karpenter_on_node, only_node(run)).says;
    EXPECT_EQ(text.find("it has drifted at 6"), 0U) << text;
    EXPECT_NE(text.find("but the budgets of NodePool default let no node go for being Drifted now (KARP-43); "
                        "consolidation: its NodePool says consolidateAfter: Never"),
              std::string::npos)
        << text;
}

// KARP-47: what has an instance and is not initialised is waited for.
TEST(KarpenterStory, AReplacementCountsOnceItIsInitialised) {
    PoolCluster c;
    c.spec.latencies.node_launch = sim::Distribution::constant(4_min);
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.change_at(10_min, [](Spec& s) { s.karpenter.pools[0].made_of = 2; });
    TinyRun run = c.start();
    run.until(10_min);
    const NodeId old = only_node(run);
    run.until(12_min);
    EXPECT_EQ(ask(run, karpenter_on_node, old).says,
              "it is being disrupted (drifted), and waits for 1 of 1 replacements");
}

TEST(KarpenterStory, ANodeWhoseClaimIsGoneWasOneOfItsPool) {
    PoolCluster c;
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 0);
    TinyRun run = c.start();
    run.until(4_min);
    const NodeId node = only_node(run);
    ASSERT_TRUE(node.valid());
    for (int second = 0; second < 1800 && run.world().karpenter.find(node) != nullptr; ++second)
        run.until(4_min + second * 1_s);
    ASSERT_EQ(run.world().karpenter.find(node), nullptr);
    ASSERT_NE(run.world().nodes.find(node), nullptr);
    EXPECT_EQ(ask(run, karpenter_on_node, node).says, "it was a node of NodePool default, and its claim is gone");
}

TEST(KarpenterStory, ANodeOfTheRightSizeIsTheCheapest) {
    PoolCluster c;
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(10_min);
    EXPECT_EQ(ask(run, karpenter_on_node, only_node(run)).says,
              "its pods would need another node, and none is cheaper (KARP-52)");
}

TEST(KarpenterStory, ConsolidateAfterAndProtectedPodsAreNamed) {
    PoolCluster c;
    c.pool().consolidate_after = 20_min;
    PodTemplate pod = TinyCluster::serving_pod(1500);
    const WorkloadIx web = c.add_deployment("web", 1, pod);
    c.scale_at(5_min, web, 0);
    TinyRun run = c.start();
    run.until(10_min);
    EXPECT_TRUE(
        says(ask(run, karpenter_on_node, only_node(run)), "consolidateAfter of its NodePool is not over: from 15"))
        << ask(run, karpenter_on_node, only_node(run)).says;

    PoolCluster kept;
    pod.keeps_node_for = sim::Duration::max();
    kept.add_deployment("web", 1, pod);
    TinyRun other = kept.start();
    other.until(10_min);
    const std::string text = ask(other, karpenter_on_node, only_node(other)).says;
    EXPECT_NE(text.find("web-0 has the annotation karpenter.sh/do-not-disrupt (KARP-41)"), std::string::npos) << text;
}

TEST(AutoscalerStories, NobodyIsAskedWhoIsNotThere) {
    PoolCluster c;
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(1_min);
    const sim::DrawSource key(run.simulation().key());
    const AutoscalerMoment moment{run.spec(), run.world(), key, run.simulation().now()};
    EXPECT_FALSE(cluster_autoscaler_on_pod(moment, run.pods_of(web).at(0)));
}

}  // namespace
}  // namespace eks::testing
