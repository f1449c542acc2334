// KEDA's ScaledObjects and ScaledJobs in a run (KEDA-1 to KEDA-24). Expected values come from the rules.
#include "tests/support/scale_watch.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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

// The instants at which KEDA polls the one object of a run: every 30 s from its first poll on.
bool is_poll(const ScaleWatch& watch, sim::Time at) { return (at - watch.polls.front()).us() % 30'000'000 == 0; }
sim::Time poll_from(const ScaleWatch& watch, sim::Duration since_start) {
    const std::int64_t period = 30'000'000;
    const std::int64_t first = watch.polls.front().us();
    return sim::Time::at(
        sim::Duration::microseconds(first + (since_start.us() - first + period - 1) / period * period));
}

// Sixty messages that nobody gets done come within a minute, five for each replica.
constexpr double messages_from = 600;
std::int32_t replicas_for_messages(double at, std::int32_t replicas) {
    const double messages = std::floor(std::clamp(at - messages_from, 0.0, 60.0) + 0.5);
    const double ratio = messages / (5.0 * replicas);
    if (ratio >= 0.9 && ratio <= 1.1) return replicas;  // HPA-12
    const auto wanted = static_cast<std::int32_t>(std::ceil(messages / 5));
    return std::clamp(wanted, replicas, std::min(10, std::max(2 * replicas, 4)));  // HPA-14; less only after 5 minutes
}

// KEDA-3: to one at the first poll that finds a message. KEDA-5, HPA-11, HPA-14: from there on as the HPA counts them,
// to the maximum of ten.
TEST(Keda, ScalesWithTheMessagesThatWait) {
    const Scenario scenario = scenario_of(
        worker("0") + "," + scaled_object(sqs),
        R"([{"to": "Queue/orders", "rate": {"steps": {"0s": "0/s", "600s": "1/s", "660s": "0/s"}}, "work": "5s"}])");
    const ScaleWatch watch = watched(scenario, sim::Duration::seconds(1800));
    ASSERT_FALSE(watch.replicas.empty());
    EXPECT_EQ(watch.replicas.front().change, 1);
    EXPECT_EQ(watch.replicas.front().at, poll_from(watch, sim::Duration::milliseconds(600'500)));
    std::int32_t replicas = 1;
    std::size_t rescales = 0;
    for (const sim::Time sync : watch.sync_times) {
        if (sync <= watch.replicas.front().at) continue;
        const std::int32_t wanted = replicas_for_messages(sync.since_origin().in_seconds(), replicas);
        if (wanted == replicas) continue;
        ASSERT_LT(rescales, watch.rescales.size());
        EXPECT_EQ(watch.rescales[rescales].at, sync);
        EXPECT_EQ(watch.rescales[rescales++].change, wanted - replicas);
        replicas = wanted;
    }
    EXPECT_EQ(rescales, watch.rescales.size());
    EXPECT_EQ(replicas, 10);
}

// KEDA-4: from many to zero in one step, at the first poll more than 300 s after the last one that found messages; the
// one that found none came 30 s later. Its HPA is told to hold on for longer.
TEST(Keda, GoesToZeroInOneStepAfterTheCooldown) {
    const std::string stays = R"(, "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {
        "scaleDown": {"stabilizationWindowSeconds": 3600}}}})";
    const Scenario scenario = scenario_of(worker("0") + "," + scaled_object(stays + sqs),
                                          orders(R"({"steps": {"0s": "0/s", "600s": "1/s", "660s": "0/s"}})"));
    const ScaleWatch watch = watched(scenario, sim::Duration::seconds(3600));
    ASSERT_EQ(watch.activity.size(), 2U);
    EXPECT_EQ(watch.activity[0].at, watch.replicas.front().at);
    EXPECT_TRUE(is_poll(watch, watch.activity[1].at));
    std::int32_t before = 0;
    for (std::size_t i = 0; i + 1 < watch.replicas.size(); ++i) before += watch.replicas[i].change;
    EXPECT_GT(before, 1);
    EXPECT_EQ(watch.replicas.back().change, -before);
    EXPECT_EQ(watch.replicas.back().at, watch.activity[1].at + sim::Duration::seconds(300));
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
    ASSERT_EQ(watch.replicas.size(), 4U);
    EXPECT_EQ(watch.replicas[0].change, 1);  // KEDA-3
    EXPECT_EQ(watch.replicas[0].at, poll_from(watch, sim::Duration::hours(8)));
    // By the HPA, at its next sync.
    EXPECT_EQ(watch.replicas[1].change, 3);
    const auto sync = std::ranges::upper_bound(watch.sync_times, watch.replicas[0].at);
    ASSERT_NE(sync, watch.sync_times.end());
    EXPECT_EQ(watch.replicas[1].at, *sync);
    // KEDA-9, HPA-14: it hears of one from ten on, and follows once the last four of its recommendations is over 300 s
    // old: twenty syncs of a little more than 15 s after it.
    const sim::Duration period = *std::next(sync) - *sync;
    const std::int64_t syncs = (sim::Time::at(sim::Duration::hours(10)) - *sync).us() / period.us();
    EXPECT_EQ(watch.replicas[2].change, -3);
    EXPECT_EQ(watch.replicas[2].at, *sync + (syncs + 20) * period);
    // KEDA-4: the last poll within the window is the one before the first at or after ten; then 300 s have to be over.
    EXPECT_EQ(watch.replicas[3].change, -1);
    EXPECT_EQ(watch.replicas[3].at, poll_from(watch, sim::Duration::hours(10)) + sim::Duration::seconds(300));
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
    // The fourth of its syncs fails more often than three times; it may double, or go to four (HPA-14).
    ASSERT_EQ(watch.rescales.size(), 2U);
    EXPECT_EQ(watch.rescales[0], (ScaleWatch::Step{watch.sync_times.at(3), 3}));
    EXPECT_EQ(watch.rescales[1], (ScaleWatch::Step{watch.sync_times.at(4), 2}));
}

