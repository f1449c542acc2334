// What ScaledObjects and ScaledJobs say beyond their defaults: formulas, tolerances, whose lag counts, which pods are
// pending.
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;

const Changes queues{
    {"traffic",
     R"([{"to": "Queue/orders", "rate": "1/s", "work": "1s"}, {"to": "Queue/mails", "rate": "1/s", "work": "1s"}])"},
    {"customMetrics", R"([{"name": "orders", "means": "queueLength", "partitions": 12}])"}};

sim::Result<Scenario, Complaints> with(const std::string& manifest, Changes more = queues) {
    more.emplace_back("behaviour", "[]");
    more.emplace_back("manifests[1]", manifest);
    return scenario_test::load(more);
}

std::string queue(const std::string& name, const std::string& queue_name) {
    return R"({"type": "rabbitmq", "name": ")" + name + R"(", "metadata": {"queueName": ")" + queue_name +
           R"(", "value": "7"}})";
}

std::string object(const std::string& rest, const std::string& triggers) {
    return R"({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "web", "namespace": "shop"},
               "spec": {"scaleTargetRef": {"name": "web"})" +
           rest + R"(, "triggers": [)" + triggers + "]}}";
}

std::string modifiers(const std::string& said) { return R"(, "advanced": {"scalingModifiers": )" + said + "}"; }

const std::string two = queue("orders", "orders") + "," + queue("mails", "mails");
const std::string cpu = R"({"type": "cpu", "name": "busy", "metricType": "Utilization", "metadata": {"value": "60"}})";

// A formula, and the status, could not tell them apart.
TEST(KedaObjects, TwoTriggersHaveTwoNames) {
    const auto twice = with(object("", queue("orders", "orders") + "," + queue("orders", "mails")));
    ASSERT_FALSE(twice.ok());
    EXPECT_NE(scenario_test::find(twice.error(), Rule::duplicate_name), nullptr);
    EXPECT_TRUE(with(object("", two)).ok());
}

// KEDA-2: one external metric in the place of all, and those of CPU and memory beside it.
TEST(ScalingModifiers, MakeOneMetricOfAllTriggers) {
    const auto scenario = with(object(
        modifiers(
            R"({"formula": "(orders + mails) / 2", "target": "2.5", "activationTarget": "4", "metricType": "Value"})"),
        cpu + "," + two));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const PodScaling& scaling = scenario->spec->pod_scaling;
    ASSERT_TRUE(scaling.objects[0].object.composite);
    EXPECT_EQ(scaling.objects[0].object.composite->activation_milli, 4000);
    const HorizontalScaler& scaler = scaling.horizontal[0];
    ASSERT_EQ(scaler.metrics.size(), 2U);
    EXPECT_EQ(scaler.metrics[0].name, "composite-metric");
    EXPECT_EQ(scaler.metrics[0].metric.target, 2500);
    EXPECT_EQ(scaler.metrics[0].metric.target_kind, hpa::TargetKind::value);
    EXPECT_EQ(scaler.metrics[1].name, "cpu");
}

TEST(ScalingModifiers, WrongOnesAreRefused) {
    const auto refused = [](const std::string& said, Rule rule, const std::string& rest = "") {
        const auto scenario = with(object(rest + modifiers(said), cpu + "," + two));
        ASSERT_FALSE(scenario.ok()) << said;
        EXPECT_NE(find(scenario.error(), rule), nullptr) << said << listed(scenario.error());
    };
    refused(R"({"formula": "orders + mail", "target": "2"})", Rule::bad_scaling_formula);
    refused(R"({"formula": "orders + busy", "target": "2"})", Rule::bad_scaling_formula);
    refused(R"({"formula": "orders > 2", "target": "2"})", Rule::bad_scaling_formula);
    refused(R"({"formula": "orders"})", Rule::missing_field);
    refused(R"({"target": "2"})", Rule::missing_field);
    refused(R"({"formula": "orders", "target": "0"})", Rule::out_of_range);
    refused(R"({"formula": "orders", "target": "2", "metricType": "Utilization"})", Rule::not_one_of);
    // KEDA-8: KEDA reads the target as a whole number then, and gives the fallback up.
    refused(R"({"formula": "orders", "target": "2.5"})", Rule::contradictory_fields,
            R"(, "fallback": {"failureThreshold": 3, "replicas": 6})");
}

