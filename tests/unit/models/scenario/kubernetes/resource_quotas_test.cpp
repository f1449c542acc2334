// ResourceQuota and LimitRange objects (QUOTA-1): what is read of them, what a pod takes by them, and how a timeline
// changes them.
#include "models/planning/explain.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;
using scenario_test::load;

std::string deployment(const std::string& resources) {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
               "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "web"}},
                        "template": {"metadata": {"labels": {"app": "web"}},
                                     "spec": {"containers": [{"name": "c", "image": "c:1", "resources": )" +
           resources + "}]}}}}";
}

std::string object(const std::string& kind, const std::string& spec) {
    return R"({"apiVersion": "v1", "kind": ")" + kind + R"(", "metadata": {"name": "compute", "namespace": "shop"},
               "spec": )" +
           spec + "}";
}

auto with(const std::string& manifests, const std::string& timeline = "[]") {
    return load({{"manifests", "[" + manifests + "]"}, {"behaviour", "[]"}, {"timeline", timeline}, {"expect", "[]"}});
}

TEST(ResourceQuotaObjects, BoundWhatPodsAskFor) {
    const auto scenario =
        with(deployment(R"({"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"cpu": 1}})") + "," +
             object("ResourceQuota", R"({"hard": {"pods": 10, "cpu": "1500m", "requests.memory": "2Gi",
                                   "limits.cpu": 4, "requests.nvidia.com/gpu": 1, "count/pods": 20,
                                   "count/secrets": 3, "services": 5}, "scopes": ["NotTerminating"]})"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->quotas.size(), 1U);
    const ResourceQuota& quota = scenario->spec->quotas[0];
    ASSERT_EQ(quota.scopes.size(), 1U);
    EXPECT_EQ(quota.scopes[0].scope, QuotaScope::not_terminating);
    const auto web = std::ranges::find(scenario->spec->workloads, "web", &Workload::name);
    ASSERT_NE(web, scenario->spec->workloads.end());
    const PodTemplate& pod = (*scenario->spec)[web->pod_template];
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> bounds;  // the limit, and what a pod takes
    for (const QuotaBound& bound : quota.bounds) bounds[bound.name] = {bound.limit, charge_of(bound, pod)};
    const std::map<std::string, std::pair<std::int64_t, std::int64_t>> expected{
        {"pods", {10, 1}},
        {"count/pods", {20, 1}},
        {"cpu", {1500, 100}},
        {"requests.memory", {2 * gibibyte, gibibyte}},
        {"limits.cpu", {4000, 1000}},
        {"requests.nvidia.com/gpu", {1, 0}}};
    EXPECT_EQ(bounds, expected);
    // What is about other objects is listed.
    const auto is_listed = [&](std::string_view path) {
        return std::ranges::any_of(scenario->ignored, [&](const IgnoredPath& one) { return one.path.ends_with(path); });
    };
    EXPECT_TRUE(is_listed("count/secrets"));
    EXPECT_TRUE(is_listed("services"));
    EXPECT_FALSE(is_listed("limits.cpu"));
}

TEST(ResourceQuotaObjects, WarnOfPodsThatTheyAlwaysRefuse) {
    const std::string quota = object("ResourceQuota", R"({"hard": {"requests.cpu": 1}})");
    const auto without = with(deployment("{}") + "," + quota);
    ASSERT_TRUE(without.ok()) << listed(without.error());
    const Complaint* warning = find(without->warnings, Rule::quota_needs_amounts);
    ASSERT_NE(warning, nullptr);
    EXPECT_NE(warning->message.find("Deployment/shop/web"), std::string::npos);
    // A LimitRange fills the gap first.
    const auto filled =
        with(deployment("{}") + "," + quota + "," +
             object("LimitRange", R"({"limits": [{"type": "Container", "defaultRequest": {"cpu": "50m"}}]})"));
    ASSERT_TRUE(filled.ok()) << listed(filled.error());
    EXPECT_EQ(find(filled->warnings, Rule::quota_needs_amounts), nullptr);
}

