// Objects that change in the middle of a run: the controllers and the CNI follow, pods keep the template they were made
// from, and it makes no difference whether the scenario's timeline changes them or somebody from outside.
#include "models/planning/run.hpp"
#include "tests/support/tiny_cluster.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <string>

namespace eks::testing {
namespace {

std::size_t jobs_started(const TinyRun& run, sim::Duration from, sim::Duration until) {
    std::size_t count = 0;
    for (const auto& seen : run.all<JobStartedFact>(at(from))) count += seen.at < at(until) ? 1 : 0;
    return count;
}

// --- CronJobs

TinyCluster minutely(std::int32_t minor = 36) {
    TinyCluster c(minor);
    c.add_nodes(1);
    c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(5_s));
    return c;
}

TEST(Changes, ASuspendedCronJobStartsNothingAndMakesUpForItsLastTickOnResume) {
    // CRON-6: ticks during the suspension count as missed, and the most recent one is started.
    TinyCluster c = minutely();
    c.change_at(10_min + 30_s, [](Spec& s) { s.workloads[0].cron.suspended = true; });
    c.change_at(20_min + 30_s, [](Spec& s) { s.workloads[0].cron.suspended = false; });
    TinyRun run = c.start();
    run.until(30_min, 10_s);
    EXPECT_EQ(jobs_started(run, 0_s, 10_min + 30_s), 10U);
    EXPECT_EQ(jobs_started(run, 10_min + 30_s, 20_min + 30_s), 0U);
    EXPECT_EQ(jobs_started(run, 20_min + 30_s, 21_min), 1U);
    EXPECT_EQ(jobs_started(run, 21_min, 30_min), 9U);
}

TEST(Changes, ANewScheduleHoldsFromItsNextTickOn) {
    // CRON-7. A run starts at 22:14:00, so fives are at 1, 6, 11 … minutes.
    TinyCluster c = minutely();
    c.change_at(10_min + 30_s, [](Spec& s) { s.workloads[0].cron.schedule = parse_cron("*/5 * * * *").schedule; });
    TinyRun run = c.start();
    run.until(60_min, 10_s);
    EXPECT_EQ(jobs_started(run, 0_s, 10_min + 30_s), 10U);
    for (const auto& seen : run.all<JobStartedFact>(at(10_min + 30_s))) EXPECT_EQ(seen.fact.late, 120_ms);
    EXPECT_EQ(jobs_started(run, 10_min + 30_s, 60_min), 10U);
}

TEST(Changes, APollingControllerFindsTheNewScheduleByItself) {
    // X-8: a loop each ten seconds, which remembers nothing.
    TinyCluster c = minutely(10);
    c.at(WorkloadIx::of(0)).cron.schedule = parse_cron("0 0 1 1 *").schedule;
    c.change_at(10_min + 30_s, [](Spec& s) { s.workloads[0].cron.schedule = parse_cron("*/5 * * * *").schedule; });
    TinyRun run = c.start();
    run.until(60_min, 10_s);
    EXPECT_EQ(jobs_started(run, 0_s, 10_min + 30_s), 0U);
    // The controller of 1.10 starts what was due since the CronJob was made, and then each tick.
    EXPECT_EQ(jobs_started(run, 10_min + 30_s, 11_min), 1U);
    EXPECT_EQ(jobs_started(run, 11_min, 60_min), 10U);
}

TEST(Changes, HistoryAndConcurrencyAreThoseInForce) {
    TinyCluster c = minutely();
    c.pod_of(WorkloadIx::of(0)).run_time = sim::Distribution::constant(90_s);
    c.change_at(20_min + 5_s, [](Spec& s) {
        s.workloads[0].cron.successful_history = 0;
        s.workloads[0].cron.concurrency = ConcurrencyPolicy::forbid;
    });
    TinyRun run = c.start();
    run.until(20_min + 4_s);
    EXPECT_EQ(run.world().workloads[0].succeeded_jobs, 3);  // CRON-8
    EXPECT_EQ(run.world().workloads[0].active_jobs, 2);
    run.until(40_min);
    EXPECT_EQ(run.world().workloads[0].succeeded_jobs, 0);
    EXPECT_LE(run.world().workloads[0].active_jobs, 1);  // CRON-6
    // Each runs for a minute and a half, and the tick that it made wait starts when it ends.
    EXPECT_NEAR(static_cast<double>(jobs_started(run, 22_min, 40_min)), 18.0 / 1.5, 1.0);
}

TEST(Changes, ARunningJobKeepsItsTemplateAndTheNextHasTheNew) {
    TinyCluster c = minutely();
    PodTemplate larger = TinyCluster::job_pod(5_s);
    larger.containers[0].requests.cpu_milli = 700;
    c.pod_of(WorkloadIx::of(0)).run_time = sim::Distribution::constant(30_s);
    c.spec.templates.push_back(larger);
    c.change_at(70_s, [](Spec& s) { s.workloads[0].pod_template = TemplateIx::of(1); });
    TinyRun run = c.start();
    run.until(75_s);
    EXPECT_EQ(run.the_node().requested.cpu_milli, 1);
    run.until(90_s);
    EXPECT_EQ(run.the_node().requested.cpu_milli, 1);
    run.until(123_s);
    EXPECT_EQ(run.the_node().requested.cpu_milli, 700);
}

// --- Jobs

TinyCluster with_job(std::int32_t completions, sim::Duration run_time) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("batch", TinyCluster::job_pod(run_time), completions, 2);
    c.at(job).job.backoff_limit = 0;
    return c;
}

