// Karpenter takes nodes away in a run: because nobody needs them, because they have drifted or expired, or because EC2
// wants them back; and how they go.
#include "tests/support/pool_cluster.hpp"

namespace eks::testing {
namespace {

std::vector<std::string> of(std::initializer_list<const char*> names) { return {names.begin(), names.end()}; }

// A pool that may lose all its nodes at a time.
PoolCluster without_budgets() {
    PoolCluster c;
    c.pool().budgets.clear();
    return c;
}

sim::Time initialised(const TinyRun& run) {
    for (const PoolNode& node : run.world().karpenter.nodes) {
        if (node.node.valid()) return node.initialized;
    }
    return sim::Time::never();
}

TEST(KarpenterDisruption, AnEmptyNodeGoesAfterATickAndFifteenSeconds) {
    // KARP-40, KARP-42, KARP-46, KARP-50: from the last pod's going on it is consolidatable.
    PoolCluster c = without_budgets();
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 0);
    TinyRun run = c.start();
    run.until(5_min, 10_s);
    ASSERT_EQ(instances(run).size(), 1U);
    EXPECT_EQ(run.count<DisruptionDecidedFact>(), 0U);
    run.until(7_min, 5_s);
    const auto decided = run.all<DisruptionDecidedFact>();
    ASSERT_EQ(decided.size(), 1U);
    EXPECT_EQ(decided[0].fact.method, DisruptionMethod::emptiness);
    EXPECT_GE(decided[0].at, at(5_min + 15_s));
    EXPECT_LE(decided[0].at, at(5_min + 27_s));
    EXPECT_EQ(instances(run).size(), 0U);
    EXPECT_EQ(run.count<NodeClaimTerminatedFact>(), 1U);
}

TEST(KarpenterDisruption, ConsolidateAfterCountsFromTheLastPodEvent) {
    // KARP-42: the pod has gone when it was seen to terminate, at 5 min or a little later.
    PoolCluster c = without_budgets();
    c.pool().consolidate_after = 10_min;
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 0);
    TinyRun run = c.start();
    run.until(15_min, 30_s);
    EXPECT_EQ(run.count<DisruptionDecidedFact>(), 0U);
    run.until(16_min, 5_s);
    EXPECT_EQ(run.count<DisruptionDecidedFact>(), 1U);
}

TEST(KarpenterDisruption, NeverMeansNever) {
    // KARP-42
    PoolCluster c = without_budgets();
    c.pool().consolidate_after = sim::Duration::max();
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 0);
    TinyRun run = c.start();
    run.until(60_min, 1_min);
    EXPECT_EQ(instances(run).size(), 1U);
}

TEST(KarpenterDisruption, ABudgetOfNoneKeepsEmptyNodes) {
    // KARP-43
    PoolCluster c;
    c.pool().budgets = {{0, false, 0, false, {}, {}}};
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 0);
    TinyRun run = c.start();
    run.until(30_min, 1_min);
    EXPECT_EQ(instances(run).size(), 1U);
}

TEST(KarpenterDisruption, APodThatFitsElsewhereLetsItsNodeGo) {
    // KARP-51, KARP-52: 5 pods of 1.5 cores on one machine of 8; then only one of them is left, for which a machine of
    // 2 is enough.
    PoolCluster c = without_budgets();
    const WorkloadIx web = c.add_deployment("web", 5, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 1);
    TinyRun run = c.start();
    run.until(5_min, 10_s);
    EXPECT_EQ(instances(run), of({"large"}));
    run.until(15_min, 5_s);
    EXPECT_EQ(instances(run), of({"small"}));
    const auto decided = run.all<DisruptionDecidedFact>();
    ASSERT_EQ(decided.size(), 1U);
    EXPECT_EQ(decided[0].fact.method, DisruptionMethod::single_node);
    EXPECT_TRUE(decided[0].fact.replaces);
    // KARP-47: the old claim is deleted once the new node is initialised.
    const auto made = run.all<NodeClaimCreatedFact>();
    ASSERT_EQ(made.size(), 2U);
    EXPECT_EQ(made[1].fact.reason, ClaimReason::underutilized);
    const auto gone = run.all<NodeClaimTerminatedFact>();
    ASSERT_EQ(gone.size(), 1U);
    EXPECT_GT(gone[0].at, initialised(run));
    for (const PodId pod : run.pods_of(web)) EXPECT_EQ(run.pod(pod).stage, PodStage::ready);
}

