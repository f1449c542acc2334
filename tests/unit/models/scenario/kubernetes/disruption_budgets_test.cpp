// PodDisruptionBudget objects (PDB-1): what is read of them, and what is wrong with some.
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks {
namespace {

using scenario_test::find;
using scenario_test::listed;
using scenario_test::load;

std::string manifests(const std::string& budget_spec) {
    return R"([{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
                "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
                         "spec": {"containers": [{"name": "c", "image": "c:1"}]}}}},
               {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "shop"},
                "spec": )" +
           budget_spec + "}]";
}

auto with_budget(const std::string& spec) {
    return load({{"manifests", manifests(spec)}, {"behaviour", "[]"}, {"timeline", "[]"}, {"expect", "[]"}});
}

TEST(DisruptionBudgetObjects, SelectTemplatesOfTheirNamespace) {  // PDB-1
    const auto scenario = with_budget(R"({"maxUnavailable": "30%", "selector": {"matchLabels": {"app": "web"}},
                                          "unhealthyPodEvictionPolicy": "AlwaysAllow"})");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->budgets.size(), 1U);
    const DisruptionBudget& budget = scenario->spec->budgets[0];
    EXPECT_EQ(budget.bound, BudgetBound::max_unavailable);
    EXPECT_EQ(budget.amount, (PodsOrPercent{30, true}));
    EXPECT_TRUE(budget.always_evicts_unready);
    std::size_t selected = 0;
    for (const Workload& workload : scenario->spec->workloads) {
        if (!budget.selects(workload.pod_template)) continue;
        ++selected;
        EXPECT_EQ(workload.name, "web");
        EXPECT_TRUE(budget.counts_for_scheduler(workload.pod_template));
    }
    EXPECT_EQ(selected, 1U);
}

TEST(DisruptionBudgetObjects, AnEmptySelectorMeansAllPodsButNotToTheScheduler) {  // PDB-1, SCHED-83
    const auto scenario = with_budget(R"({"minAvailable": 1, "selector": {}})");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const DisruptionBudget& budget = scenario->spec->budgets[0];
    for (const Workload& workload : scenario->spec->workloads) {
        EXPECT_EQ(budget.selects(workload.pod_template), workload.namespace_name == "shop") << workload.name;
        EXPECT_FALSE(budget.counts_for_scheduler(workload.pod_template));
    }
}

TEST(DisruptionBudgetObjects, TakeOneBoundAndWarnWithoutAny) {
    const auto both = with_budget(R"({"minAvailable": 1, "maxUnavailable": 1})");
    ASSERT_FALSE(both.ok());
    EXPECT_NE(find(both.error(), Rule::contradictory_fields), nullptr) << listed(both.error());
    const auto none = with_budget(R"({"selector": {}})");
    ASSERT_TRUE(none.ok()) << listed(none.error());
    EXPECT_NE(find(none->warnings, Rule::budget_allows_nothing), nullptr);
    const auto wrong = with_budget(R"({"minAvailable": "half"})");
    ASSERT_FALSE(wrong.ok());
    EXPECT_NE(find(wrong.error(), Rule::bad_percent_or_number), nullptr) << listed(wrong.error());
}

}  // namespace
}  // namespace eks
