// The story of a HorizontalPodAutoscaler: what its metrics read and propose, and what is made of it (HPA-5 to HPA-18).
#include "models/planning/explain_hpa.hpp"

#include "models/planning/explain_node.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace eks {
namespace {

using scenario_test::Changes;

const std::string web =
    R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web",
                    "image": "nginx:1", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}]}}}})";

std::string scaler(const std::string& more) {
    return R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web",
        "namespace": "shop"}, "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 2, "maxReplicas": 5, "metrics": [
          {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
          {"type": "Resource", "resource": {"name": "memory", "target": {"type": "Utilization",
           "averageUtilization": 40}}}])" +
           more + "}}";
}

// Half a core requested, a GiB: what each pod uses of them.
Scenario scenario_of(const std::string& usage, const std::string& more = "") {
    const auto scenario =
        scenario_test::load({{"cluster.addons", R"([{"name": "metrics-server"}])"},
                             {"manifests", "[" + web + "," + scaler(more) + "]"},
                             {"behaviour", R"([{"for": "Deployment/shop/web", "usage": )" + usage + "}]"},
                             {"timeline", "[]"},
                             {"expect", "[]"}});
    EXPECT_TRUE(scenario.ok()) << (scenario ? "" : scenario_test::listed(scenario.error()));
    return *scenario;
}

HpaStory story_of(const Scenario& scenario, sim::Duration at) {
    auto story = explain_hpa(scenario, {.seed = 7}, "shop/web", at);
    EXPECT_TRUE(story.ok()) << (story ? "" : story.error());
    return *story;
}

bool is(const HpaConditionStory& condition, std::string_view type, bool is_true, std::string_view reason) {
    return condition.type == type && condition.is_true == is_true && condition.reason == reason;
}

