// Disruption budgets (PDB-1 to PDB-3) and what they do to the update of a node group (AWS-65).
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

DisruptionBudget budget_of(TinyCluster& c, WorkloadIx workload, BudgetBound bound, PodsOrPercent amount) {
    DisruptionBudget budget;
    budget.namespace_name = "default";
    budget.name = "web";
    budget.bound = bound;
    budget.amount = amount;
    budget.selector = {{"app", SelectorOperator::in, {"web"}, false}};
    c.pod_of(workload).labels = {{"app", "web"}};
    return budget;
}

PodTemplate slow_pod(sim::Duration ready_after = 60_s) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.ready_after = sim::Distribution::constant(ready_after);
    return pod;
}

struct Group {
    TinyCluster c;
    NodeGroupIx workers;
    WorkloadIx web;
    Group(std::int32_t pods, BudgetBound bound, PodsOrPercent amount, const PodTemplate& pod = slow_pod()) {
        workers = c.add_nodes(2);
        web = c.add_deployment("web", pods, pod);
        c.add_daemon_set("agent");
        c.spec.budgets = {budget_of(c, web, bound, amount)};
        c.upgrade_at(1_min, workers);
    }
};

std::size_t refusals(const TinyRun& run) {
    std::size_t count = 0;
    for (const auto& seen : run.all<EvictionFact>()) count += seen.fact.was_refused ? 1 : 0;
    return count;
}

TEST(DisruptionBudgets, AreKnownFromTheStartAndFollowThePods) {  // PDB-1
    Group g(6, BudgetBound::max_unavailable, {2, false});
    TinyRun run = g.c.start();
    EXPECT_EQ(run.world().budgets[0].disruptions_allowed, 2);
    EXPECT_EQ(run.world().budgets[0].current_healthy, 6);
    EXPECT_EQ(run.world().budgets[0].desired_healthy, 4);
    run.delete_pod(run.pods_of(g.web)[0]);  // nobody asks the budget (PDB-3)
    run.until(1_s);
    EXPECT_EQ(run.world().budgets[0].disruptions_allowed, 1);
    EXPECT_EQ(refusals(run), 0U);
}

TEST(DisruptionBudgets, ADrainKeepsEnoughPodsReady) {  // PDB-2, AWS-65
    Group g(6, BudgetBound::max_unavailable, {1, false});
    TinyRun run = g.c.start();
    while (run.now() < at(50_min)) {
        run.until(run.now().since_origin() + 1_s);
        ASSERT_GE(run.world()[g.web].ready, 5) << sim::to_text(run.now());
    }
    EXPECT_GT(refusals(run), 0U);
    for (const auto& [id, node] : run.world().nodes) EXPECT_EQ(node.version, 1U);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::steady);
}

TEST(DisruptionBudgets, WithoutThemADrainEvictsAllAtOnce) {  // PDB-2
    Group g(6, BudgetBound::max_unavailable, {1, false});
    g.c.spec.budgets.clear();
    TinyRun run = g.c.start();
    std::int32_t fewest = 6;
    while (run.now() < at(10_min)) {
        run.until(run.now().since_origin() + 1_s);
        fewest = std::min(fewest, run.world()[g.web].ready);
    }
    EXPECT_LE(fewest, 3);
    EXPECT_EQ(refusals(run), 0U);
}

TEST(DisruptionBudgets, OneThatIsChangedCountsAnewAtOnce) {  // PDB-1
    Group g(6, BudgetBound::min_available, {6, false});
    g.c.change_at(2_min, [](Spec& s) { s.budgets[0].amount = {4, false}; });
    TinyRun run = g.c.start();
    run.until(2_min);
    EXPECT_EQ(run.world().budgets[0].disruptions_allowed, 0);
    run.until(2_min + 1_s);
    EXPECT_EQ(run.world().budgets[0].desired_healthy, 4);
    std::int32_t allowed = 0;
    for (const auto& seen : run.all<BudgetFact>()) allowed += seen.fact.allowed;
    EXPECT_EQ(allowed, run.world().budgets[0].disruptions_allowed);
    // What a drain was refused before goes on with it.
    run.until(50_min, 1_s);
    for (const auto& [id, node] : run.world().nodes) EXPECT_EQ(node.version, 1U);
}

TEST(DisruptionBudgets, OneThatAllowsNothingEndsTheUpdateAfterAQuarterOfAnHour) {  // AWS-65: PodEvictionFailure
    Group g(6, BudgetBound::max_unavailable, {0, false});
    TinyRun run = g.c.start();
    run.until(14_min, 1_min);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::replacing);
    run.until(40_min, 1_min);
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::steady);
    std::int32_t old = 0;
    for (const auto& [id, node] : run.world().nodes) old += node.version == 0 ? 1 : 0;
    EXPECT_EQ(old, 2);  // none was replaced, and the two that were added are gone again
    EXPECT_EQ(run.world()[g.web].ready, 6);
    // Every 5 s for 15 min, three pods a node.
    EXPECT_NEAR(static_cast<double>(refusals(run)), 180.0 * 3.0, 20.0);
}

TEST(DisruptionBudgets, ForceDeletesWhatIsLeft) {  // AWS-65
    Group g(6, BudgetBound::max_unavailable, {0, false});
    g.c.spec.timeline.back().is_forced = true;
    TinyRun run = g.c.start();
    run.until(45_min, 1_min);
    for (const auto& [id, node] : run.world().nodes) EXPECT_EQ(node.version, 1U);
    EXPECT_EQ(run.world()[g.web].ready, 6);
}

TEST(DisruptionBudgets, APodOfTwoBudgetsIsNeverEvicted) {  // PDB-2
    Group g(2, BudgetBound::min_available, {0, false}, slow_pod(1_s));
    g.c.spec.budgets.push_back(g.c.spec.budgets[0]);
    TinyRun run = g.c.start();
    run.until(10_min, 1_min);
    EXPECT_GT(refusals(run), 80U);  // each 5 s from about 2 min on
    EXPECT_EQ(run.world().groups[0].phase, GroupPhase::replacing);
}

}  // namespace
}  // namespace eks::testing