TEST(ResourceQuotaObjects, ScopesAreReadFromBothPlaces) {
    const auto scenario = with(object("ResourceQuota", R"({"hard": {"pods": 1}, "scopeSelector": {"matchExpressions":
        [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]}})"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const ResourceQuota& quota = scenario->spec->quotas[0];
    ASSERT_EQ(quota.scopes.size(), 1U);
    EXPECT_EQ(quota.scopes[0].op, SelectorOperator::in);
    EXPECT_EQ(quota.scopes[0].values, std::vector<std::string>{"high"});
    const auto odd = with(object("ResourceQuota", R"({"hard": {"pods": 1}, "scopeSelector": {"matchExpressions":
        [{"scopeName": "BestEffort", "operator": "DoesNotExist"}]}})"));
    ASSERT_FALSE(odd.ok());
    EXPECT_NE(find(odd.error(), Rule::bad_selector), nullptr);
    const auto unknown = with(object("ResourceQuota", R"({"hard": {"pods": 1}, "scopes": ["Sometimes"]})"));
    ASSERT_FALSE(unknown.ok());
    EXPECT_NE(find(unknown.error(), Rule::not_one_of), nullptr);
}

TEST(ResourceQuotaObjects, ATimelineChangesTheirAmountsAlone) {
    const std::string both =
        deployment(R"({"requests": {"cpu": "100m"}})") + "," + object("ResourceQuota", R"({"hard": {"pods": 2}})");
    const auto raised = with(both, R"([{"at": "10m", "apply": "ResourceQuota/shop/compute",
                                        "merge": {"spec": {"hard": {"pods": 4}}}}])");
    ASSERT_TRUE(raised.ok()) << listed(raised.error());
    ASSERT_EQ(raised->spec->revisions.size(), 1U);
    EXPECT_EQ(raised->spec->revision(1).quotas[0].bounds[0].limit, 4);
    const auto other = with(both, R"([{"at": "10m", "apply": "ResourceQuota/shop/compute",
                                       "merge": {"spec": {"hard": {"requests.cpu": 4}}}}])");
    ASSERT_FALSE(other.ok());
    EXPECT_NE(find(other.error(), Rule::not_yet_modelled), nullptr);
}

TEST(ResourceQuotaObjects, ExplainSaysWhoRefusedAPod) {
    const auto scenario = with(deployment(R"({"requests": {"cpu": "100m"}})") + "," +
                                   object("ResourceQuota", R"({"hard": {"requests.cpu": "250m"}})"),
                               R"([{"at": "10m", "apply": "ResourceQuota/shop/compute",
                                    "merge": {"spec": {"hard": {"requests.cpu": "300m"}}}}])");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const auto early = explain_pod(*scenario, {.seed = 7}, "shop/web-3", sim::Duration::minutes(5));
    ASSERT_FALSE(early.ok());
    EXPECT_NE(early.error().find("ResourceQuota/shop/compute had 200m of 250m of requests.cpu in use, and the pod asks "
                                 "for 100m"),
              std::string::npos)
        << early.error();
    const auto late = explain_pod(*scenario, {.seed = 7}, "shop/web", sim::Duration::minutes(60));
    ASSERT_TRUE(late.ok()) << late.error();
    EXPECT_FALSE(late->refused_creations.empty());
    const std::vector<std::string> lines = to_lines(*late);
    EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) {
        return line.find("pods of its workload were refused") != std::string::npos;
    }));
}

TEST(LimitRangeObjects, BoundContainersAndPods) {
    const auto range = [&](const std::string& type, const std::string& amounts, const std::string& resources) {
        return with(deployment(resources) + "," +
                    object("LimitRange", R"({"limits": [{"type": ")" + type + "\", " + amounts + "}]}"));
    };
    const std::string fitting = R"({"requests": {"cpu": "100m"}, "limits": {"cpu": "500m"}})";
    EXPECT_TRUE(range("Container", R"("min": {"cpu": "100m"}, "max": {"cpu": "500m"})", fitting).ok());
    EXPECT_TRUE(range("Pod", R"("min": {"cpu": "100m"}, "max": {"cpu": "500m"})", fitting).ok());
    for (const std::string type : {"Container", "Pod"}) {
        const auto too_much = range(type, R"("max": {"cpu": "400m"})", fitting);
        ASSERT_FALSE(too_much.ok());
        EXPECT_NE(find(too_much.error(), Rule::outside_limit_range), nullptr);
        const auto too_little = range(type, R"("min": {"cpu": "200m"})", fitting);
        ASSERT_FALSE(too_little.ok());
        EXPECT_NE(find(too_little.error(), Rule::outside_limit_range), nullptr);
    }
    // A container without a limit gets the max of its own range; the range of pods gives nothing, and refuses it.
    EXPECT_TRUE(range("Container", R"("max": {"cpu": "400m"})", "{}").ok());
    EXPECT_FALSE(range("Pod", R"("max": {"cpu": "400m"})", "{}").ok());
}

}  // namespace
}  // namespace eks
