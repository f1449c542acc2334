// The section `traffic` in a run: rates over time, pods as queues, calls onward, retries, queues of messages. Expected
// values come from closed forms (M/M/1, integrals of rates), not from the model.
#include "models/metrics/summary.hpp"
#include "models/planning/experiment.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks::testing {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;

// The small scenario without its timeline: two pods of web with a limit of one core each, two hours, of which the first
// ten minutes do not count.
constexpr double counted_seconds = 7200.0 - 600.0;

Changes with(const std::string& traffic, const Changes& more = {}) {
    Changes changes{{"timeline", "[]"},
                    {"behaviour[0]", R"({"for": "Deployment/shop/web", "ready": "5s"})"},
                    {"manifests[0].spec.template.spec.containers[0].resources.limits", R"({"cpu": "1"})"},
                    {"traffic", traffic}};
    changes.insert(changes.end(), more.begin(), more.end());
    return changes;
}

std::vector<MetricSummary> metrics_of(const std::string& traffic, const Changes& more = {}) {
    const auto scenario = scenario_test::load(with(traffic, more));
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    if (!scenario.ok()) return {};
    return run_experiment(*scenario, *plan_metrics(*scenario)).metrics;
}

SeriesSummary series(const std::vector<MetricSummary>& metrics, std::string_view name) {
    for (const MetricSummary& summary : metrics) {
        if (summary.metric->name == name && !summary.series.empty()) return summary.series.front();
    }
    ADD_FAILURE() << "no series of " << name;
    return {};
}

TEST(Traffic, APodIsAnMm1) {
    // 100 requests a second over two pods of a core, 10 ms each: half busy, 1/(100 - 50) s in the pod.
    const auto metrics =
        metrics_of(R"([{"to": "Deployment/shop/web", "rate": "100/s", "request": {"cpu": "10ms", "memory": "1Mi"}}])");
    EXPECT_DOUBLE_EQ(*series(metrics, "ekssim_requests_per_second").mean, 100);
    EXPECT_DOUBLE_EQ(*series(metrics, "ekssim_requests_total").total, 100 * counted_seconds);
    EXPECT_DOUBLE_EQ(*series(metrics, "ekssim_request_seconds").mean, 0.020);
    EXPECT_DOUBLE_EQ(*series(metrics, "ekssim_cpu_usage_cores").mean, 1.0);
    // Little's law: 50 a second, 20 ms each, make one request under way in each pod.
    EXPECT_NEAR(*series(metrics, "container_memory_working_set_bytes").mean, 2.0 * 1024 * 1024, 4);
}

TEST(Traffic, WhatIsBeyondTheLimitFails) {
    // 300 a second where 200 can be answered.
    const auto metrics = metrics_of(R"([{"to": "Deployment/shop/web", "rate": "300/s", "request": {"cpu": "10ms"}}])");
    EXPECT_NEAR(*series(metrics, "ekssim_requests_failed_share").mean, 1.0 / 3, 1e-6);
    EXPECT_DOUBLE_EQ(*series(metrics, "ekssim_cpu_usage_cores").mean, 2.0);
}

TEST(Traffic, RetriesMakeAnOverloadWorse) {
    // Sent again once, x(1 + f) with f = 1 - 200/(x(1 + f)): for x = 300 the load is 300 + 300 f = 300 (1 + f), so
    // (1 + f)(1 - f) = 2/3 and f = 1/sqrt(3); a request fails for good if both tries do.
    const auto metrics =
        metrics_of(R"([{"to": "Deployment/shop/web", "rate": "300/s", "request": {"cpu": "10ms", "retries": 1}}])");
    EXPECT_NEAR(*series(metrics, "ekssim_requests_failed_share").mean, 1.0 / 3, 1e-4);
    EXPECT_NEAR(*series(metrics, "ekssim_requests_per_second").mean, 300 * (1 + 0.57735), 1);
}

TEST(Traffic, StepsAndSinesAreIntegratedOverTime) {
    const auto steps = metrics_of(
        R"([{"to": "Deployment/shop/web", "rate": {"steps": {"0s": "10/s", "1h": "40/s"}}, "request": {"cpu": "1ms"}}])");
    EXPECT_DOUBLE_EQ(*series(steps, "ekssim_requests_total").total, 10 * 3000 + 40 * 3600);
    // Two whole periods but for the first ten minutes: of the sine over those, 1000 * 1800/pi * (1 - cos(60 degrees)).
    const auto sine = metrics_of(R"([{"to": "Deployment/shop/web", "request": {"cpu": "1us"},
        "rate": {"sine": {"mean": "2000/s", "amplitude": "1000/s", "period": "1h"}}}])");
    const double left_out = 2000.0 * 600 + 1000.0 * 1800 / 3.14159265358979 * 0.5;
    EXPECT_NEAR(*series(sine, "ekssim_requests_total").total, 2000.0 * 7200 - left_out, 3600);  // rates are whole
    EXPECT_NEAR(*series(sine, "ekssim_requests_per_second").max, 3000, 2);
    EXPECT_NEAR(*series(sine, "ekssim_requests_per_second").min, 1000, 2);
}