bool says(const std::vector<std::string>& lines, std::string_view text) {
    return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

// HPA-8, HPA-12, HPA-13: 260m of 500m is 52 %, within a tenth of 50 %; 410 MiB of a GiB is 40 %, which is the target.
TEST(HpaStory, TellsWhatIsTolerated) {
    const HpaStory story = story_of(scenario_of(R"({"cpu": "260m", "memory": "410Mi"})"), sim::Duration::minutes(10));
    ASSERT_EQ(story.metrics.size(), 2U);
    EXPECT_EQ(story.metrics[0].metric, "Resource cpu");
    EXPECT_EQ(story.metrics[0].reading, "52% of the requests");
    EXPECT_EQ(story.metrics[0].target, "50%");
    EXPECT_DOUBLE_EQ(story.metrics[0].ratio.value_or(0), 1.04);
    EXPECT_TRUE(story.metrics[0].is_tolerated);
    EXPECT_EQ(story.metrics[0].proposes, 4);
    EXPECT_EQ(story.desired, 4);
    ASSERT_EQ(story.conditions.size(), 3U);
    EXPECT_TRUE(is(story.conditions[0], "AbleToScale", true, "ReadyForNewScale"));
    EXPECT_TRUE(is(story.conditions[1], "ScalingActive", true, "ValidMetricFound"));
    EXPECT_TRUE(is(story.conditions[2], "ScalingLimited", false, "DesiredWithinRange"));
}

// HPA-1, HPA-14: in the run the controller sleeps while nothing changes; the real one goes on to look each 15 s or so,
// and to recommend the same.
TEST(HpaStory, LooksThatWereSleptThroughCount) {
    const HpaStory story = story_of(scenario_of(R"({"cpu": "260m", "memory": "410Mi"})"), sim::Duration::minutes(110));
    ASSERT_TRUE(story.last_look);
    EXPECT_GT(*story.last_look, sim::Time::at(sim::Duration::minutes(110)) - sim::Duration::seconds(16));
    ASSERT_EQ(story.stabilisation.size(), 1U);
    EXPECT_EQ(story.stabilisation[0].find("down: window of 300 s, recommended in it: 4 up to "), 0U)
        << story.stabilisation[0];
}

// HPA-13, HPA-14, HPA-18: 400m, 80 % of the requests, proposes 4 x 1.6 = 7 of at most 5; memory less.
TEST(HpaStory, TheLargestProposalCountsAndTheMaximumBinds) {
    const Scenario scenario =
        scenario_of(R"({"trace": {"columns": ["seconds", "cpu", "memory"], "points": [[0, "400m", "100Mi"]]}})");
    // Before it looks for the first time, at a phase of its own within 15 s.
    const HpaStory story = story_of(scenario, sim::Duration::zero());
    ASSERT_EQ(story.metrics.size(), 2U);
    EXPECT_EQ(story.metrics[0].proposes, 7);
    EXPECT_TRUE(story.metrics[0].wins);
    EXPECT_FALSE(story.metrics[1].wins);
    EXPECT_EQ(story.proposed, 7);
    EXPECT_EQ(story.desired, 5);
    ASSERT_EQ(story.conditions.size(), 3U);
    EXPECT_TRUE(is(story.conditions[2], "ScalingLimited", true, "TooManyReplicas"));
    EXPECT_TRUE(says(to_lines(story), "it has not looked yet"));
    EXPECT_TRUE(says(to_lines(story),
                     "Resource cpu: 80% of the requests, target 50%, ratio 1.600; proposes 7, which "
                     "counts"));
    EXPECT_TRUE(says(to_lines(story), "Limit up: to 8 at once, twice as many or 4."));
}

// HPA-9: the fifth pod has just been asked for, and counts with nothing: 1600m of 2500m are 64 %. It is that ratio by
// which the size is proposed: 1.28 x 5 = 6.4.
TEST(HpaStory, TheRatioIsThatWithAllPods) {
    const Scenario scenario =
        scenario_of(R"({"trace": {"columns": ["seconds", "cpu", "memory"], "points": [[0, "400m", "100Mi"]]}})");
    const HpaStory story = story_of(scenario, sim::Duration::seconds(20));
    EXPECT_EQ(story.replicas, 5);
    EXPECT_EQ(story.metrics[0].reading, "80% of the requests");
    EXPECT_DOUBLE_EQ(story.metrics[0].ratio.value_or(0), 1.28);
    EXPECT_EQ(story.metrics[0].missing + story.metrics[0].unready, 1);
    EXPECT_EQ(story.metrics[0].proposes, 7);
    EXPECT_TRUE(says(to_lines(story), "ratio 1.280 (pods: 1 ")) << to_lines(story)[1];
}

// HPA-14: four pods at 10 % need one, and two are the least; the recommendation of the beginning still counts.
TEST(HpaStory, TellsWhatTheWindowHolds) {
    const Scenario scenario = scenario_of(
        R"({"trace": {"columns": ["seconds", "cpu", "memory"], "points": [[0, "250m", "400Mi"], [600, "50m", "40Mi"]]}})");
    const HpaStory story = story_of(scenario, sim::Duration::seconds(720));
    EXPECT_EQ(story.proposed, 1);
    EXPECT_EQ(story.desired, 4);
    ASSERT_EQ(story.conditions.size(), 3U);
    EXPECT_TRUE(is(story.conditions[0], "AbleToScale", true, "ScaleDownStabilized"));
    ASSERT_EQ(story.stabilisation.size(), 1U);
    EXPECT_EQ(story.stabilisation[0].find("down: window of 300 s, recommended in it: 4 up to "), 0U)
        << story.stabilisation[0];
}

// HPA-16
TEST(HpaStory, TellsOfPolicies) {
    const Scenario scenario = scenario_of(R"({"cpu": "250m", "memory": "400Mi"})",
                                          R"(, "behavior": {"scaleDown": {"selectPolicy": "Disabled"}})");
    const HpaStory story = story_of(scenario, sim::Duration::minutes(1));
    EXPECT_EQ(story.limits,
              (std::vector<std::string>{"up: the most of 4 pods in 15 s, 100% in 15 s", "down: disabled"}));
    EXPECT_EQ(story.stabilisation[0], "up: window of 0 s, so that nothing is waited for");
}

// HPA-13: nobody says what the pods use, so that metrics-server has nothing to tell.
TEST(HpaStory, TellsWhyAMetricIsMissing) {
    const auto scenario = scenario_test::load({{"cluster.addons", R"([{"name": "metrics-server"}])"},
                                               {"manifests", "[" + web + "," + scaler("") + "]"},
                                               {"behaviour", "[]"},
                                               {"timeline", "[]"},
                                               {"expect", "[]"}});
    ASSERT_TRUE(scenario.ok());
    const HpaStory story = story_of(*scenario, sim::Duration::minutes(10));
    EXPECT_EQ(story.metrics[0].fault, "no metrics returned from the metrics API");
    ASSERT_EQ(story.conditions.size(), 2U);
    EXPECT_TRUE(is(story.conditions[1], "ScalingActive", false, "FailedGetResourceMetric"));
}

TEST(HpaStory, ANameThatIsNotThereIsAnsweredWithThoseThatAre) {
    const auto story = explain_hpa(scenario_of(R"({"cpu": "1"})"), {}, "shop/wbe", sim::Duration::minutes(1));
    ASSERT_FALSE(story.ok());
    EXPECT_EQ(story.error(), "no HorizontalPodAutoscaler is called shop/wbe; there are: shop/web");
}

TEST(NodeStory, SaysWhatTheNodeIsAndWhoWatchesIt) {
    const Scenario scenario = scenario_of(R"({"cpu": "1"})");
    const auto story = explain_node(scenario, {.seed = 7}, "workers-0", sim::Duration::minutes(1));
    ASSERT_TRUE(story.ok()) << story.error();
    EXPECT_EQ(story->instance_type, "m5.xlarge");
    EXPECT_EQ(story->state, "Ready");
    EXPECT_TRUE(story->autoscalers.empty());
    EXPECT_TRUE(says(to_lines(*story), "Neither Cluster Autoscaler nor Karpenter is in the cluster."));
    const auto wrong = explain_node(scenario, {}, "workers-9", sim::Duration::minutes(1));
    ASSERT_FALSE(wrong.ok());
    EXPECT_EQ(wrong.error(), "there is no node workers-9 at 60s; there are: workers-0, workers-1, workers-2");
}

}  // namespace
}  // namespace eks