TEST(Changes, ASuspendedJobLosesItsPodsAndFailsByNone) {
    // JOB-10, with a back-off limit that the first failure would break.
    TinyCluster c = with_job(4, 1_min);
    c.change_at(30_s, [](Spec& s) { s.workloads[0].job.suspended = true; });
    c.change_at(10_min, [](Spec& s) { s.workloads[0].job.suspended = false; });
    TinyRun run = c.start();
    run.until(29_s);
    EXPECT_EQ(run.pods_of(WorkloadIx::of(0)).size(), 2U);
    run.until(9_min, 1_s);
    EXPECT_EQ(run.pods_of(WorkloadIx::of(0)).size(), 0U);
    run.until(15_min, 1_s);
    const auto finished = run.all<JobFinishedFact>();
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_TRUE(finished[0].fact.succeeded);
    // Four runs of a minute, two at a time, from the resume on: what was done before the suspension is lost.
    EXPECT_GT(finished[0].at, at(12_min));
    EXPECT_LT(finished[0].at, at(12_min + 15_s));
    EXPECT_LT(finished[0].fact.lasted, 2_min + 15_s);
}

TEST(Changes, APodOnItsWayToASuspendedJobIsDeletedToo) {
    TinyCluster c = with_job(4, 1_min);
    c.change_at(5_ms, [](Spec& s) { s.workloads[0].job.suspended = true; });
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(run.pods_of(WorkloadIx::of(0)).size(), 0U);
    EXPECT_EQ(run.count<JobFinishedFact>(), 0U);
}

TEST(Changes, TheDeadlineOfAJobCountsFromItsResume) {
    // JOB-7: from startTime, which a resume sets anew; a suspended Job has none.
    TinyCluster c = with_job(1, 1_h);
    c.at(WorkloadIx::of(0)).job.suspended = true;
    c.at(WorkloadIx::of(0)).job.has_active_deadline = true;
    c.at(WorkloadIx::of(0)).job.active_deadline = 2_min;
    c.change_at(10_min, [](Spec& s) { s.workloads[0].job.suspended = false; });
    TinyRun run = c.start();
    run.until(20_min, 1_s);
    const auto finished = run.all<JobFinishedFact>();
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_FALSE(finished[0].fact.succeeded);
    EXPECT_GE(finished[0].at, at(12_min));
    EXPECT_LT(finished[0].at, at(12_min + 5_s));
}

TEST(Changes, AShorterDeadlineIsNoticedAtOnce) {
    TinyCluster c = with_job(1, 1_h);
    c.change_at(10_min, [](Spec& s) {
        s.workloads[0].job.has_active_deadline = true;
        s.workloads[0].job.active_deadline = 5_min;
    });
    TinyRun run = c.start();
    run.until(11_min);
    ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_FALSE(run.all<JobFinishedFact>()[0].fact.succeeded);
}

TEST(Changes, AnotherTimeToLiveHoldsForJobsThatHaveEnded) {
    // JOB-11
    for (const sim::Duration ttl : {3_min, 30_min}) {
        TinyCluster c = with_job(1, 5_s);
        c.at(WorkloadIx::of(0)).job.has_ttl = true;
        c.at(WorkloadIx::of(0)).job.ttl_after_finished = 10_min;
        c.change_at(1_min, [ttl](Spec& s) { s.workloads[0].job.ttl_after_finished = ttl; });
        TinyRun run = c.start();
        run.until(1_h, 10_s);
        const auto finished = run.all<JobFinishedFact>();
        const auto removed = run.all<JobRemovedFact>();
        ASSERT_EQ(finished.size(), 1U);
        ASSERT_EQ(removed.size(), 1U);
        EXPECT_EQ(removed[0].at, finished[0].at + ttl);
    }
}