TEST(Traffic, CallsGoOnWithWhatIsAnswered) {
    const auto deployment = [](const std::string& name, const std::string& limits) {
        return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": ")" + name +
               R"(", "namespace": "shop"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"app": ")" + name +
               R"("}}, "template": {"metadata": {"labels": {"app": ")" + name +
               R"("}}, "spec": {"containers": [{"name": "main", "image": "main:1", "resources": {"requests": {"cpu": "100m"})" +
               limits + "}}]}}}}";
    };
    const std::string service =
        R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "pay", "namespace": "shop"},
            "spec": {"selector": {"app": "pay"}, "ports": [{"port": 80}]}})";
    auto scenario =
        scenario_test::load({{"manifests", "[" + deployment("web", R"(, "limits": {"cpu": "1"})") + "," +
                                               deployment("pay", "") + "," + service + "]"},
                             {"behaviour", "[]"},
                             {"timeline", "[]"},
                             {"traffic", R"([{"to": "Deployment/shop/web", "rate": "300/s", "request": {"cpu": "10ms"}},
            {"from": "Deployment/shop/web", "to": "Service/shop/pay", "perRequest": 0.5, "request": {"cpu": "1ms"}}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const auto metrics = run_experiment(*scenario, *plan_metrics(*scenario)).metrics;
    for (const MetricSummary& summary : metrics) {
        if (summary.metric->name != "ekssim_requests_per_second") continue;
        ASSERT_EQ(summary.series.size(), 2U);
        EXPECT_DOUBLE_EQ(*summary.series[0].mean, 300);
        EXPECT_DOUBLE_EQ(*summary.series[1].mean, 100);  // half of the 200 that are answered
    }
}

TEST(Traffic, AQueueGrowsByWhatIsNotWorkedOff) {
    // Two workers, 5 s a message, one at a time: 0.4 a second of 1 that comes.
    const auto metrics = metrics_of(
        R"([{"to": "Queue/orders", "rate": "1/s", "work": "5s", "workers": "Deployment/shop/web", "request": {"cpu": "1s"}}])");
    EXPECT_NEAR(*series(metrics, "ekssim_queue_messages").last, 0.6 * 7200, 7);
    EXPECT_NEAR(*series(metrics, "ekssim_cpu_usage_cores").mean, 0.4, 1e-3);
}

TEST(Traffic, AQueueWithoutWorkersOnlyGrows) {
    const auto metrics = metrics_of(R"([{"to": "Queue/orders", "rate": "1/s", "work": "5s"}])");
    EXPECT_NEAR(*series(metrics, "ekssim_queue_messages").last, 7200, 11);
}

TEST(Traffic, SeldomMeansSeldomHoweverItIsWritten) {
    const auto of = [](const char* rate) {
        const auto scenario =
            scenario_test::load(with(std::string(R"([{"to": "Deployment/shop/web", "rate": ")") + rate + R"("}])"));
        EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
        return scenario->spec->traffic.classes.front().rate.points.front().per_second;
    };
    EXPECT_DOUBLE_EQ(of("5/h"), 5.0 / 3600);
    EXPECT_DOUBLE_EQ(of("1/min"), 1.0 / 60);
}

TEST(Traffic, ACircleOfCallsSettlesAtItsGeometricSum) {
    // Each request asks for 0.99 of another: 1/(1 - 0.99) times the rate from outside.
    const auto metrics = metrics_of(
        R"([{"to": "Deployment/shop/web", "rate": "10/s"},
            {"from": "Deployment/shop/web", "to": "Deployment/shop/web", "perRequest": 0.99}])");
    EXPECT_DOUBLE_EQ(*series(metrics, "ekssim_requests_per_second").mean, 1000);
}

TEST(Traffic, ALargerLimitIsMoreCapacity) {
    // 150 a second at 10 ms over two pods of half a core, which can answer 100; from one hour on of two cores.
    const auto metrics = metrics_of(
        R"([{"to": "Deployment/shop/web", "rate": "150/s", "request": {"cpu": "10ms"}}])",
        {{"manifests[0].spec.template.spec.containers[0].resources.limits", R"({"cpu": "500m"})"},
         {"timeline", R"([{"at": "1h", "apply": "Deployment/shop/web", "resources": {"limits": {"cpu": "2"}}}])"}});
    const SeriesSummary failing = series(metrics, "ekssim_requests_failed_share");
    EXPECT_NEAR(*failing.max, 1.0 / 3, 1e-5);
    EXPECT_DOUBLE_EQ(*failing.last, 0);
}

TEST(Traffic, PodsThatBecomeReadyUseTheirMemory) {
    // Each needs more than its limit as soon as it serves: its container is killed for it, again and again.
    const auto metrics = metrics_of(
        R"([{"to": "Deployment/shop/web", "rate": "1/s", "idle": {"memory": "2Gi"}}])",
        {{"manifests[0].spec.template.spec.containers[0].resources.limits", R"({"cpu": "1", "memory": "1Gi"})"}});
    EXPECT_GT(*series(metrics, "kube_pod_container_status_restarts_total").total, 0);
}

TEST(Traffic, APodOnADeadMachineAnswersNothingThoughItIsShownAsReady) {
    // NODE-2: for some forty seconds half the requests go to it.
    const auto metrics = metrics_of(
        R"([{"to": "Deployment/shop/web", "rate": "10/s", "request": {"cpu": "1ms"}}])",
        {{"timeline", R"([{"at": "1h", "for": "20m", "fault": "node-down", "nodeGroup": "workers", "node": 0},
                          {"at": "1h", "for": "20m", "fault": "node-down", "nodeGroup": "workers", "node": 1},
                          {"at": "1h", "for": "20m", "fault": "node-down", "nodeGroup": "workers", "node": 2}])"}});
    EXPECT_DOUBLE_EQ(*series(metrics, "ekssim_requests_failed_share").max, 1);
}

TEST(Traffic, AQueueRunsEmptyAtTheInstantThatArithmeticSays) {
    // 1 a second for ten minutes, then nothing: 0.6 * 600 messages are worked off at 0.4 a second, in 900 s.
    const auto metrics = metrics_of(
        R"([{"to": "Queue/orders", "rate": {"steps": {"0s": "1/s", "10m": "0/s"}}, "work": "5s",
             "workers": "Deployment/shop/web", "request": {"cpu": "1s"}}])");
    const SeriesSummary length = series(metrics, "ekssim_queue_messages");
    EXPECT_NEAR(*length.max, 360, 1);
    EXPECT_DOUBLE_EQ(*length.last, 0);
    EXPECT_NEAR(*length.mean * counted_seconds, 360 * 900 / 2, 360 * 10 / 2 + 1);  // looked at every ten seconds
}

TEST(Traffic, MistakesAreComplainedOf) {
    const auto complained = [](const std::string& traffic, Rule rule, const Changes& more = {}) {
        const auto scenario = scenario_test::load(with(traffic, more));
        ASSERT_FALSE(scenario.ok()) << traffic;
        EXPECT_NE(find(scenario.error(), rule), nullptr) << traffic << "\n" << listed(scenario.error());
    };
    complained(R"([{"to": "Service/shop/none", "rate": "1/s"}])", Rule::matches_nothing);
    complained(R"([{"to": "Deployment/shop/web", "rate": "1"}])", Rule::bad_quantity);
    complained(R"([{"to": "Deployment/shop/web", "rate": 1}])", Rule::missing_unit);
    complained(R"([{"to": "Deployment/shop/web"}])", Rule::missing_field);
    complained(R"([{"to": "Deployment/shop/web", "rate": {"steps": {"5m": "1/s"}}}])", Rule::missing_field);
    complained(
        R"([{"to": "Deployment/shop/web", "rate": {"sine": {"mean": "1/s", "amplitude": "2/s", "period": "1h"}}}])",
        Rule::out_of_range);
    complained(R"([{"to": "Deployment/shop/web", "rate": {"steps": {"0s": "1/s", "60s": "2/s", "1m": "3/s"}}}])",
               Rule::duplicate_key);
    complained(R"([{"to": "Deployment/shop/web", "rate": {"trace": {"points": [[0, 5], [10, 5], [7, 6]]}}}])",
               Rule::out_of_range);
    complained(R"([{"to": "Deployment/shop/web", "rate": "1/s", "idle": {"cpu": "5m"}},
                   {"to": "Deployment/shop/web", "rate": "1/s", "idle": {"cpu": "6m"}}])",
               Rule::contradictory_fields);
    complained(R"([{"to": "Deployment/shop/web", "rate": "1/s", "perRequest": 2}])", Rule::contradictory_fields);
    complained(R"([{"to": "Deployment/shop/web", "rate": "1/s", "burst": 2}])", Rule::unknown_field);
    complained(R"([{"from": "Deployment/shop/web", "to": "Deployment/shop/web", "perRequest": 1}])",
               Rule::contradictory_fields);
    complained(R"([{"to": "Deployment/shop/web", "rate": "1/s"}])", Rule::contradictory_fields,
               {{"behaviour[0].usage", R"({"cpu": "100m"})"}});
}

}  // namespace
}  // namespace eks::testing
