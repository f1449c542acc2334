// HorizontalPodAutoscalers in a run: metrics-server, the controller's loop, what becomes of the decision. Expected
// values come from the rules and from closed forms, not from the model.
#include "models/metrics/summary.hpp"
#include "models/planning/experiment.hpp"
#include "tests/support/scale_watch.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace eks::testing {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;

// Two pods of web, half a core requested each; requests of 10 ms of CPU time.
std::string web(const std::string& replicas = "2") {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
               "spec": {"replicas": )" +
           replicas + R"(, "selector": {"matchLabels": {"app": "web"}},
                        "template": {"metadata": {"labels": {"app": "web"}},
                                     "spec": {"containers": [{"name": "web", "image": "nginx:1.27",
                                        "resources": {"requests": {"cpu": "500m", "memory": "64Mi"}}}]}}}})";
}

std::string autoscaler(const std::string& more = "", const std::string& name = "web") {
    return R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
               "metadata": {"name": ")" +
           name + R"(", "namespace": "shop"},
               "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                        "minReplicas": 2, "maxReplicas": 20)" +
           (more.empty() ? R"(, "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                              "target": {"type": "Utilization", "averageUtilization": 50}}}])"
                         : more) +
           "}}";
}

constexpr std::string_view with_metrics_server = R"([{"name": "metrics-server"}])";

Scenario scenario_of(const std::string& manifests, const std::string& rate, const Changes& more = {}) {
    Changes changes{
        {"cluster.addons", std::string(with_metrics_server)},
        {"manifests", "[" + manifests + "]"},
        {"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"}])"},
        {"timeline", "[]"},
        {"expect", "[]"},
        {"traffic", R"([{"to": "Deployment/shop/web", "rate": )" + rate + R"(, "request": {"cpu": "10ms"}}])"}};
    changes.insert(changes.end(), more.begin(), more.end());
    auto scenario = scenario_test::load(changes);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return *scenario;
}

ScaleWatch watched(const Scenario& scenario, sim::Duration until, std::uint32_t replication = 0) {
    ScaleWatch watch;
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, replication}, watch);
    run.until_traced(until, watch);
    return watch;
}

std::int32_t replicas_after(const ScaleWatch& watch, std::int32_t before) {
    for (const ScaleWatch::Step& step : watch.replicas) before += step.change;
    return before;
}

constexpr std::int64_t step_at = 300;  // seconds
const std::string step = R"({"steps": {"0s": "40/s", "300s": "150/s"}})";

// HPA-22: 0.4 cores over two pods is 40 % of their requests, 1.5 cores 150 %. A scrape shows the mean over its window
// of 15 s, and beyond 55 % (whole per cent, tolerance 0.1) the controller acts: so 2.2 s to 17.2 s pass until a scrape
// shows enough, evenly spread, and then 0 s to 15.05 s until the controller looks.
TEST(HorizontalAutoscaling, AStepIsActedOnAsLateAsTheScrapeAndTheSyncMakeIt) {
    const Scenario scenario = scenario_of(web() + "," + autoscaler(), step);
    constexpr std::uint32_t runs = 200;
    constexpr double first_share = (0.28 - 0.2) / (0.75 - 0.2);  // of the window
    double sum = 0;
    for (std::uint32_t r = 0; r < runs; ++r) {
        const ScaleWatch watch = watched(scenario, sim::Duration::seconds(step_at + 60), r);
        ASSERT_FALSE(watch.rescales.empty());
        const double late = watch.rescales.front().at.since_origin().in_seconds() - step_at;
        EXPECT_GE(late, 15 * first_share - 0.05);
        EXPECT_LE(late, 15 * (1 + first_share) + 0.1 + 15.1);
        sum += late;
    }
    const double mean = 15 * first_share + 7.5 + 0.02 + 7.53;
    const double deviation = std::sqrt((15.0 * 15.0 + 15.05 * 15.05) / 12 / runs);
    EXPECT_NEAR(sum / runs, mean, 4 * deviation);
}

