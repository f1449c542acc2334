// What is read of HorizontalPodAutoscalers, ScaledObjects and `customMetrics` (HPA-2, KEDA-1), and what is said of
// those that cannot work.
#include "tests/unit/models/scenario/kubernetes/leaf_mutation.hpp"
#include "tests/unit/models/scenario/kubernetes/object_fixture.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace eks {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;
using scenario_test::load;

constexpr std::string_view web =
    R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
                 "spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}}})";

auto with(const std::string& object, const Changes& more = {}) {
    Changes changes{{"manifests", "[" + std::string(web) + "," + object + "]"},
                    {"behaviour", "[]"},
                    {"timeline", "[]"},
                    {"expect", "[]"},
                    {"cluster.addons", R"([{"name": "metrics-server"}])"}};
    changes.insert(changes.end(), more.begin(), more.end());
    return load(changes);
}

std::string autoscaler(const std::string& version, const std::string& more, const std::string& target = "web") {
    return R"({"apiVersion": "autoscaling/)" + version +
           R"(", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web", "namespace": "shop"},
              "spec": {"scaleTargetRef": {"kind": "Deployment", "name": ")" +
           target + R"("}, "maxReplicas": 9)" + more + "}}";
}

HorizontalScaler read(const std::string& version, const std::string& more, const Changes& changes = {}) {
    const auto scenario = with(autoscaler(version, more), changes);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    if (!scenario.ok() || scenario->spec->pod_scaling.horizontal.size() != 1) {
        ADD_FAILURE() << "not one autoscaler";
        return {};
    }
    return scenario->spec->pod_scaling.horizontal.front();
}

// HPA-2
TEST(HorizontalAutoscalers, GoByEightyPerCentOfTheCpuWhereNothingIsSaid) {
    const HorizontalScaler scaler = read("v2", "");
    EXPECT_EQ(scaler.autoscaler.least, 1);
    EXPECT_EQ(scaler.autoscaler.most, 9);
    ASSERT_EQ(scaler.metrics.size(), 1U);
    EXPECT_EQ(scaler.metrics[0].metric,
              (hpa::Metric{hpa::MetricSource::resource, hpa::TargetKind::utilization, true, 80}));
    EXPECT_FALSE(scaler.autoscaler.behavior);
}

TEST(HorizontalAutoscalers, OldFormsSayTheSameAsTheNewOne) {
    const std::string v2 = R"(, "metrics": [
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}},
        {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Ki"}}},
        {"type": "Pods", "pods": {"metric": {"name": "hits"}, "target": {"type": "AverageValue", "averageValue": "2500m"}}},
        {"type": "External", "external": {"metric": {"name": "lag"}, "target": {"type": "Value", "value": "30"}}}])";
    const std::string v2beta1 = R"(, "metrics": [
        {"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 70}},
        {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "1Ki"}},
        {"type": "Pods", "pods": {"metricName": "hits", "targetAverageValue": "2500m"}},
        {"type": "External", "external": {"metricName": "lag", "targetValue": "30"}}])";
    const HorizontalScaler now = read("v2", v2);
    ASSERT_EQ(now.metrics.size(), 4U);
    EXPECT_EQ(now.metrics[1].metric.target, 1024 * 1000);
    EXPECT_EQ(now.metrics[2].metric.target, 2500);
    EXPECT_EQ(now.metrics[3].metric, (hpa::Metric{hpa::MetricSource::external, hpa::TargetKind::value, false, 30'000}));
    EXPECT_EQ(read("v2beta2", v2), now);
    EXPECT_EQ(read("v2beta1", v2beta1), now);
    const HorizontalScaler v1 = read("v1", R"(, "minReplicas": 3, "targetCPUUtilizationPercentage": 60)");
    EXPECT_EQ(v1.autoscaler.least, 3);
    ASSERT_EQ(v1.metrics.size(), 1U);
    EXPECT_EQ(v1.metrics[0].metric.target, 60);
}

// HPA-2: what a behavior leaves out. HPA-12: the tolerance counts from 1.35 on.
TEST(HorizontalAutoscalers, ABehaviorIsFilledIn) {
    const std::string behavior =
        R"(, "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60, "selectPolicy": "Min",
        "tolerance": "0.05", "policies": [{"type": "Pods", "value": 2, "periodSeconds": 30}]}})";
    const HorizontalScaler scaler = read("v2", behavior);
    ASSERT_TRUE(scaler.autoscaler.behavior);
    EXPECT_EQ(scaler.autoscaler.behavior->up, hpa::default_rules_up());
    const hpa::ScalingRules& down = scaler.autoscaler.behavior->down;
    EXPECT_EQ(down.window_us, 60'000'000);
    EXPECT_EQ(down.select, hpa::PolicySelect::min);
    EXPECT_EQ(down.policies, (std::vector<hpa::Policy>{{false, 2, 30'000'000}}));
    EXPECT_EQ(scaler.tolerances.down, 0.1);
    const HorizontalScaler later = read("v2", behavior, {{"cluster.metadata.version", "1.35"}});
    EXPECT_EQ(later.tolerances.down, 0.05);
    EXPECT_EQ(later.tolerances.up, 0.1);
}

