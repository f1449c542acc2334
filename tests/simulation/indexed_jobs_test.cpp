// Jobs in full: indexes with limits of their own (JOB-9), policies about failures (JOB-8), another parallelism (JOB-3),
// and the patch versions of 1.10.
#include "models/systems/workloads/job_arithmetic.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <set>

namespace eks::testing {
namespace {

PodTemplate failing_pod(std::int32_t failure_rate_ppm = 1'000'000) {
    PodTemplate pod = TinyCluster::job_pod(5_s);
    pod.failure_rate_ppm = failure_rate_ppm;
    return pod;
}

struct OneJob {
    TinyCluster c;
    WorkloadIx job;
    explicit OneJob(const PodTemplate& pod, std::int32_t completions, std::int32_t parallelism, std::int32_t minor = 36)
        : c(minor) {
        c.add_nodes(1);
        job = c.add_job("sum", pod, completions, parallelism);
    }
    JobSpec& spec() { return c.at(job).job; }
};

const Job& the_job(const TinyRun& run) { return run.world().jobs[(*run.world().jobs.begin()).id]; }

TEST(IndexedJobs, EachIndexSucceedsOnce) {  // JOB-9
    OneJob k(TinyCluster::job_pod(5_s), 5, 2);
    k.spec().is_indexed = true;
    TinyRun run = k.c.start();
    run.until(5_s, 1_s);
    std::set<std::uint32_t> first;
    for (const PodId id : run.pods_of(k.job)) first.insert(run.pod(id).replica);
    EXPECT_EQ(first, (std::set<std::uint32_t>{0, 1}));  // the lowest first
    run.until(2_min, 1_s);
    ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_TRUE(run.all<JobFinishedFact>()[0].fact.succeeded);
    std::set<std::uint32_t> all;
    for (const auto& seen : run.all<PodCreatedFact>()) all.insert(seen.fact.replica);
    EXPECT_EQ(all, (std::set<std::uint32_t>{0, 1, 2, 3, 4}));
    EXPECT_EQ(run.count<PodCreatedFact>(), 5U);
}

TEST(IndexedJobs, AnIndexFailsAtItsOwnLimitAndTheJobInTheEnd) {  // JOB-9
    OneJob k(failing_pod(), 3, 3);
    k.spec().is_indexed = k.spec().has_limit_per_index = true;
    k.spec().limit_per_index = 1;
    k.spec().backoff_limit = 1'000'000;
    TinyRun run = k.c.start();
    run.until(1_h, 10_s);
    // Two pods an index: a failure, 10 s of back-off, and the failure that is one too many.
    EXPECT_EQ(run.count<PodCreatedFact>(), 6U);
    ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_FALSE(run.all<JobFinishedFact>()[0].fact.succeeded);
    EXPECT_EQ(the_job(run).failed_indexes, 3);
}

TEST(IndexedJobs, TooManyFailedIndexesEndTheJobAtOnce) {  // JOB-9
    OneJob k(failing_pod(), 100, 1);
    k.spec().is_indexed = k.spec().has_limit_per_index = k.spec().has_most_failed_indexes = true;
    k.spec().backoff_limit = 1'000'000;
    k.spec().most_failed_indexes = 2;
    TinyRun run = k.c.start();
    run.until(1_h, 10_s);
    EXPECT_EQ(run.count<PodCreatedFact>(), 3U);
    EXPECT_EQ(run.count<JobFinishedFact>(), 1U);
}

TEST(SuccessPolicy, EndsTheJobWhenTheIndexesOfARuleHaveSucceeded) {  // JOB-9; job/success_policy.go
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("leader", TinyCluster::job_pod(10_s), 4, 4);
    c.at(job).job.is_indexed = true;
    c.pod_of(job).run_time = *sim::Distribution::uniform(10_s, 10_min);
    c.at(job).job.success_rules = {{{}, true, 2}};
    TinyRun run = c.start();
    run.until(20_min, 1_s);
    std::vector<sim::Time> succeeded;
    for (const auto& seen : run.all<PodPhaseFact>()) {
        if (seen.fact.to == PodPhase::succeeded) succeeded.push_back(seen.at);
    }
    EXPECT_EQ(succeeded.size(), 2U);  // the others were deleted
    ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_TRUE(run.all<JobFinishedFact>()[0].fact.succeeded);
    EXPECT_GE(run.all<JobFinishedFact>()[0].at, succeeded[1] + 1_s);  // JOB-2
    EXPECT_LE(run.all<JobFinishedFact>()[0].at, succeeded[1] + 40_s);
    EXPECT_EQ(run.count<PodCreatedFact>(), 4U);
}

TEST(SuccessPolicy, ARuleNeedsItsIndexesOrSoManyOfThem) {
    const std::vector<std::int32_t> succeeded{0, 2, 5};
    EXPECT_TRUE(is_met({{0, 2}, false, 0}, succeeded));
    EXPECT_FALSE(is_met({{0, 1}, false, 0}, succeeded));
    EXPECT_TRUE(is_met({{0, 1}, true, 1}, succeeded));
    EXPECT_FALSE(is_met({{1, 3}, true, 1}, succeeded));
    EXPECT_TRUE(is_met({{}, true, 3}, succeeded));
    EXPECT_FALSE(is_met({{}, true, 4}, succeeded));
}

TEST(PodFailurePolicy, FailsTheJobForOneExitCodeAndIgnoresAnother) {  // JOB-8
    const auto pods_made = [](FailureAction action) {
        PodTemplate pod = failing_pod();
        pod.failure_exit_code = 42;
        OneJob k(pod, 1, 1);
        k.spec().backoff_limit = 1;
        k.spec().has_failure_policy = k.spec().replaces_failed_only = true;
        k.spec().failure_rules = {{action, ExitCodeRule{"", true, {42}}, {}}};
        TinyRun run = k.c.start();
        run.until(10_min, 10_s);
        return run.count<PodCreatedFact>();
    };
    EXPECT_EQ(pods_made(FailureAction::fail_job), 1U);
    EXPECT_EQ(pods_made(FailureAction::count), 2U);  // JOB-5
    // They never count. Each waits longer than the one before (JOB-6): 10, 20, 40, 80, 160 and 320 s.
    EXPECT_EQ(pods_made(FailureAction::ignore), 6U);
}

TEST(Jobs, ASmallerParallelismDeletesTheSurplus) {  // JOB-3, JOB-4
    OneJob k(TinyCluster::job_pod(1_h), 10, 6);
    k.c.change_at(1_min, [&](Spec& s) { s.workloads[k.job.value].job.parallelism = 2; });
    TinyRun run = k.c.start();
    run.until(1_min);
    EXPECT_EQ(the_job(run).active, 6);
    run.until(2_min, 1_s);
    EXPECT_EQ(run.world()[k.job].active, 2);
    EXPECT_EQ(the_job(run).active, 2);
    EXPECT_EQ(the_job(run).failed, 4);  // JOB-4: what was deleted before it succeeded
}

TEST(JobsOf2018, NeverReachTheirLimitUntilTheFifthPatch) {
    const auto pods_made = [](std::int32_t patch) {
        OneJob k(failing_pod(), 1, 1, 10);
        k.c.spec.kubernetes.patch = patch;
        k.spec().backoff_limit = 4;
        TinyRun run = k.c.start();
        run.until(1_h, 1_min);
        return run.count<PodCreatedFact>();
    };
    EXPECT_GT(pods_made(3), 400U);  // one each time the last has failed, for ever
    EXPECT_GT(pods_made(4), 400U);
    EXPECT_EQ(pods_made(5), 5U);
}

}  // namespace
}  // namespace eks::testing