// HPA-12, KEDA-5: of its behavior, as in any other HorizontalPodAutoscaler; the API server drops them before 1.35.
TEST(ScaledObjects, HandTheirTolerancesOn) {
    const std::string behavior = R"(, "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {
        "scaleUp": {"tolerance": "0.3"}, "scaleDown": {"tolerance": "50m"}}}})";
    for (const auto& [version, up, down] : {std::tuple{"1.34", 0.1, 0.1}, std::tuple{"1.35", 0.3, 0.05}}) {
        Changes changes = queues;
        changes.emplace_back("cluster.metadata.version", std::string("\"") + version + "\"");
        const auto scenario = with(object(behavior, two), changes);
        ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
        EXPECT_DOUBLE_EQ(scenario->spec->pod_scaling.horizontal[0].tolerances.up, up);
        EXPECT_DOUBLE_EQ(scenario->spec->pod_scaling.horizontal[0].tolerances.down, down);
    }
}

// KEDA-9
TEST(ScaledObjects, SayWhoseLagCounts) {
    const auto kafka = [](const std::string& more) {
        return object("", R"({"type": "kafka", "metadata": {"consumerGroup": "web")" + more + "}}");
    };
    const auto idle = with(kafka(R"(, "topic": "orders", "allowIdleConsumers": "true")"));
    ASSERT_TRUE(idle.ok()) << listed(idle.error());
    EXPECT_TRUE(idle->spec->pod_scaling.objects[0].triggers[0].feed.allows_idle_consumers);
    const auto lagging = with(kafka(R"(, "topic": "orders", "limitToPartitionsWithLag": "true")"));
    ASSERT_TRUE(lagging.ok()) << listed(lagging.error());
    EXPECT_TRUE(lagging->spec->pod_scaling.objects[0].triggers[0].feed.is_limited_to_partitions_with_lag);
    const auto both =
        with(kafka(R"(, "topic": "orders", "allowIdleConsumers": "true", "limitToPartitionsWithLag": "true")"));
    ASSERT_FALSE(both.ok());
    EXPECT_NE(find(both.error(), Rule::contradictory_fields), nullptr) << listed(both.error());
    EXPECT_FALSE(with(kafka(R"(, "limitToPartitionsWithLag": "true")")).ok());
}

// KEDA-21: with a condition named twice KEDA never counts enough of them.
TEST(ScaledJobs, SayWhichOfTheirPodsArePending) {
    const auto conditions = [](const std::string& list) {
        return with(
            R"({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledJob", "metadata": {"name": "sums", "namespace": "shop"},
            "spec": {"jobTargetRef": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "sum",
            "image": "sum:1"}]}}}, "scalingStrategy": {"strategy": "accurate", "pendingPodConditions": )" +
            list + R"(}, "triggers": [)" + queue("orders", "orders") + "]}}");
    };
    using keda::PodCondition;
    const auto known = conditions(R"(["Ready", "PodScheduled"])");
    ASSERT_TRUE(known.ok()) << listed(known.error());
    EXPECT_EQ(known->spec->pod_scaling.objects[0].job.pending_conditions,
              (std::vector{PodCondition::ready, PodCondition::scheduled}));
    const auto twice = conditions(R"(["Ready", "Ready"])");
    ASSERT_TRUE(twice.ok()) << listed(twice.error());
    EXPECT_EQ(twice->spec->pod_scaling.objects[0].job.pending_conditions,
              (std::vector{PodCondition::ready, PodCondition::unknown}));
    const auto own = conditions(R"(["shop.example/licensed"])");
    ASSERT_TRUE(own.ok()) << listed(own.error());
    EXPECT_NE(find(own->warnings, Rule::matches_nothing), nullptr) << listed(own->warnings);
}

}  // namespace
}  // namespace eks
