// `run.placed` and `allocatable`: a run that takes up a cluster as somebody found it.
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks::scenario_test {
namespace {

TEST(Placement, PodsAreReadOntoNodes) {
    const auto scenario = load({{"run.placed", R"([{"node": "workers/2", "pods": {"Deployment/shop/web": 2}}])"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    ASSERT_TRUE(scenario->spec->placement.is_given);
    ASSERT_EQ(scenario->spec->placement.pods.size(), 1U);
    EXPECT_EQ(scenario->spec->placement.pods[0].node, 2);
    EXPECT_EQ(scenario->spec->placement.pods[0].pods, 2);
}

TEST(Placement, EveryMistakeHasItsPlaceAndRule) {
    const auto complaint = [](std::string_view placed, Rule rule) {
        const auto scenario = load({{"run.placed", std::string(placed)}});
        return !scenario && scenario.error().size() == 1 && scenario.error()[0].rule == rule;
    };
    EXPECT_TRUE(complaint(R"([{"node": "workerz/0", "pods": {}}])", Rule::unknown_node_group));
    EXPECT_TRUE(complaint(R"([{"node": "workers/3", "pods": {}}])", Rule::out_of_range));
    EXPECT_TRUE(complaint(R"([{"node": "workers", "pods": {}}])", Rule::out_of_range));
    EXPECT_TRUE(complaint(R"([{"node": "workers/0", "pods": {"Deployment/shop/wev": 1}}])", Rule::matches_nothing));
    EXPECT_TRUE(complaint(R"([{"node": "workers/0", "pods": {"Deployment/shop/web": 3}}])", Rule::out_of_range));
    EXPECT_TRUE(complaint(R"([{"node": "workers/0", "pods": {"CronJob/reports/nightly": 1}}])", Rule::not_supported));
    EXPECT_TRUE(
        complaint(R"([{"node": "workers/0", "pods": {"DaemonSet/kube-system/aws-node": 1}}])", Rule::not_supported));
    EXPECT_TRUE(complaint(R"([{"node": "workers/0"}])", Rule::missing_field));
    const auto empty = load({{"run.opening", "empty"}, {"run.placed", "[]"}});
    ASSERT_FALSE(empty);
    EXPECT_NE(find(empty.error(), Rule::contradictory_fields), nullptr);
}

// KUBELET-22: what was seen counts in the place of what the formulas say.
TEST(Placement, AllocatableThatWasSeenIsTaken) {
    const auto scenario = load({{"cluster.managedNodeGroups[workers].allocatable",
                                 R"({"cpu": "3920m", "memory": "14900000Ki", "pods": 58})"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    for (const NodeShape& shape : scenario->spec->shapes) {
        EXPECT_EQ(shape.allocatable.cpu_milli, 3920);
        EXPECT_EQ(shape.allocatable.memory_bytes, 14'900'000LL * 1024);
        EXPECT_EQ(shape.max_pods, 58);
    }
    EXPECT_FALSE(load({{"cluster.managedNodeGroups[workers].allocatable", R"({"cpus": 4})"}}));
}

}  // namespace
}  // namespace eks::scenario_test
