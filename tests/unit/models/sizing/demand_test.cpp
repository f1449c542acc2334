#include "models/sizing/demand.hpp"

#include "models/sizing/job_peak.hpp"
#include "tests/support/sizing_cluster.hpp"

#include <gtest/gtest.h>

namespace eks::sizing {
namespace {

using namespace sim::literals;
using sizing_test::cron_job;
using sizing_test::deployment;
using sizing_test::loaded;
using sizing_test::only;

const DemandedWorkload* find(const Demand& demand, std::string_view title) {
    for (const DemandedWorkload& one : demand.workloads)
        if (one.title == title) return &one;
    return nullptr;
}

Demand demand_for(const std::vector<std::string>& objects, const scenario_test::Changes& more = {},
                  const DemandFactors& factors = {}) {
    const Scenario scenario = loaded(only(objects, more));
    return demand_of(*scenario.spec, scenario.run.duration, factors);
}

CronJobSpec cron(std::string_view schedule, ConcurrencyPolicy policy = ConcurrencyPolicy::allow) {
    CronJobSpec made;
    made.schedule = parse_cron(schedule).schedule;
    made.concurrency = policy;
    return made;
}

// By hand: Jobs of a minute each that take 90 s overlap by twos, those that take exactly a minute do not.
TEST(JobPeak, CountsTheActivationsWithinTheLengthOfOne) {
    const Spec spec;
    EXPECT_EQ(peak_jobs(cron("* * * * *"), spec, 1_h, 60_s), 1);
    EXPECT_EQ(peak_jobs(cron("* * * * *"), spec, 1_h, 61_s), 2);
    EXPECT_EQ(peak_jobs(cron("* * * * *"), spec, 1_h, 90_s), 2);
    EXPECT_EQ(peak_jobs(cron("* * * * *"), spec, 1_h, 10_min), 10);
    EXPECT_EQ(peak_jobs(cron("*/5 * * * *"), spec, 1_h, 10_min), 2);
    EXPECT_EQ(peak_jobs(cron("0,1,2 3 * * *"), spec, 1_h, 2_min), 2);  // seen although the run lasts an hour
}

// CRON-6: with Forbid and Replace there is one Job at a time.
TEST(JobPeak, PoliciesAllowOne) {
    const Spec spec;
    EXPECT_EQ(peak_jobs(cron("* * * * *", ConcurrencyPolicy::forbid), spec, 1_h, 1_h), 1);
    EXPECT_EQ(peak_jobs(cron("* * * * *", ConcurrencyPolicy::replace), spec, 1_h, 1_h), 1);
    CronJobSpec suspended = cron("* * * * *");
    suspended.suspended = true;
    EXPECT_EQ(peak_jobs(suspended, spec, 1_h, 1_h), 0);
}

TEST(Demand, CronJobsCountWithThePeakOfTheirSchedule) {
    // 100 s, and the 30 s beside the run time: activations of 130 s each, one a minute.
    const Demand demand = demand_for({cron_job("tick", "* * * * *", R"({"cpu":"100m"})")},
                                     {{"behaviour", R"([{"for":"CronJob/shop/tick","runTime":"100s"}])"}});
    const DemandedWorkload* tick = find(demand, "CronJob/shop/tick");
    ASSERT_NE(tick, nullptr);
    EXPECT_EQ(tick->replicas, 3);
    EXPECT_TRUE(tick->is_of_jobs);
    const Demand slower =
        demand_for({cron_job("tick", "* * * * *", R"({"cpu":"100m"})")},
                   {{"behaviour", R"([{"for":"CronJob/shop/tick","runTime":"100s"}])"}}, {.run_time = 2.0});
    EXPECT_EQ(find(slower, "CronJob/shop/tick")->replicas, 4);  // 230 s
}

TEST(Demand, DeploymentsCountWithTheMostThatAnybodyGivesThem) {
    const std::string hpa =
        R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"web","namespace":"shop"},"spec":{
        "minReplicas":2,"maxReplicas":17,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},
        "metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}]}})";
    const Demand demand = demand_for({deployment("web", 2, R"({"cpu":"100m"})"), hpa,
                                      deployment("api", 4, R"({"cpu":"100m"})"), deployment("job", 3, "{}")},
                                     {{"timeline", R"([{"at":"10m","scale":"Deployment/shop/api","replicas":9}])"}});
    EXPECT_EQ(find(demand, "Deployment/shop/web")->replicas, 17);
    EXPECT_EQ(find(demand, "Deployment/shop/web")->why, "maxReplicas of HorizontalPodAutoscaler web");
    EXPECT_EQ(find(demand, "Deployment/shop/api")->replicas, 9);
    EXPECT_EQ(find(demand, "Deployment/shop/job")->replicas, 3);
    EXPECT_EQ(find(demand, "Deployment/shop/job")->why, "replicas");
}

TEST(Demand, FactorsRoundUp) {
    const Demand demand = demand_for({deployment("web", 3, "{}")}, {}, {.replicas = 1.2});
    EXPECT_EQ(find(demand, "Deployment/shop/web")->replicas, 4);
}

// SCHED-45, and host ports: pods that cannot share a node.
TEST(Demand, PodsThatKeepEachOtherAwayAreOneANode) {
    const std::string apart = R"(,"affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[
        {"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"app":"apart"}}}]}})";
    const Demand demand =
        demand_for({deployment("apart", 3, "{}", apart),
                    deployment("port", 3, "{}", "", R"(,"ports":[{"containerPort":80,"hostPort":8080}])"),
                    deployment("free", 3, "{}")});
    EXPECT_EQ(find(demand, "Deployment/shop/apart")->most_per_node, 1);
    EXPECT_EQ(find(demand, "Deployment/shop/port")->most_per_node, 1);
    EXPECT_GT(find(demand, "Deployment/shop/free")->most_per_node, 1'000'000);
}

// By hand: 100 requests a second of 2 KB in and 20 KB out on 4 pods are 500 KB a second out of each; each request makes
// three calls to the second one, of which the same holds.
TEST(Demand, TrafficIsSharedOverPodsAndFollowsCalls) {
    const Demand demand = demand_for(
        {deployment("web", 4, R"({"cpu":"100m"})"), deployment("api", 2, R"({"cpu":"100m"})")}, {{"traffic", R"([
            {"to":"Deployment/shop/web","rate":{"steps":{"0s":"10/s","1h":"100/s"}},"request":{"cpu":"1ms","bytesIn":"2k","bytesOut":"20k"}},
            {"from":"Deployment/shop/web","to":"Deployment/shop/api","perRequest":3,"request":{"cpu":"1ms","bytesIn":"1k","bytesOut":"10k"}}])"}});
    // Answers to the outside and requests to the API go out of web: 100 x 20 KB + 300 x 1 KB; in come 100 x 2 + 300
    // x 10.
    EXPECT_EQ(find(demand, "Deployment/shop/web")->network_bytes_per_second, (100 * 2'000 + 300 * 10'000) / 4);
    EXPECT_EQ(find(demand, "Deployment/shop/api")->network_bytes_per_second, 300 * 10'000 / 2);
}

}  // namespace
}  // namespace eks::sizing
