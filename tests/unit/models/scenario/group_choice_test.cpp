#include "models/scenario/group_choice.hpp"

#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

using scenario_test::small_scenario;

LoadOptions set(scenario_test::Changes changes) {
    LoadOptions options;
    options.set = std::move(changes);
    return options;
}

TEST(GroupChoice, KeepsWhatIsNotForChoice) {
    const LoadOptions options = set({{"cluster.managedNodeGroups[workers].labels", R"({"pool":"general"})"},
                                     {"cluster.managedNodeGroups[workers].volumeSize", "50"}});
    const auto written = written_node_groups(small_scenario, options);
    ASSERT_TRUE(written.ok());
    ASSERT_EQ(written->size(), 1U);
    EXPECT_EQ(written->front().name, "workers");
    EXPECT_EQ(written->front().settings.find("instanceType"), std::string::npos);
    EXPECT_EQ(written->front().settings.find("minSize"), std::string::npos);

    const std::vector<ChosenGroup> chosen{{0, "workers", "c5.large", true, 7, {"eu-central-1b"}}};
    LoadOptions other = options;
    for (auto& pair : groups_as_set(*written, chosen)) other.set.push_back(std::move(pair));
    const auto scenario = load_scenario_json(small_scenario, other);
    ASSERT_TRUE(scenario.ok()) << scenario_test::listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.node_groups.size(), 1U);
    EXPECT_EQ(spec.node_groups.front().minimum, 7);
    EXPECT_EQ(spec.node_groups.front().desired, 7);
    EXPECT_EQ(spec.node_groups.front().maximum, 7);
    ASSERT_EQ(spec.shapes.size(), 1U);
    const NodeShape& shape = spec.shapes.front();
    EXPECT_EQ(shape.instance_type, "c5.large");
    EXPECT_TRUE(shape.is_spot);
    EXPECT_EQ(shape.volume_gib, 50);
    EXPECT_EQ(spec.zones[shape.zone.value], "eu-central-1b");
    EXPECT_NE(std::find(shape.labels.begin(), shape.labels.end(), Label{"pool", "general"}), shape.labels.end());
}

TEST(GroupChoice, GroupsOfTheSameSettingsAreOne) {
    const auto written = written_node_groups(
        small_scenario,
        set({{"cluster.managedNodeGroups",
              R"([{"name":"a","instanceType":"m5.large"},{"name":"b","instanceType":"c5.large","desiredCapacity":4},
                  {"name":"c","instanceType":"m5.large","taints":[{"key":"x","value":"y","effect":"NoSchedule"}]}])"},
             {"cluster.nodeGroups", R"([{"name":"d","instanceType":"m5.large"}])"}}));
    ASSERT_TRUE(written.ok());
    ASSERT_EQ(written->size(), 3U);
    EXPECT_EQ((*written)[0].name, "a");
    EXPECT_EQ((*written)[1].name, "c");
    EXPECT_EQ((*written)[2].name, "d");
    EXPECT_FALSE((*written)[2].is_managed);
}

TEST(GroupChoice, AClusterWithoutGroupsGetsOneInItsPrivateSubnets) {
    const auto written = written_node_groups(small_scenario, set({{"cluster.managedNodeGroups", "[]"}}));
    ASSERT_TRUE(written.ok());
    ASSERT_EQ(written->size(), 1U);
    EXPECT_EQ(written->front().name, "workers");
    EXPECT_EQ(written->front().settings, R"({"privateNetworking":true})");
}

TEST(GroupChoice, WhatIsNoScenarioIsComplainedAbout) {
    EXPECT_FALSE(written_node_groups("[1, 2", {}).ok());
    EXPECT_FALSE(written_node_groups("[]", {}).ok());
}

}  // namespace
}  // namespace eks