// HPA-8, HPA-9, HPA-14: ceil(1.5 cores / 0.25 cores) = 6 pods, the first step held at max(2 x 2, 4).
TEST(HorizontalAutoscaling, GrowsByDoublingToWhatTheLoadNeeds) {
    const ScaleWatch watch =
        watched(scenario_of(web() + "," + autoscaler(), step), sim::Duration::seconds(step_at + 600));
    EXPECT_EQ(replicas_after(watch, 2), 6);
    ASSERT_GE(watch.rescales.size(), 2U);
    EXPECT_LE(watch.rescales.front().change, 2);
    // HPA-1: looks are a sync period and the controller's own work apart.
    const sim::Duration between = watch.rescales[1].at - watch.rescales[0].at;
    EXPECT_GT(between, sim::Duration::seconds(15));
    EXPECT_LT(between, sim::Duration::milliseconds(15'100));
}

// HPA-1: each object has a period of its own, a little longer than 15 s, and a new one waits for its first look.
TEST(HorizontalAutoscaling, LooksComeAtAPeriodAndTheWorkItTakes) {
    const ScaleWatch settled =
        watched(scenario_of(web() + "," + autoscaler(), R"("40/s")"), sim::Duration::seconds(300));
    EXPECT_GE(settled.syncs, 19U);
    EXPECT_LE(settled.syncs, 20U);
    const auto first_step = [](const std::string& version) {
        const Scenario scenario = scenario_of(web("1") + "," + autoscaler(), R"("40/s")",
                                              {{"run.opening", "empty"}, {"cluster.metadata.version", version}});
        const ScaleWatch watch = watched(scenario, sim::Duration::seconds(60));
        return watch.rescales.empty() ? sim::Time::never() : watch.rescales.front().at;
    };
    EXPECT_EQ(first_step("1.36"), sim::Time::at(sim::Duration::seconds(15)));
    EXPECT_EQ(first_step("1.37"), sim::Time::origin());
}

// HPA-14: the highest recommendation of the last five minutes holds. The scrape in which the load changes may show some
// of either, so that there may be a step between.
TEST(HorizontalAutoscaling, ShrinksFiveMinutesAfterTheLoadIsGone) {
    const Scenario scenario =
        scenario_of(web("6") + "," + autoscaler(), R"({"steps": {"0s": "150/s", "600s": "40/s"}})");
    const ScaleWatch watch = watched(scenario, sim::Duration::seconds(1200));
    EXPECT_EQ(replicas_after(watch, 6), 2);
    ASSERT_FALSE(watch.rescales.empty());
    ASSERT_LE(watch.rescales.size(), 2U);
    for (const ScaleWatch::Step& each : watch.rescales) {
        EXPECT_LT(each.change, 0);
        const double late = each.at.since_origin().in_seconds() - 600;
        EXPECT_GT(late, 300 - 15.1);
        EXPECT_LT(late, 300 + 3 * 15.1 + 0.1);
    }
}

// HPA-16: one pod each two minutes.
TEST(HorizontalAutoscaling, KeepsToTheRatesOfItsBehavior) {
    const std::string slow = R"(, "metrics": [{"type": "Resource", "resource": {"name": "cpu",
        "target": {"type": "Utilization", "averageUtilization": 50}}}],
        "behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}]}})";
    const ScaleWatch watch =
        watched(scenario_of(web() + "," + autoscaler(slow), step), sim::Duration::seconds(step_at + 900));
    ASSERT_EQ(watch.rescales.size(), 4U);
    for (std::size_t i = 0; i < watch.rescales.size(); ++i) {
        EXPECT_EQ(watch.rescales[i].change, 1);
        if (i == 0) continue;
        const sim::Duration between = watch.rescales[i].at - watch.rescales[i - 1].at;
        EXPECT_GE(between, sim::Duration::seconds(120));
        EXPECT_LT(between, sim::Duration::milliseconds(120'000 + 15'100));
    }
}