TEST(KarpenterDisruption, WhenEmptyLeavesNodesWithPodsAlone) {
    // KARP-50
    PoolCluster c = without_budgets();
    c.pool().policy = NodePoolPolicy::when_empty;
    const WorkloadIx web = c.add_deployment("web", 5, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 1);
    TinyRun run = c.start();
    run.until(30_min, 1_min);
    EXPECT_EQ(instances(run), of({"large"}));
}

TEST(KarpenterDisruption, APodThatMayNotBeEvictedKeepsItsNode) {
    // KARP-41: the annotation, for ten minutes of the pod's life; the pod came up a little after a minute.
    PoolCluster c = without_budgets();
    PodTemplate pod = TinyCluster::serving_pod(1500);
    pod.keeps_node_for = 10_min;
    const WorkloadIx web = c.add_deployment("web", 5, pod);
    c.scale_at(5_min, web, 1);
    TinyRun run = c.start();
    run.until(10_min, 1_min);
    EXPECT_EQ(run.count<DisruptionDecidedFact>(), 0U);
    run.until(20_min, 10_s);
    EXPECT_EQ(run.count<DisruptionDecidedFact>(), 1U);
    EXPECT_EQ(instances(run), of({"small"}));
}

TEST(KarpenterDisruption, ADisruptionBudgetOfThePodsKeepsTheirNode) {
    // KARP-41
    PoolCluster c = without_budgets();
    PodTemplate pod = TinyCluster::serving_pod(1500);
    pod.labels = {{"app", "web"}};
    const WorkloadIx web = c.add_deployment("web", 5, pod);
    DisruptionBudget budget;
    budget.namespace_name = "default";
    budget.name = "web";
    budget.bound = BudgetBound::max_unavailable;
    budget.amount = {0, false};
    budget.selector = {{"app", SelectorOperator::in, {"web"}, false}};
    c.spec.budgets.push_back(budget);
    c.scale_at(5_min, web, 1);
    TinyRun run = c.start();
    run.until(30_min, 1_min);
    EXPECT_EQ(instances(run), of({"large"}));
    EXPECT_EQ(run.count<DisruptionDecidedFact>(), 0U);
}

TEST(KarpenterDisruption, ADecisionThatNoLongerHoldsIsDropped) {
    // KARP-46: within the 15 s the pod is back, for which the node is nominated (KARP-14) and then bound.
    PoolCluster c = without_budgets();
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, web, 0);
    TinyRun run = c.start();
    run.until(5_min, 10_s);
    sim::Duration since_start = 5_min;
    while (run.world().karpenter.decided.empty() && since_start < 6_min) run.until(since_start += 1_s);
    ASSERT_FALSE(run.world().karpenter.decided.empty());
    run.scale(web, 1);
    run.until(since_start + 5_min, 10_s);
    EXPECT_EQ(run.count<DisruptionDecidedFact>(), 0U);
    EXPECT_EQ(instances(run), of({"small"}));
}

TEST(KarpenterDisruption, NodesWithinTheirOwnTimeAreNoPlaceForPodsOfOthers) {
    // KARP-51, GEN-1: at 14 min the second machine is empty, and is itself still to be left alone for five minutes. Up
    // to 1.13 the pod of the first one is moved there; from 1.14 on it is not, and at 19 min the empty one goes.
    const auto first_decision = [](std::int32_t version_minor) {
        PoolCluster c = without_budgets();
        c.spec.karpenter.version_minor = version_minor;
        c.pool().consolidate_after = 5_min;
        c.pool().offers.resize(1);  // small machines alone
        c.add_deployment("first", 1, TinyCluster::serving_pod(900));
        const WorkloadIx second = c.add_deployment("second", 0, TinyCluster::serving_pod(1500));
        c.scale_at(10_min, second, 1);
        c.scale_at(14_min, second, 0);
        TinyRun run = c.start();
        run.until(30_min, 30_s);
        const auto decided = run.all<DisruptionDecidedFact>();
        return std::pair(decided.at(0).at, decided.at(0).fact.method);
    };
    EXPECT_LE(first_decision(13).first, at(15_min));
    EXPECT_EQ(first_decision(13).second, DisruptionMethod::single_node);
    EXPECT_GE(first_decision(14).first, at(19_min));
    EXPECT_EQ(first_decision(14).second, DisruptionMethod::emptiness);
}

// --- drift

