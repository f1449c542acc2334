// Goldilocks and KRR at the end of a run, after what the run's own pods used (VPA-30, VPA-31). Expected values come
// from the rules.
#include "models/planning/experiment.hpp"
#include "models/report/advice_json.hpp"
#include "models/report/result_json.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace eks::testing {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;

constexpr std::string_view web =
    R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web",
                    "image": "nginx:1", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]}}}})";

sim::Result<Scenario, Complaints> load_advised(const std::string& advice, const Changes& changes = {}) {
    Changes all{{"manifests", "[" + std::string(web) + "]"},
                {"behaviour", R"([{"for": "Deployment/shop/web", "usage": {"cpu": "300m", "memory": "600Mi"}}])"},
                {"timeline", "[]"},
                {"expect", "[]"}};
    if (!advice.empty()) all.emplace_back("advice", advice);
    all.insert(all.end(), changes.begin(), changes.end());
    return scenario_test::load(all);
}

Scenario advised(const std::string& advice, const Changes& changes = {}) {
    auto scenario = load_advised(advice, changes);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return *scenario;
}

eks::Run run_for(const Scenario& scenario, sim::Duration time) {
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0});
    run.until(time);
    return run;
}

ContainerAdvice advice_after(const Scenario& scenario, sim::Duration time) {
    const eks::Run run = run_for(scenario, time);
    const auto all = container_advice(run.spec(), run.world());
    EXPECT_EQ(all.size(), 1U);
    return all.at(0);
}

// VPA-31: both pods use 300m and 600 MiB all the time.
TEST(AdviceInRuns, KrrAdvisesWhatIsUsed) {
    const ContainerAdvice advice = advice_after(advised("{}"), sim::Duration::hours(2));
    EXPECT_EQ(advice.cpu, (krr::Advice{300, {}, krr::Silence::none}));
    EXPECT_EQ(advice.memory.request, 690 * mebibyte);
    EXPECT_EQ(advice.memory.limit, 690 * mebibyte);
    EXPECT_EQ(advice.severity, krr::Severity::critical);  // 700m less
    EXPECT_FALSE(advice.vertical);
}

// A hundred points are asked for, of all pods together: one each 75 s, so that two pods have 98 after 3675 s and 100
// after the 3750th.
TEST(AdviceInRuns, KrrWaitsForEnoughPoints) {
    const Scenario scenario = advised("{}");
    EXPECT_EQ(advice_after(scenario, sim::Duration::seconds(70)).cpu.silence, krr::Silence::no_data);
    EXPECT_EQ(advice_after(scenario, sim::Duration::seconds(3749)).cpu.silence, krr::Silence::not_enough_data);
    EXPECT_EQ(advice_after(scenario, sim::Duration::seconds(3749)).memory.silence, krr::Silence::not_enough_data);
    EXPECT_EQ(advice_after(scenario, sim::Duration::seconds(3751)).cpu.silence, krr::Silence::none);
}

std::string trace(const std::string& points) {
    return R"([{"for": "Deployment/shop/web", "usage": {"trace": )" + points + "}}]";
}

// An hour of 900m is in the p95 as long as it is more than a twentieth. A peak of memory counts for ever.
const std::string an_hour_of_peak = trace(
    R"({"columns": ["seconds", "cpu", "memory"],
        "points": [[0, "100m", "200Mi"], [3600, "900m", "800Mi"], [7200, "100m", "200Mi"]]})");

TEST(AdviceInRuns, KrrForgetsWhatLiesBehindTheHistory) {
    const Changes changes{{"behaviour", an_hour_of_peak}};
    const ContainerAdvice early = advice_after(advised("{}", changes), sim::Duration::hours(12));
    EXPECT_EQ(early.cpu.request, 900);
    EXPECT_EQ(early.memory.request, 920 * mebibyte);
    const ContainerAdvice later = advice_after(advised("{}", changes), sim::Duration::hours(21));
    EXPECT_EQ(later.cpu.request, 100);
    EXPECT_EQ(later.memory.request, 920 * mebibyte);
    const ContainerAdvice forgotten = advice_after(advised(R"({"krr": {"historyDuration": "10h"}})", changes),
                                                   sim::Duration::hours(12) + sim::Duration::minutes(5));
    EXPECT_EQ(forgotten.cpu.request, 100);
    EXPECT_EQ(forgotten.memory.request, 230 * mebibyte);
}