TEST(HorizontalAutoscalers, WhatTheApiServerRefusesIsRefused) {
    const auto refused = [&](const std::string& more, Rule rule) {
        const auto scenario = with(autoscaler("v2", more));
        ASSERT_FALSE(scenario.ok()) << more;
        EXPECT_NE(find(scenario.error(), rule), nullptr) << listed(scenario.error());
    };
    refused(R"(, "minReplicas": 10)", Rule::size_order);
    refused(R"(, "minReplicas": 0)", Rule::out_of_range);
    refused(R"(, "metrics": [{"type": "Resource", "resource": {"name": "cpu"}}])", Rule::missing_field);
    refused(
        R"(, "metrics": [{"type": "Resource", "resource": {"name": "gpu", "target": {"type": "Utilization", "averageUtilization": 5}}}])",
        Rule::not_one_of);
    refused(
        R"(, "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "0"}}}])",
        Rule::out_of_range);
    refused(R"(, "behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]}})",
            Rule::out_of_range);
}

TEST(HorizontalAutoscalers, WhatCannotWorkIsToldOf) {
    const auto lost = with(autoscaler("v2", "", "wbe"));
    ASSERT_TRUE(lost.ok()) << listed(lost.error());
    EXPECT_NE(find(lost->warnings, Rule::scaler_without_target), nullptr);
    EXPECT_TRUE(lost->spec->pod_scaling.horizontal.empty());
    const auto blind = with(autoscaler("v2", ""));
    ASSERT_TRUE(blind.ok());
    EXPECT_NE(find(blind->warnings, Rule::usage_not_said), nullptr) << listed(blind->warnings);
    const auto shareless =
        with(autoscaler("v2", ""), {{"behaviour", R"([{"for": "Deployment/shop/web", "usage": {"cpu": "100m"}}])"}});
    ASSERT_TRUE(shareless.ok()) << listed(shareless.error());
    EXPECT_NE(find(shareless->warnings, Rule::scaling_needs_requests), nullptr) << listed(shareless->warnings);
}

// What is said to be read has an effect, and what is said to be ignored has none.
TEST(HorizontalAutoscalers, EachLeafIsUsedOrIgnored) {
    const std::string document = R"({"manifests": [)" + std::string(web) + "," + R"(
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
         "metadata": {"name": "web", "namespace": "shop", "labels": {"a": "b"}},
         "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 2, "maxReplicas": 9, "metrics": [
              {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}},
              {"type": "ContainerResource", "containerResource": {"name": "memory", "container": "web",
                 "target": {"type": "AverageValue", "averageValue": "1Ki"}}}],
            "behavior": {"scaleUp": {"stabilizationWindowSeconds": 10, "selectPolicy": "Min", "tolerance": "0.2",
                           "policies": [{"type": "Pods", "value": 2, "periodSeconds": 30}]}}},
         "status": {"currentReplicas": 3}},
        {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
         "metadata": {"name": "again", "namespace": "shop", "annotations": {"autoscaling.keda.sh/paused": "true"}},
         "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "name": "web"}, "pollingInterval": 10,
            "cooldownPeriod": 20, "initialCooldownPeriod": 5, "minReplicaCount": 1, "maxReplicaCount": 7,
            "fallback": {"failureThreshold": 2, "replicas": 4, "behavior": "currentReplicas"},
            "triggers": [{"type": "memory", "metricType": "AverageValue", "metadata": {"value": "1Gi"}}]}}]})";
    const object_fixture::ReadObjects objects(document, 35);
    ASSERT_TRUE(objects.errors().empty()) << object_fixture::listed(objects.errors());
    EXPECT_EQ(leaf_mutation::used_leaves_without_effect(objects, 35), "");
    EXPECT_EQ(leaf_mutation::ignored_leaves_with_effect(objects, 35), "");
}