TEST(KarpenterDisruption, ANodeThatHasDriftedIsReplacedBeforeItGoes) {
    // KARP-60, KARP-47: no wait of 15 s; the price does not matter.
    PoolCluster c;
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.change_at(10_min, [](Spec& s) { s.karpenter.pools[0].made_of = 2; });
    TinyRun run = c.start();
    run.until(10_min, 1_min);
    const NodeId old = run.node();
    run.until(20_min, 10_s);
    const auto disrupted = run.all<NodeClaimDisruptedFact>();
    ASSERT_EQ(disrupted.size(), 1U);
    EXPECT_EQ(disrupted[0].fact.why, DisruptedFor::drifted);
    EXPECT_LE(disrupted[0].at, at(10_min + 10_s));
    EXPECT_EQ(instances(run), of({"small"}));
    EXPECT_NE(run.node(), old);
    for (const PodId pod : run.pods_of(web)) EXPECT_EQ(run.pod(pod).stage, PodStage::ready);
}

TEST(KarpenterDisruption, DriftGoesOneByOneWithinTheBudget) {
    // KARP-60, KARP-43, INC-14: one node at a time is what 10 % of four comes to, rounded up.
    PoolCluster c;
    c.pool().offers.resize(1);  // small machines alone
    const WorkloadIx web = c.add_deployment("web", 4, TinyCluster::serving_pod(1500));
    c.change_at(10_min, [](Spec& s) { s.karpenter.pools[0].made_of = 2; });
    TinyRun run = c.start();
    run.until(10_min, 1_min);
    EXPECT_EQ(instances(run).size(), 4U);
    std::size_t most = 0;
    for (int i = 0; i < 360; ++i) {
        run.until(10_min + i * 5_s);
        std::size_t going = 0;
        // Those whose instance is being terminated do not count any more.
        for (const PoolNode& node : run.world().karpenter.nodes)
            going += node.node.valid() && node.is_disrupted && !node.is_terminating ? 1U : 0U;
        most = std::max(most, going);
    }
    EXPECT_EQ(most, 1U);
    EXPECT_EQ(run.count<NodeClaimDisruptedFact>(), 4U);
    for (const PoolNode& node : run.world().karpenter.nodes) {
        if (!node.node.valid()) continue;
        EXPECT_EQ(node.made_of, 2U);
    }
    for (const PodId pod : run.pods_of(web)) EXPECT_EQ(run.pod(pod).stage, PodStage::ready);
}

TEST(KarpenterDisruption, AReplacementThatIsNotToBeHadUndoesTheCommand) {
    // KARP-47, INC-4: EC2 has nothing left, so that the old node takes pods again.
    PoolCluster c;
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    Fault out;
    out.kind = FaultKind::insufficient_capacity;
    c.fault_at(9_min, 3_min, out);
    c.change_at(10_min, [](Spec& s) { s.karpenter.pools[0].made_of = 2; });
    TinyRun run = c.start();
    run.until(11_min, 10_s);
    EXPECT_EQ(run.count<NodeClaimTerminatedFact>(), 1U);
    const PoolNode* node = run.world().karpenter.find(run.node());
    ASSERT_NE(node, nullptr);
    EXPECT_FALSE(node->is_disrupted);
    EXPECT_EQ(run.the_node().condition_taints & no_schedule(ConditionTaint::disrupted), 0U);
    EXPECT_EQ(instances(run), of({"small"}));
}

// --- expiry and interruption

TEST(KarpenterDisruption, AClaimExpiresWithoutAReplacementAndWithoutABudget) {
    // KARP-61
    PoolCluster c;
    c.pool().budgets = {{0, false, 0, false, {}, {}}};
    c.pool().expire_after = 30_min;
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(29_min, 1_min);
    const NodeId old = run.node();
    run.until(35_min, 10_s);
    const auto disrupted = run.all<NodeClaimDisruptedFact>();
    ASSERT_EQ(disrupted.size(), 1U);
    EXPECT_EQ(disrupted[0].fact.why, DisruptedFor::expired);
    EXPECT_NE(run.node(), old);
    const auto made = run.all<NodeClaimCreatedFact>();
    ASSERT_EQ(made.size(), 2U);
    EXPECT_EQ(made[1].fact.reason, ClaimReason::provisioned);
    EXPECT_GT(made[1].at, disrupted[0].at);
    for (const PodId pod : run.pods_of(web)) EXPECT_EQ(run.pod(pod).stage, PodStage::ready);
}