// The p66 and p96 of all points: an hour in four is 900m.
TEST(AdviceInRuns, TheOtherStrategySetsALimit) {
    const ContainerAdvice advice = advice_after(
        advised(R"({"krr": {"strategy": "simple_limit"}})", {{"behaviour", an_hour_of_peak}}), sim::Duration::hours(4));
    EXPECT_EQ(advice.cpu, (krr::Advice{100, 900, krr::Silence::none}));
}

// Pods that have gone are asked about too: Prometheus still knows them.
TEST(AdviceInRuns, PodsThatHaveGoneCount) {
    const Scenario scenario =
        advised("{}", {{"behaviour", an_hour_of_peak},
                       {"timeline", R"([{"at": "100m", "scale": "Deployment/shop/web", "replicas": 0}])"}});
    const ContainerAdvice advice = advice_after(scenario, sim::Duration::hours(6));
    EXPECT_EQ(advice.cpu.request, 900);
    EXPECT_EQ(advice.memory.request, 920 * mebibyte);
}

const std::string by_cpu =
    R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web",
        "namespace": "shop"}, "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 2, "maxReplicas": 2, "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target":
        {"type": "Utilization", "averageUtilization": 80}}}]}})";

TEST(AdviceInRuns, KrrIsSilentAboutWhatAnHpaScalesBy) {
    const Changes changes{{"manifests", "[" + std::string(web) + "," + by_cpu + "]"}};
    const ContainerAdvice advice = advice_after(advised("{}", changes), sim::Duration::hours(2));
    EXPECT_EQ(advice.cpu.silence, krr::Silence::scaled_by_hpa);
    EXPECT_EQ(advice.memory.silence, krr::Silence::none);
    EXPECT_EQ(advice_after(advised(R"({"krr": {"allowHpa": true}})", changes), sim::Duration::hours(2)).cpu.request,
              300);
}

std::string shop_namespace(const std::string& metadata) {
    return R"({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", )" + metadata + "}}";
}
constexpr const char* enabled = R"("labels": {"goldilocks.fairwinds.com/enabled": "true"})";

Changes with_goldilocks(const std::string& metadata, const std::string& more = {}) {
    return {{"manifests", "[" + std::string(web) + "," + shop_namespace(metadata) + more + "]"},
            {"cluster.addons", R"([{"name": "metrics-server"}])"}};
}