// HPA-13, HPA-20: nobody measures, nothing is scaled, and the user is told so.
TEST(HorizontalAutoscaling, NeedsAMetricsServer) {
    const Scenario scenario =
        scenario_of(web() + "," + autoscaler(), step, {{"cluster.addons", "[]"}, {"run.for", "20m"}});
    ASSERT_NE(find(scenario.warnings, Rule::no_metrics_server), nullptr) << listed(scenario.warnings);
    EXPECT_TRUE(watched(scenario, sim::Duration::seconds(1200)).rescales.empty());
    const auto metrics = run_experiment(scenario, *plan_metrics(scenario)).metrics;
    bool is_shown = false;
    for (const MetricSummary& metric : metrics) {
        if (metric.metric->name != "kube_horizontalpodautoscaler_status_condition") continue;
        for (const SeriesSummary& series : metric.series) {
            const auto has = [&](const std::string& value) {
                return std::ranges::any_of(series.labels, [&](const auto& label) { return label.second == value; });
            };
            if (has("ScalingActive") && has("false")) is_shown = *series.last == 1.0;
        }
    }
    EXPECT_TRUE(is_shown);
    // With its own pod nowhere to be placed it answers no more than without one.
    const Scenario unplaced =
        scenario_of(web() + "," + autoscaler(), step,
                    {{"cluster.addons",
                      R"([{"name": "metrics-server", "configurationValues": {"nodeSelector": {"no": "such"}}}])"}});
    EXPECT_EQ(find(unplaced.warnings, Rule::no_metrics_server), nullptr);
    EXPECT_TRUE(watched(unplaced, sim::Duration::seconds(1200)).rescales.empty());
}

// HPA-3
TEST(HorizontalAutoscaling, TwoOfTheSamePodsScaleNothing) {
    const Scenario scenario = scenario_of(web() + "," + autoscaler() + "," + autoscaler("", "again"), step);
    EXPECT_NE(find(scenario.warnings, Rule::scalers_of_same_pods), nullptr) << listed(scenario.warnings);
    EXPECT_TRUE(watched(scenario, sim::Duration::seconds(1200)).rescales.empty());
}

// HPA-3: a size outside of the bounds is mended without a look at any metric.
TEST(HorizontalAutoscaling, BoundsHoldWithoutMetrics) {
    const Scenario scenario = scenario_of(web("1") + "," + autoscaler(), R"("40/s")", {{"cluster.addons", "[]"}});
    const ScaleWatch watch = watched(scenario, sim::Duration::seconds(60));
    ASSERT_EQ(watch.rescales.size(), 1U);
    EXPECT_EQ(watch.rescales.front().change, 1);
}

// HPA-7: requests a second of a pod, by an adapter.
TEST(HorizontalAutoscaling, GoesByRequestsPerPod) {
    const std::string pods = R"(, "metrics": [{"type": "Pods", "pods": {"metric": {"name": "http_requests_per_second"},
        "target": {"type": "AverageValue", "averageValue": "25"}}}])";
    const Scenario scenario = scenario_of(web() + "," + autoscaler(pods), step);
    EXPECT_NE(scenario_test::assumed(scenario, "customMetrics: how late an adapter answers"), nullptr);
    // The rate over a minute of the old pods is taken times the number of all: it may overshoot, for five minutes.
    const ScaleWatch watch = watched(scenario, sim::Duration::seconds(step_at + 1200));
    EXPECT_EQ(replicas_after(watch, 2), 6);  // 150 / 25
}

// HPA-11: messages of a queue for each worker.
TEST(HorizontalAutoscaling, GoesByTheLengthOfAQueue) {
    const std::string external = R"(, "metrics": [{"type": "External", "external": {
        "metric": {"name": "sqs_messages_visible", "selector": {"matchLabels": {"queue": "orders"}}},
        "target": {"type": "AverageValue", "averageValue": "100"}}}])";
    const Scenario scenario = scenario_of(web() + "," + autoscaler(external), R"("40/s")",
                                          {{"traffic", R"([{"to": "Queue/orders", "rate": "1/s", "work": "5s"}])"}});
    // Nobody takes messages: there are 1,800 after half an hour.
    const ScaleWatch watch = watched(scenario, sim::Duration::seconds(1800));
    const std::int32_t replicas = replicas_after(watch, 2);
    EXPECT_GE(replicas, 16);  // of what there was within the last minute, and a tolerance of a tenth
    EXPECT_LE(replicas, 18);
}