TEST(KarpenterDisruption, ASpotInterruptionDrainsTheNodeAtOnce) {
    // KARP-62
    PoolCluster c;
    c.spec.ec2.interrupts_spot = false;
    c.pool().offers.clear();
    c.pool().requirements = {{PoolCluster::buying({"spot"}), 0}};
    c.add_type(0, "small", 2, true);
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(10_min, 1_min);
    const NodeId old = run.node();
    run.simulation().apply([&](const Spec& s, World& world, Turn& turn) { notify_interruption(s, world, turn, old); });
    run.until(11_min, 5_s);
    const auto disrupted = run.all<NodeClaimDisruptedFact>();
    ASSERT_EQ(disrupted.size(), 1U);
    EXPECT_EQ(disrupted[0].at, at(10_min));
    EXPECT_EQ(disrupted[0].fact.why, DisruptedFor::spot_interrupted);
    // Its type is not asked for in these three minutes, and there is no other.
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 1U);
    run.until(20_min, 10_s);
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 2U);
    for (const PodId pod : run.pods_of(web)) EXPECT_EQ(run.pod(pod).stage, PodStage::ready);
}

// --- termination

TEST(KarpenterDisruption, PodsGoInWavesAndWhatToleratesTheTaintStays) {
    // KARP-63: the pod that is not critical first; the daemon that tolerates everything is not evicted at all.
    PoolCluster c;
    c.pool().expire_after = 10_min;
    c.add_daemon_set("agent");
    PodTemplate critical = TinyCluster::serving_pod(500);
    critical.priority = 2'000'000'000;
    critical.stop_time = sim::Distribution::constant(10_s);
    PodTemplate plain = TinyCluster::serving_pod(500);
    plain.stop_time = sim::Distribution::constant(20_s);
    const WorkloadIx system = c.add_deployment("system", 1, critical);
    const WorkloadIx web = c.add_deployment("web", 1, plain);
    TinyRun run = c.start();
    run.until(9_min, 1_min);
    const PodId of_system = run.pods_of(system).front();
    const PodId of_web = run.pods_of(web).front();
    sim::Time told_web = sim::Time::never();
    sim::Time told_system = sim::Time::never();
    for (int i = 0; i < 200; ++i) {
        run.until(9_min + 30_s + i * 500_ms);
        const auto is_going = [&](PodId id) {
            const Pod* pod = run.world().pods.find(id);
            return pod == nullptr || pod->terminating;
        };
        if (is_going(of_web)) told_web = std::min(told_web, run.now());
        if (is_going(of_system)) told_system = std::min(told_system, run.now());
    }
    ASSERT_NE(told_web, sim::Time::never());
    ASSERT_NE(told_system, sim::Time::never());
    EXPECT_GE(told_system - told_web, 20_s);
    run.until(15_min, 10_s);
    EXPECT_EQ(instances(run).size(), 1U);
}

TEST(KarpenterDisruption, APodThatIsProtectedIsDeletedInTimeForItsGraceWhenTheDrainHasALimit) {
    // KARP-63: limit 5 min, grace 30 s, so after 4 min 30 s.
    PoolCluster c;
    c.pool().expire_after = 10_min;
    c.pool().drain_limit = 5_min;
    PodTemplate pod = TinyCluster::serving_pod(1500);
    pod.keeps_node_for = sim::Duration::max();
    const WorkloadIx web = c.add_deployment("web", 1, pod);
    TinyRun run = c.start();
    run.until(9_min, 1_min);
    const PodId first = run.pods_of(web).front();
    const sim::Time deleted = run.all<NodeClaimCreatedFact>().front().at;
    run.until(20_min, 10_s);
    ASSERT_FALSE(run.world().pods.contains(first));
    sim::Time removed;
    for (const auto& seen : run.all<PodRemovedFact>()) {
        if (seen.fact.pod == first) removed = seen.at;
    }
    // The claim was launched some 50 ms after it was made, and expired ten minutes later.
    EXPECT_GE(removed, deleted + 10_min + 4_min + 30_s);
    EXPECT_LE(removed, deleted + 10_min + 4_min + 40_s);
}

TEST(KarpenterDisruption, WithoutALimitAProtectedPodHoldsItsNodeForEver) {
    // KARP-63, INC-15
    PoolCluster c;
    c.pool().expire_after = 10_min;
    PodTemplate pod = TinyCluster::serving_pod(1500);
    pod.keeps_node_for = sim::Duration::max();
    const WorkloadIx web = c.add_deployment("web", 1, pod);
    TinyRun run = c.start();
    run.until(120_min, 5_min);
    EXPECT_EQ(run.pods_of(web).size(), 1U);
    // And a second machine was launched for it, which it never comes to.
    EXPECT_EQ(run.world().karpenter.find(run.pod(run.pods_of(web).front()).node)->is_deleted(), true);
}

}  // namespace
}  // namespace eks::testing