// VPA-30
TEST(AdviceInRuns, GoldilocksMakesARecommenderForEachWorkloadOfANamespace) {
    const Scenario scenario =
        advised(R"({"goldilocks": {"cpuPrice": 0.04, "memoryPrice": 0.005}})", with_goldilocks(enabled));
    ASSERT_EQ(scenario.spec->pod_scaling.vertical.size(), 1U);
    EXPECT_EQ(scenario.spec->pod_scaling.vertical[0].name, "goldilocks-web");
    EXPECT_EQ(scenario.spec->pod_scaling.vertical[0].mode, vpa::UpdateMode::off);
    const ContainerAdvice advice = advice_after(scenario, sim::Duration::hours(24));
    ASSERT_TRUE(advice.recommendation);
    // VPA-1, VPA-2, VPA-10: 0.3 cores lie in bucket 18 (log 2.5 / log 1.05 = 18.8), which ends at 0.2 x (1.05^19 - 1) =
    // 0.30539; 15 % of 305m are 45m. 600 MiB lie in bucket 29, which ends at 2e8 x (1.05^30 - 1) = 664388475; with 15 %
    // 764046746, 728.7 MiB.
    EXPECT_EQ(advice.recommendation->target, (vpa::Amounts{350, 764'046'746}));
    // VPA-30: a core and a GiB are 0.045. Guaranteed 0.350 x 0.04 + 729 / 1024 x 0.005 = 0.01756, 0.02744 less.
    EXPECT_EQ(advice.costs.current, 45'000);
    EXPECT_EQ(advice.costs.guaranteed_difference, -27'400);
    // VPA-11: after a day the confidence is about 1: the bounds are 0.998 times and 2 times the target. 0.5245 x 0.04 +
    // (728 + 1459) / 2048 x 0.005 = 0.02632, 0.01868 less; a minute's confidence more or less does not show.
    EXPECT_EQ(advice.costs.burstable_difference, -18'700);
    // Without the section nothing is kept, but the object is there as in the cluster.
    EXPECT_EQ(advised("", with_goldilocks(enabled)).spec->pod_scaling.vertical.size(), 1U);
    EXPECT_EQ(advised("{}", with_goldilocks(R"("labels": {"goldilocks.fairwinds.com/enabled": "no"})"))
                  .spec->pod_scaling.vertical.size(),
              0U);
}

// VPA-30, of what a recommender says: of memory nothing, so that it stays at a GiB for 0.005. 0.35 x 0.04 + 0.005 =
// 0.019.
TEST(AdviceInRuns, WhatNobodyKnowsIsNoAmount) {
    Changes changes = with_goldilocks(enabled);
    changes.emplace_back("behaviour", R"([{"for": "Deployment/shop/web", "usage": {"cpu": "300m"}}])");
    const Scenario scenario = advised(R"({"goldilocks": {"cpuPrice": 0.04, "memoryPrice": 0.005}})", changes);
    const eks::Run run = run_for(scenario, sim::Duration::hours(24) + sim::Duration::minutes(2));
    const auto rows = nlohmann::json::parse(advice_json(run.spec(), container_advice(run.spec(), run.world())));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0]["vpa_target_cpu_cores"], 0.35);
    EXPECT_EQ(rows[0]["goldilocks_guaranteed_cpu_cores"], 0.35);
    for (const char* name : {"vpa_lower_memory_bytes", "vpa_target_memory_bytes", "vpa_upper_memory_bytes",
                             "goldilocks_guaranteed_memory_bytes", "goldilocks_burstable_request_memory_bytes",
                             "goldilocks_burstable_limit_memory_bytes"})
        EXPECT_TRUE(rows[0].at(name).is_null()) << name;
    EXPECT_EQ(rows[0]["goldilocks_guaranteed_cost_usd_per_hour"], 0.019);
    EXPECT_EQ(rows[0]["goldilocks_guaranteed_difference_usd_per_hour"], -0.026);
    EXPECT_EQ(run.world().pod_scaling.advice.shown.at(0).cost_guaranteed, 19'000);
}

// VPA-31: 40 minutes of each hour are 32 points; KRR finds the pods of a CronJob by its Jobs.
TEST(AdviceInRuns, KrrSeesThePodsOfJobs) {
    const Changes changes{
        {"manifests", R"([{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report", "namespace":
        "shop"}, "spec": {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy":
        "Never", "containers": [{"name": "report", "image": "report:1", "resources": {"requests": {"cpu": "1"}}}]}}}}}}])"},
        {"behaviour",
         R"([{"for": "CronJob/shop/report", "runTime": "40m", "usage": {"cpu": "300m", "memory": "600Mi"}}])"}};
    const ContainerAdvice advice = advice_after(advised("{}", changes), sim::Duration::hours(5));
    EXPECT_EQ(advice.cpu, (krr::Advice{300, {}, krr::Silence::none}));
    EXPECT_EQ(advice.memory.request, 690 * mebibyte);
}

// Whoever stands above the pods gets one: the CronJob and not its Jobs, and no bare pod.
TEST(AdviceInRuns, GoldilocksMakesThemForAllKindsOfControllers) {
    const Scenario scenario = advised(
        "{}", with_goldilocks(enabled, R"(,{"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent",
        "namespace": "shop"}, "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": {"metadata": {"labels":
        {"app": "agent"}}, "spec": {"containers": [{"name": "agent", "image": "agent:1"}]}}}},
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report", "namespace": "shop"}, "spec":
        {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers":
        [{"name": "report", "image": "report:1"}]}}}}}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "alone", "namespace": "shop"}, "spec": {"containers":
        [{"name": "alone", "image": "alone:1"}]}})"));
    std::vector<std::string> names;
    for (const VerticalScaler& scaler : scenario.spec->pod_scaling.vertical) names.push_back(scaler.name);
    EXPECT_EQ(names, (std::vector<std::string>{"goldilocks-web", "goldilocks-agent", "goldilocks-report"}));
}