// --- pods and addresses

TEST(Changes, NewPodsOfAReplicaSetTakeTheNewTemplateAndOldOnesKeepTheirs) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx set = c.add(WorkloadKind::replica_set, "set", TinyCluster::serving_pod(100), 3);
    c.spec.templates.push_back(TinyCluster::serving_pod(250));
    c.change_at(1_min, [](Spec& s) { s.workloads[0].pod_template = TemplateIx::of(1); });
    c.scale_at(2_min, set, 5);
    c.scale_at(3_min, set, 0);
    TinyRun run = c.start();
    run.until(119_s, 1_s);
    EXPECT_EQ(run.the_node().requested.cpu_milli, 300);
    run.until(179_s, 1_s);
    EXPECT_EQ(run.the_node().requested.cpu_milli, 300 + 2 * 250);
    run.until(5_min, 1_s);
    EXPECT_EQ(run.the_node().requested.cpu_milli, 0);
}

TEST(Changes, ThePoolFollowsItsSettings) {
    // IPAM-40: with WARM_IP_TARGET 2 a node without pods keeps two addresses, with 7 seven.
    TinyCluster c;
    c.add_nodes(1);
    c.spec.cni.warm_ip_target = 2;
    c.change_at(1_min, [](Spec& s) { s.cni.warm_ip_target = 7; });
    c.change_at(10_min, [](Spec& s) { s.cni.warm_ip_target = 2; });
    TinyRun run = c.start();
    run.until(59_s);
    EXPECT_EQ(run.the_pool().total, 2);
    run.until(2_min, 1_s);
    EXPECT_EQ(run.the_pool().total, 7);
    run.until(20_min, 1_s);
    EXPECT_EQ(run.the_pool().total, 2);
}

// --- from outside

eks::Run started(const Scenario& scenario) { return start(scenario); }

Scenario loaded(const scenario_test::Changes& set, const std::vector<std::pair<sim::Duration, std::string>>& changes) {
    LoadOptions options;
    options.set = set;
    options.changes = changes;
    auto scenario = load_scenario_json(scenario_test::small_scenario, options);
    EXPECT_TRUE(scenario.ok()) << scenario_test::listed(scenario.error());
    return *scenario;
}

// What is asked of the small scenario at 40 minutes, in each of these cases beside its own scaling at 30.
const char* const acts[] = {
    R"({"apply": "DaemonSet/kube-system/aws-node", "env": {"WARM_IP_TARGET": "3", "IP_COOLDOWN_PERIOD": "10"}})",
    R"({"apply": "CronJob/reports/nightly", "merge": {"spec": {"schedule": "*/7 * * * *"}}})",
    R"({"apply": "CronJob/reports/nightly", "image": "report:1", "resources": {"requests": {"cpu": "300m"}}})",
    R"({"apply": "Deployment/shop/web", "replicas": 9})",
    R"({"apply": "Deployment/shop/web", "merge": {"spec": {"replicas": 12}}, "for": "20m"})",
    R"({"scale": "Deployment/shop/web", "replicas": 1, "for": "5m"})",
    R"({"delete": "Deployment/shop/web"})",
    R"({"fault": "cni-daemon-down", "for": "5m"})",
};

std::string timeline_with(std::string act, const char* when) {
    act.back() = ',';
    return R"([{"at": "30m", "scale": "Deployment/shop/web", "replicas": 6},
               {"at": "50m", "apply": "CronJob/reports/nightly", "merge": {"spec": {"concurrencyPolicy": "Forbid"}}}, )" +
           act + when + "]";
}

TEST(Changes, FromOutsideAreThoseOfTheTimeline) {
    for (const std::string act : acts) {
        const scenario_test::Changes more{{"manifests[1].spec.schedule", "*/5 * * * *"}};
        scenario_test::Changes planned = more;
        planned.emplace_back("timeline", timeline_with(act, R"("at": "40m"})"));
        scenario_test::Changes unplanned = more;
        unplanned.emplace_back("timeline", timeline_with(R"({"name": "x", "for": "1m"})", R"("at": "40m"})"));

        eks::Run inside = started(loaded(planned, {}));
        inside.until(2_h);
        eks::Run outside = started(loaded(unplanned, {}));
        outside.until(40_min);
        const eks::Run fork = outside;
        ASSERT_TRUE(outside.change_spec(loaded(unplanned, {{40_min, act}}).spec)) << act;
        outside.until(2_h);
        EXPECT_EQ(outside.metrics(), inside.metrics()) << act;
        EXPECT_EQ(outside.world().pods, inside.world().pods) << act;
        EXPECT_EQ(outside.world().workloads, inside.world().workloads) << act;
        EXPECT_EQ(outside.spec().cni, inside.spec().cni) << act;
        // It made a difference, and the branch that nobody touched went its own way.
        eks::Run untouched = fork;
        untouched.until(2_h);
        EXPECT_NE(untouched.metrics(), outside.metrics()) << act;
    }
}

