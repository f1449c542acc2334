// KEDA's ScaledObjects and ScaledJobs in a run (KEDA-1 to KEDA-24). Expected values come from the rules.
#include "models/metrics/summary.hpp"
#include "models/planning/experiment.hpp"
#include "tests/support/scale_watch.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks::testing {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;

std::string worker(const std::string& replicas) {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "worker", "namespace": "shop"},
               "spec": {"replicas": )" +
           replicas + R"(, "selector": {"matchLabels": {"app": "worker"}},
                        "template": {"metadata": {"labels": {"app": "worker"}},
                                     "spec": {"containers": [{"name": "worker", "image": "worker:1",
                                        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]}}}})";
}

std::string scaled_object(const std::string& spec, const std::string& annotations = "{}") {
    return R"({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
               "metadata": {"name": "worker", "namespace": "shop", "annotations": )" +
           annotations + R"(}, "spec": {"scaleTargetRef": {"name": "worker"})" + spec + "}}";
}

// Five messages for each replica (KEDA-9).
const std::string sqs = R"(, "maxReplicaCount": 10, "triggers": [{"type": "aws-sqs-queue",
    "metadata": {"queueURL": "https://sqs.eu-central-1.amazonaws.com/1/orders", "awsRegion": "eu-central-1"}}])";

// A message takes five seconds of a worker.
std::string orders(const std::string& rate, const std::string& workers = "Deployment/shop/worker") {
    return R"([{"to": "Queue/orders", "rate": )" + rate + R"(, "work": "5s", "workers": ")" + workers + R"("}])";
}

Scenario scenario_of(const std::string& manifests, const std::string& traffic, const Changes& more = {}) {
    Changes changes{{"manifests", "[" + manifests + "]"},
                    {"behaviour", "[]"},
                    {"timeline", "[]"},
                    {"expect", "[]"},
                    {"traffic", traffic}};
    changes.insert(changes.end(), more.begin(), more.end());
    auto scenario = scenario_test::load(changes);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return *scenario;
}

ScaleWatch watched(const Scenario& scenario, sim::Duration until) {
    ScaleWatch watch;
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0}, watch);
    run.until_traced(until, watch);
    return watch;
}

double seconds(const ScaleWatch::Step& step) { return step.at.since_origin().in_seconds(); }

// KEDA-3, KEDA-4, KEDA-5: idle at first; sixty messages come within a minute, and no more.
TEST(Keda, ScalesFromZeroAndBackToZero) {
    const Scenario scenario = scenario_of(worker("0") + "," + scaled_object(sqs),
                                          orders(R"({"steps": {"0s": "0/s", "600s": "1/s", "660s": "0/s"}})"));
    const ScaleWatch watch = watched(scenario, sim::Duration::seconds(3600));
    ASSERT_GE(watch.replicas.size(), 3U);
    // To one at the first poll of 30 s that finds more than 0 messages, by KEDA itself.
    EXPECT_EQ(watch.replicas.front().change, 1);
    EXPECT_GT(seconds(watch.replicas.front()), 600);
    EXPECT_LE(seconds(watch.replicas.front()), 600 + 31);
    // Up to many by its HPA, within two of its syncs.
    EXPECT_GT(watch.rescales.front().change, 0);
    EXPECT_LE(watch.rescales.front().at - watch.replicas.front().at, sim::Duration::seconds(31));
    // Down to zero in one step, a cooldown of 300 s after the last poll that found messages (KEDA-4).
    std::int32_t replicas = 0;
    std::int32_t most = 0;
    for (std::size_t i = 0; i + 1 < watch.replicas.size(); ++i) {
        replicas += watch.replicas[i].change;
        most = std::max(most, replicas);
        EXPECT_GT(replicas, 0);
    }
    EXPECT_GE(most, 5);
    EXPECT_EQ(replicas + watch.replicas.back().change, 0);
    EXPECT_GT(seconds(watch.replicas.back()), 660 + 300);
}

// KEDA-2: the activation threshold has to be exceeded.
TEST(Keda, StaysAtZeroUpToTheActivationThreshold) {
    const std::string inactive = R"(, "triggers": [{"type": "aws-sqs-queue",
        "metadata": {"queueURL": "x/orders", "awsRegion": "eu-central-1", "activationQueueLength": "60"}}])";
    const std::string sixty = orders(R"({"steps": {"0s": "0/s", "600s": "1/s", "660s": "0/s"}})");
    EXPECT_TRUE(watched(scenario_of(worker("0") + "," + scaled_object(inactive), sixty), sim::Duration::seconds(1800))
                    .replicas.empty());
    const std::string more = orders(R"({"steps": {"0s": "0/s", "600s": "1/s", "662s": "0/s"}})");
    EXPECT_FALSE(watched(scenario_of(worker("0") + "," + scaled_object(inactive), more), sim::Duration::seconds(1800))
                     .replicas.empty());
}

// KEDA-7
TEST(Keda, APauseHoldsTheReplicas) {
    const std::string rate = orders(R"("1/s")");
    const std::string paused = scaled_object(sqs, R"({"autoscaling.keda.sh/paused-replicas": "3"})");
    const ScaleWatch watch = watched(scenario_of(worker("0") + "," + paused, rate), sim::Duration::seconds(1800));
    ASSERT_EQ(watch.replicas.size(), 1U);
    EXPECT_EQ(watch.replicas.front().change, 3);
    EXPECT_TRUE(watch.rescales.empty());
}