// HPA-20
TEST(MetricsServer, ItsResolutionIsThatOfItsArguments) {
    const auto server = [](const std::string& args) {
        return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "metrics-server", "namespace": "kube-system"},
            "spec": {"selector": {"matchLabels": {"k8s-app": "metrics-server"}},
                     "template": {"metadata": {"labels": {"k8s-app": "metrics-server"}}, "spec": {"containers": [
                        {"name": "metrics-server", "image": "registry.k8s.io/metrics-server/metrics-server:v0.8.0", "args": )" +
               args + "}]}}}}";
    };
    const auto resolution = [&](const std::string& args) {
        const auto scenario = with(server(args), {{"cluster.addons", "[]"}});
        EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
        return scenario.ok() ? scenario->spec->pod_scaling.metrics_server.resolution : sim::Duration::zero();
    };
    EXPECT_EQ(resolution(R"(["--metric-resolution=30s"])"), sim::Duration::seconds(30));
    EXPECT_EQ(resolution("[]"), sim::Duration::seconds(60));
    const auto addon = with(autoscaler("v2", ""));
    ASSERT_TRUE(addon.ok());
    EXPECT_EQ(addon->spec->pod_scaling.metrics_server.resolution, sim::Duration::seconds(15));
    const auto hasty = with(server(R"(["--metric-resolution=5s"])"), {{"cluster.addons", "[]"}});
    ASSERT_FALSE(hasty.ok());
    EXPECT_NE(find(hasty.error(), Rule::out_of_range), nullptr);
}

// KEDA-1, KEDA-5
TEST(ScaledObjects, HaveTheirDefaultsAndAnAutoscaler) {
    const auto scenario =
        with(R"({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": {"scaleTargetRef": {"name": "web"}, "triggers": [
            {"type": "kafka", "metadata": {"bootstrapServers": "b:9092", "topic": "orders", "consumerGroup": "web"}},
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}}]}})",
             {{"traffic", R"([{"to": "Queue/orders", "rate": "1/s", "work": "1s"}])"},
              {"customMetrics", R"([{"name": "orders", "means": "queueLength", "partitions": 12}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const PodScaling& scaling = scenario->spec->pod_scaling;
    ASSERT_EQ(scaling.objects.size(), 1U);
    const Scaled& scaled = scaling.objects[0];
    EXPECT_EQ(scaled.polling_interval, sim::Duration::seconds(30));
    EXPECT_EQ(scaled.object.cooldown_us, 300'000'000);
    EXPECT_EQ(scaled.object.least, 0);
    EXPECT_EQ(scaled.object.most, 100);
    ASSERT_EQ(scaled.triggers.size(), 2U);
    EXPECT_EQ(scaled.triggers[0].metric.target, 10'000);
    EXPECT_EQ(scaled.triggers[0].feed.kind, FeedKind::queue);
    EXPECT_EQ(scaled.triggers[0].feed.partitions, 12);
    ASSERT_EQ(scaling.horizontal.size(), 1U);
    EXPECT_EQ(scaling.horizontal[0].name, "keda-hpa-web");
    EXPECT_EQ(scaling.horizontal[0].autoscaler.least, 1);
    EXPECT_EQ(scaling.horizontal[0].autoscaler.metrics,
              (std::vector{hpa::MetricSource::external, hpa::MetricSource::resource}));
}

TEST(CustomMetrics, RefuseWhatMakesNoSense) {
    const auto refused = [&](const std::string& entry, Rule rule) {
        const auto scenario = with(autoscaler("v2", ""), {{"customMetrics", "[" + entry + "]"}});
        ASSERT_FALSE(scenario.ok()) << entry;
        EXPECT_NE(find(scenario.error(), rule), nullptr) << listed(scenario.error());
    };
    refused(R"({"name": "a"})", Rule::missing_field);
    refused(R"({"name": "a", "means": "happiness"})", Rule::not_one_of);
    refused(R"({"name": "a", "means": "queueLength", "of": "Queue/orders"})", Rule::matches_nothing);
    refused(R"({"name": "a", "means": "requestsPerSecond", "of": "Deployment/shop/web"})", Rule::matches_nothing);
    refused(R"({"name": "a", "means": "queueLength", "window": "1m"})", Rule::contradictory_fields);
    refused(R"({"name": "a", "means": "requestsPerSecond", "late": "1m"})", Rule::unknown_field);
    const auto idle = with(autoscaler("v2", ""), {{"customMetrics", R"([{"name": "a", "means": "queueLength"}])"}});
    ASSERT_TRUE(idle.ok()) << listed(idle.error());
    EXPECT_NE(find(idle->warnings, Rule::unused_setting), nullptr);
}

}  // namespace
}  // namespace eks