// KEDA-20 to KEDA-24
std::string scaled_job(const std::string& more) {
    return R"({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledJob", "metadata": {"name": "crunch", "namespace": "shop"},
        "spec": {"jobTargetRef": {"template": {"spec": {"restartPolicy": "Never", "containers": [
                    {"name": "crunch", "image": "crunch:1", "resources": {"requests": {"cpu": "100m"}}}]}}},
                 "pollingInterval": 10, "maxReplicaCount": 8)" +
           more + R"(, "triggers": [{"type": "rabbitmq", "metadata": {"queueName": "orders", "value": "1"}}]}})";
}

// KEDA-20, KEDA-23: at each poll as many Jobs as there are messages, or as eight leave room for.
void expect_jobs_by_the_default_strategy(const ScaleWatch& watch) {
    for (std::size_t i = 0; i + 1 < watch.polls.size(); ++i) {
        const auto messages = static_cast<std::int32_t>(watch.said[i]);
        const std::int32_t most = std::min(messages, 8) - watch.jobs[i];
        const std::int32_t made = std::max(0, std::min(messages, most));
        EXPECT_EQ(watch.jobs_started(i), made) << "at the poll at " << watch.polls[i].since_origin().in_seconds();
    }
}

TEST(KedaJobs, AreMadeForTheMessagesThatWait) {
    // Twenty messages, each the work of a Job that runs for 5 s.
    const Scenario scenario = scenario_of(
        scaled_job(""), orders(R"({"steps": {"0s": "0/s", "900s": "1/s", "920s": "0/s"}})", "ScaledJob/shop/crunch"),
        {{"behaviour", R"([{"for": "ScaledJob/shop/crunch", "runTime": "5s"}])"}});
    const ScaleWatch watch = watched(scenario, sim::Duration::seconds(3600));
    expect_jobs_by_the_default_strategy(watch);
    EXPECT_EQ(watch.said.back(), 0);
    EXPECT_EQ(watch.jobs_now, 0);
    EXPECT_EQ(watch.jobs_most, 8);
}

// KEDA-21 to KEDA-23: two are kept, and with those there are never more than eight, although a hundred messages wait.
TEST(KedaJobs, NeverExceedTheirMaximum) {
    const std::string stuck =
        R"([{"to": "Queue/orders", "rate": {"steps": {"0s": "0/s", "900s": "1/s", "1000s": "0/s"}},
        "work": "5s"}])";
    const Scenario scenario =
        scenario_of(scaled_job(R"(, "minReplicaCount": 2)"), stuck,
                    {{"behaviour", R"([{"for": "ScaledJob/shop/crunch", "runTime": "2h"}])"}, {"run.for", "1h"}});
    const ScaleWatch watch = watched(scenario, sim::Duration::hours(1));
    EXPECT_EQ(watch.jobs_most, 8);
    EXPECT_EQ(watch.jobs_now, 8);
    EXPECT_EQ(watch.said.back(), 100);
    const auto at_900 = std::ranges::lower_bound(watch.polls, sim::Time::at(sim::Duration::seconds(900)));
    EXPECT_EQ(watch.jobs[static_cast<std::size_t>(at_900 - watch.polls.begin()) - 1], 2);
}

// KEDA-21, KEDA-23, strategy `accurate`: four messages wait and nobody takes them. As long as the four Jobs for them
// are pending no others are made; once they are not, as many again.
TEST(KedaJobs, ArePendingUntilTheirPodsHaveTheConditions) {
    const auto jobs_with = [](const std::string& conditions) {
        const std::string strategy =
            R"(, "scalingStrategy": {"strategy": "accurate", "pendingPodConditions": )" + conditions + "}";
        const Scenario scenario = scenario_of(
            scaled_job(strategy),
            R"([{"to": "Queue/orders", "rate": {"steps": {"0s": "0/s", "900s": "1/s", "904s": "0/s"}}, "work": "5s"}])",
            {{"behaviour", R"([{"for": "ScaledJob/shop/crunch", "runTime": "2h"}])"}, {"run.for", "30m"}});
        return watched(scenario, sim::Duration::minutes(30)).jobs_now;
    };
    EXPECT_EQ(jobs_with("[]"), 8);
    EXPECT_EQ(jobs_with(R"(["PodScheduled", "Initialized", "Ready"])"), 8);
    EXPECT_EQ(jobs_with(R"(["shop.example/licensed"])"), 4);
    EXPECT_EQ(jobs_with(R"(["Ready", "Ready"])"), 4);
}