// KEDA-9: between eight and ten in the morning there are four, before and after there are none. The run starts at
// midnight.
TEST(Keda, FollowsTheTimeOfDay) {
    const std::string cron = R"(, "triggers": [{"type": "cron", "metadata": {"timezone": "UTC", "start": "0 8 * * *",
        "end": "0 10 * * *", "desiredReplicas": "4"}}])";
    const Scenario scenario = scenario_of(worker("0") + "," + scaled_object(cron), "[]",
                                          {{"run.for", "24h"}, {"run.start", "2026-11-02T00:00:00Z"}});
    const ScaleWatch watch = watched(scenario, sim::Duration::hours(24));
    ASSERT_GE(watch.replicas.size(), 3U);
    EXPECT_EQ(watch.replicas[0].change, 1);  // KEDA-3
    EXPECT_GE(watch.replicas[0].at, sim::Time::at(sim::Duration::hours(8)));
    EXPECT_LE(watch.replicas[0].at, sim::Time::at(sim::Duration::hours(8) + sim::Duration::seconds(30)));
    EXPECT_EQ(watch.replicas[1].change, 3);  // by the HPA
    EXPECT_LE(watch.replicas[1].at, sim::Time::at(sim::Duration::hours(8) + sim::Duration::seconds(62)));
    // The cooldown runs from the last poll within the window.
    const sim::Time over = sim::Time::at(sim::Duration::hours(10) + sim::Duration::seconds(300 - 30));
    EXPECT_GE(watch.replicas.back().at, over);
    EXPECT_LE(watch.replicas.back().at, over + sim::Duration::seconds(61));
    std::int32_t replicas = 0;
    for (const auto& step : watch.replicas) replicas += step.change;
    EXPECT_EQ(replicas, 0);
    EXPECT_LT(watch.events, 60'000U);  // the night costs nothing
}

// KEDA-8: a trigger that nobody can answer fails; beyond the threshold the HPA is told of the fallback's replicas.
TEST(Keda, FallsBackWhereATriggerFails) {
    const std::string failing = R"(, "minReplicaCount": 1, "fallback": {"failureThreshold": 3, "replicas": 6},
        "triggers": [{"type": "prometheus", "metadata": {"serverAddress": "http://prometheus", "query": "happiness_total",
    "threshold" : "10"
}
}])";
    const Scenario scenario = scenario_of(worker("1") + "," + scaled_object(failing), "[]");
    EXPECT_NE(find(scenario.warnings, Rule::unknown_custom_metric), nullptr) << listed(scenario.warnings);
    const ScaleWatch watch = watched(scenario, sim::Duration::seconds(600));
    std::int32_t replicas = 1;
    for (const auto& step : watch.replicas) replicas += step.change;
    EXPECT_EQ(replicas, 6);
    EXPECT_GE(watch.replicas.front().at, sim::Time::at(sim::Duration::seconds(45)));  // the fourth of its syncs
}

// KEDA-20 to KEDA-24
std::string scaled_job(const std::string& more) {
    return R"({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledJob", "metadata": {"name": "crunch", "namespace": "shop"},
        "spec": {"jobTargetRef": {"template": {"spec": {"restartPolicy": "Never", "containers": [
                    {"name": "crunch", "image": "crunch:1", "resources": {"requests": {"cpu": "100m"}}}]}}},
                 "pollingInterval": 10, "maxReplicaCount": 8)" +
           more + R"(, "triggers": [{"type": "rabbitmq", "metadata": {"queueName": "orders", "value": "1"}}]}})";
}

std::vector<MetricSummary> metrics_of(const Scenario& scenario) {
    return run_experiment(scenario, *plan_metrics(scenario)).metrics;
}

double last_of(const std::vector<MetricSummary>& metrics, std::string_view name, std::string_view workload) {
    for (const MetricSummary& metric : metrics) {
        if (metric.metric->name != name) continue;
        for (const SeriesSummary& series : metric.series) {
            const bool is_it =
                std::ranges::any_of(series.labels, [&](const auto& label) { return label.second == workload; });
            if (is_it) return series.total ? *series.total : *series.last;
        }
    }
    ADD_FAILURE() << "no series of " << name;
    return 0;
}

TEST(KedaJobs, AreMadeForTheMessagesThatWait) {
    // Twenty messages, each the work of a Job that runs for 5 s.
    const Scenario scenario = scenario_of(
        scaled_job(""), orders(R"({"steps": {"0s": "0/s", "900s": "1/s", "920s": "0/s"}})", "ScaledJob/shop/crunch"),
        {{"behaviour", R"([{"for": "ScaledJob/shop/crunch", "runTime": "5s"}])"}});
    const auto metrics = metrics_of(scenario);
    EXPECT_EQ(last_of(metrics, "ekssim_queue_messages", "orders"), 0);
    EXPECT_GE(last_of(metrics, "ekssim_jobs_started_total", "crunch"), 8);
    EXPECT_EQ(last_of(metrics, "ekssim_jobs_active", "crunch"), 0);
}

// INC-29, KEDA-23: the queue keeps its messages while Jobs wait for a node, and the strategy `accurate` takes pending
// Jobs off, where the default one takes only those that run off the limit.
TEST(KedaJobs, NeverExceedTheirMaximum) {
    const std::string stuck =
        R"([{"to": "Queue/orders", "rate": {"steps": {"0s": "0/s", "900s": "1/s", "1000s": "0/s"}},
        "work": "5s"}])";
    const Scenario scenario =
        scenario_of(scaled_job(R"(, "minReplicaCount": 2)"), stuck,
                    {{"behaviour", R"([{"for": "ScaledJob/shop/crunch", "runTime": "2h"}])"}, {"run.for", "1h"}});
    const auto metrics = metrics_of(scenario);
    EXPECT_EQ(last_of(metrics, "ekssim_jobs_active", "crunch"), 8);
}

}  // namespace
}  // namespace eks::testing