constexpr const char* own =
    R"(,{"apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": {"name": "mine",
        "namespace": "shop"}, "spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "updatePolicy": {"updateMode": "Off"}}})";

TEST(AdviceInRuns, AVerticalAutoscalerThatIsThereIsUsed) {
    const Scenario scenario = advised("{}", with_goldilocks(enabled, own));
    ASSERT_EQ(scenario.spec->pod_scaling.vertical.size(), 1U);
    EXPECT_EQ(scenario.spec->pod_scaling.vertical[0].name, "mine");
    EXPECT_EQ(advice_after(scenario, sim::Duration::hours(1)).vertical, 0U);
}

// Whatever is written, it gets one capital: "inPlaceOrRecreate" is no mode any more.
TEST(AdviceInRuns, GoldilocksWritesTheModeInItsOwnWay) {
    const std::string mode = R"(, "annotations": {"goldilocks.fairwinds.com/vpa-update-mode": ")";
    EXPECT_EQ(advised("{}", with_goldilocks(enabled + mode + R"(off"})")).spec->pod_scaling.vertical.size(), 1U);
    const Scenario acting = advised("{}", with_goldilocks(enabled + mode + R"(auto"})"));
    ASSERT_EQ(acting.spec->pod_scaling.vertical.size(), 1U);
    EXPECT_EQ(acting.spec->pod_scaling.vertical[0].mode, vpa::UpdateMode::recreate);
    const Scenario refused = advised("{}", with_goldilocks(enabled + mode + R"(inPlaceOrRecreate"})"));
    EXPECT_EQ(refused.spec->pod_scaling.vertical.size(), 0U);
    EXPECT_NE(find(refused.warnings, Rule::unused_setting), nullptr);
}

// The series is part of the World: a copy goes on as the run does, and a run that is not asked keeps nothing.
TEST(AdviceInRuns, AForkCarriesTheSeries) {
    const Scenario scenario = advised("{}");
    eks::Run run = run_for(scenario, sim::Duration::hours(1));
    eks::Run fork = run;
    fork.until(sim::Duration::hours(2));
    run.until(sim::Duration::hours(2));
    EXPECT_EQ(fork.fingerprint(), run.fingerprint());
    EXPECT_EQ(container_advice(fork.spec(), fork.world()), container_advice(run.spec(), run.world()));
    // A use that stays the same is one run of points for each pod and resource.
    ASSERT_EQ(run.world().pod_scaling.advice.pods.at(0).size(), 2U);
    EXPECT_EQ(run.world().pod_scaling.advice.pods.at(0).at(0).cpu.size(), 1U);
    EXPECT_TRUE(run_for(advised(""), sim::Duration::hours(2)).world().pod_scaling.advice.pods.empty());
}

TEST(AdviceInRuns, TheResultAndTheMetricsHaveIt) {
    const Scenario scenario = advised(
        R"({"every": "10m"})",
        {{"expect", R"([{"name": "cpu", "that": "last(ekssim_krr_recommended_cpu_cores{bound=\"request\"}) == 0.3"}])"},
         {"run.for", R"("3h")"}});
    const auto plan = plan_metrics(scenario);
    ASSERT_TRUE(plan.ok());
    const Outcome outcome = run_experiment(scenario, *plan);
    EXPECT_EQ(outcome.judgement.verdict, Verdict::pass);
    const auto result = nlohmann::json::parse(to_json(scenario, outcome));
    ASSERT_EQ(result["advice"].size(), 1U);
    EXPECT_EQ(result["advice"][0]["krr_cpu_request_cores"], 0.3);
    EXPECT_EQ(result["advice"][0]["krr_severity"], "CRITICAL");
    EXPECT_TRUE(result["advice"][0]["vpa"].is_null());
}

TEST(AdviceInRuns, SettingsOfTheOtherStrategyAreRefused) {
    const auto refused = load_advised(R"({"krr": {"cpuLimitPercentile": 99}})");
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(find(refused.error(), Rule::contradictory_fields), nullptr);
    EXPECT_FALSE(load_advised(R"({"krr": {"historyDuration": "10s"}})").ok());
    EXPECT_FALSE(load_advised(R"({"krr": {"cpuPercentile": 0}})").ok());
}

}  // namespace
}  // namespace eks::testing