TEST(Changes, FollowEachOtherAndAreUndoneByNoLaterEntry) {
    // The timeline changes the CronJob at 50 minutes; what was done to it from outside before that stays done.
    const scenario_test::Changes set{{"timeline", R"([{"at": "50m", "apply": "CronJob/reports/nightly",
                          "merge": {"spec": {"concurrencyPolicy": "Forbid"}}}])"}};
    std::vector<std::pair<sim::Duration, std::string>> done{
        {20_min, R"({"apply": "CronJob/reports/nightly", "merge": {"spec": {"successfulJobsHistoryLimit": 7}}})"}};
    eks::Run run = started(loaded(set, {}));
    run.until(20_min);
    ASSERT_TRUE(run.change_spec(loaded(set, done).spec));
    run.until(30_min);
    done.emplace_back(30_min,
                      R"({"apply": "CronJob/reports/nightly", "merge": {"spec": {"failedJobsHistoryLimit": 9}}})");
    ASSERT_TRUE(run.change_spec(loaded(set, done).spec));
    run.until(55_min);
    CronJobSpec cron;
    for (const Workload& workload : run.spec().workloads) {
        if (workload.name == "nightly") cron = workload.cron;
    }
    EXPECT_EQ(cron.successful_history, 7);
    EXPECT_EQ(cron.failed_history, 9);
    EXPECT_EQ(cron.concurrency, ConcurrencyPolicy::forbid);
}

TEST(Changes, WhatLastsEndsOnceWhateverElseIsDoneMeanwhile) {
    // While the first act still lasts, a second one is done.
    const char* const scale = R"({"scale": "Deployment/shop/web", "replicas": 9, "for": "40m"})";
    const char* const suspend = R"({"apply": "CronJob/reports/nightly", "merge": {"spec": {"suspend": true}}})";
    const scenario_test::Changes often{{"manifests[1].spec.schedule", "*/5 * * * *"},
                                       {"timeline", R"([{"at": "5m", "name": "x", "for": "1m"}])"}};
    scenario_test::Changes planned = often;
    planned.back().second = R"([{"at": "20m", "scale": "Deployment/shop/web", "replicas": 9, "for": "40m"},
        {"at": "30m", "apply": "CronJob/reports/nightly", "merge": {"spec": {"suspend": true}}}])";
    eks::Run inside = started(loaded(planned, {}));
    inside.until(2_h);
    eks::Run outside = started(loaded(often, {}));
    outside.until(20_min);
    ASSERT_TRUE(outside.change_spec(loaded(often, {{20_min, scale}}).spec));
    outside.until(30_min);
    ASSERT_TRUE(outside.change_spec(loaded(often, {{20_min, scale}, {30_min, suspend}}).spec));
    outside.until(2_h);
    EXPECT_EQ(outside.metrics(), inside.metrics());
    EXPECT_EQ(outside.world().workloads, inside.world().workloads);
}

TEST(Changes, ARunRefusesAnotherPast) {
    eks::Run run = started(loaded({}, {}));
    run.until(1_h);
    const auto before = run.fingerprint();
    EXPECT_FALSE(run.change_spec(loaded({{"manifests[0].spec.replicas", "3"}}, {}).spec));
    EXPECT_FALSE(run.change_spec(loaded({{"timeline", "[]"}}, {}).spec));
    EXPECT_EQ(run.fingerprint(), before);
}

TEST(Changes, AreRepeatedBySeedAndTakePartInTheFingerprint) {
    TinyCluster c = minutely();
    const auto print = [](const TinyCluster& cluster) {
        TinyRun run = cluster.start(7);
        run.until(10_min);
        return sim::fingerprint(run.simulation());
    };
    TinyCluster changed = c;
    changed.change_at(1_h, [](Spec& s) { s.workloads[0].cron.suspended = true; });
    TinyCluster early = c;
    early.change_at(9_min + 59_s, [](Spec& s) { s.workloads[0].cron.failed_history = 5; });
    EXPECT_EQ(print(early), print(early));
    EXPECT_NE(print(early), print(changed));
}

}  // namespace
}  // namespace eks::testing