// INC-25, HPA-8: the ratio is taken times all ready pods, so that those of a surge are multiplied too. Eight pods at 50
// % of their requests, then at 56 %: the first step is to ceil(1.12 x 8) = 9 without a rollout; with two pods of the
// new revision beside them, that have to stay ready for two minutes, to ceil(1.12 x 10) = 12.
TEST(HorizontalAutoscaling, ASurgeIsMultipliedToo) {
    const std::string slow_rollout = R"([{"target": "Deployment/shop/web", "merge": {"spec": {"minReadySeconds": 120,
        "strategy": {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}}}}])";
    const std::string usage = R"([{"for": "Deployment/shop/web", "ready": "5s", "usage": {"trace": {
        "columns": ["seconds", "cpu"], "points": [[0, 0.25], [1040, 0.28]]}}}])";
    const auto first_step_after = [&](const std::string& timeline) {
        const Scenario scenario =
            scenario_of(web("8") + "," + autoscaler(), R"("40/s")",
                        {{"patches", slow_rollout}, {"behaviour", usage}, {"timeline", timeline}, {"traffic", "[]"}});
        const ScaleWatch watch = watched(scenario, sim::Duration::seconds(1100));
        return watch.rescales.empty() ? 0 : watch.rescales.front().change;
    };
    EXPECT_EQ(first_step_after("[]"), 9 - 8);
    EXPECT_EQ(first_step_after(R"([{"at": "1000s", "apply": "Deployment/shop/web", "image": {"web": "nginx:1.28"}}])"),
              12 - 8);
}

TEST(HorizontalAutoscaling, AMetricThatNobodyKnowsIsToldOf) {
    const std::string unknown = R"(, "metrics": [{"type": "Object", "object": {"metric": {"name": "happiness"},
        "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "web"},
        "target": {"type": "Value", "value": "10"}}}])";
    const Scenario scenario = scenario_of(web() + "," + autoscaler(unknown), step);
    EXPECT_NE(find(scenario.warnings, Rule::unknown_custom_metric), nullptr) << listed(scenario.warnings);
    EXPECT_TRUE(watched(scenario, sim::Duration::seconds(900)).rescales.empty());
    const Scenario known = scenario_of(web() + "," + autoscaler(unknown), step,
                                       {{"customMetrics", R"([{"name": "happiness", "means": "requestsPerSecond",
                                           "of": "Deployment/shop/web", "delay": "0s", "window": "0s"}])"}});
    EXPECT_EQ(find(known.warnings, Rule::unknown_custom_metric), nullptr) << listed(known.warnings);
    EXPECT_FALSE(watched(known, sim::Duration::seconds(60)).rescales.empty());
}

// The loop sleeps while it would find the same: what it does must be as if it had never slept.
TEST(HorizontalAutoscaling, SleepsWithoutMissingAnything) {
    const Scenario scenario = scenario_of(
        web() + "," + autoscaler(),
        R"({"steps": {"0s": "40/s", "2400s": "150/s", "3000s": "60/s", "5400s": "150/s", "7000s": "40/s"}})");
    ScaleWatch asleep;
    ScaleWatch awake;
    eks::Run sleeper(scenario.spec, plan_metrics(*scenario.spec), {7, 0}, asleep);
    eks::Run watcher(scenario.spec, plan_metrics(*scenario.spec), {7, 0}, awake);
    for (std::int64_t seconds = 7; seconds < 9000; seconds += 7) {
        sleeper.until_traced(sim::Duration::seconds(seconds), asleep);
        watcher.until_traced(sim::Duration::seconds(seconds), awake);
        // Sets the size that there is: nothing but a reason to look.
        TimelineAction nudge;
        for (std::size_t i = 0; i < scenario.spec->workloads.size(); ++i) {
            if (scenario.spec->workloads[i].name == "web") nudge.workload = WorkloadIx::of(i);
        }
        nudge.replicas = watcher.world()[nudge.workload].desired;
        watcher.apply(nudge);
    }
    EXPECT_GE(asleep.rescales.size(), 4U);
    EXPECT_EQ(asleep.rescales, awake.rescales);
    EXPECT_GT(awake.syncs, 590U);  // every 15 s
    EXPECT_LT(asleep.syncs, awake.syncs - 50);
}

}  // namespace
}  // namespace eks::testing