// --- formulas

// Sixty messages in one queue and twenty in another within a second, and nobody works on them.
const std::string two_queues = R"([
    {"to": "Queue/orders", "rate": {"steps": {"0s": "0/s", "600s": "60/s", "601s": "0/s"}}, "work": "5s"},
    {"to": "Queue/mails", "rate": {"steps": {"0s": "0/s", "600s": "20/s", "601s": "0/s"}}, "work": "5s"}])";

std::string by_formula(const std::string& formula, const std::string& more = "") {
    return R"(, "advanced": {"scalingModifiers": {"formula": ")" + formula + R"(", "target": "5")" + more +
           R"(}}, "triggers": [
        {"type": "rabbitmq", "name": "orders", "metadata": {"queueName": "orders", "value": "1"}},
        {"type": "rabbitmq", "name": "mails", "metadata": {"queueName": "mails", "value": "1"}}])";
}

std::int32_t replicas_by(const std::string& spec, std::int32_t replicas = 0) {
    const Scenario scenario = scenario_of(worker(std::to_string(replicas)) + "," + scaled_object(spec), two_queues);
    for (const auto& step : watched(scenario, sim::Duration::seconds(1800)).replicas) replicas += step.change;
    return replicas;
}

// KEDA-2, KEDA-5: five for each replica, of what the formula gives at the end: 40, 20, 60, 5 and 33.3.
TEST(KedaFormulas, MakeOneValueOfSeveral) {
    EXPECT_EQ(replicas_by(by_formula("(orders + mails) / 2")), 8);
    EXPECT_EQ(replicas_by(by_formula("min(orders, mails)")), 4);
    EXPECT_EQ(replicas_by(by_formula("mails > 15 ? orders : 0")), 12);
    EXPECT_EQ(replicas_by(by_formula("count([orders, mails], {# > 1}) > 1 ? 5 : 0")), 1);
    EXPECT_EQ(replicas_by(by_formula("orders / 1.8")), 7);
}

// KEDA-2: what is made of them has to exceed activationTarget, whatever the triggers say.
TEST(KedaFormulas, AreHeldAgainstTheirActivationTarget) {
    EXPECT_EQ(replicas_by(by_formula("orders - 40", R"(, "activationTarget": "20")")), 0);
    EXPECT_EQ(replicas_by(by_formula("orders - 35", R"(, "activationTarget": "20")")), 5);
    EXPECT_EQ(replicas_by(by_formula("orders - 60")), 0);
}

// KEDA-8: one of the triggers fails, and with it the whole; the fallback is in terms of the formula's target.
TEST(KedaFormulas, FallBackWhereOneTriggerFails) {
    const std::string failing =
        R"(, "minReplicaCount": 1, "fallback": {"failureThreshold": 3, "replicas": 6},
        "advanced": {"scalingModifiers": {"formula": "orders + gone", "target": "5"}}, "triggers": [
        {"type": "rabbitmq", "name": "orders", "metadata": {"queueName": "orders", "value": "1"}},
        {"type": "prometheus", "name": "gone", "metadata": {"query": "happiness_total", "threshold": "10"}}])";
    EXPECT_EQ(replicas_by(failing, 1), 6);
}

// KEDA-9: sixty messages, two for each replica of at most so many as there are partitions, unless idle consumers are
// allowed. Messages are spread evenly, so that all of fewer partitions have lag.
TEST(Keda, HoldsTheLagOfATopicAtItsPartitions) {
    const auto kafka = [](const std::string& more) {
        return R"(, "maxReplicaCount": 50, "triggers": [{"type": "kafka", "metadata": {"bootstrapServers": "b:9092",
            "consumerGroup": "w", "topic": "orders", "lagThreshold": "2")" +
               more + "}}]";
    };
    const auto replicas = [&](const std::string& spec, int partitions) {
        const Scenario scenario =
            scenario_of(worker("0") + "," + scaled_object(spec), two_queues,
                        {{"customMetrics", R"([{"name": "orders", "means": "queueLength", "partitions": )" +
                                               std::to_string(partitions) + "}]"}});
        std::int32_t sum = 0;
        for (const auto& step : watched(scenario, sim::Duration::seconds(1800)).replicas) sum += step.change;
        return sum;
    };
    EXPECT_EQ(replicas(kafka(""), 12), 12);
    EXPECT_EQ(replicas(kafka(R"(, "allowIdleConsumers": "true")"), 12), 30);
    EXPECT_EQ(replicas(kafka(""), 200), 30);
}

}  // namespace
}  // namespace eks::testing
