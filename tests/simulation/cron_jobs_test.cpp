// CronJobs of today (CRON-5 to CRON-8) and of 1.10. A run starts on a whole minute, so ticks of a minutely
// schedule come at 60, 120, 180 … s.
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

TinyCluster with_cron(std::int32_t minor, sim::Duration run_time, ConcurrencyPolicy policy = ConcurrencyPolicy::allow) {
    TinyCluster c(minor);
    c.add_nodes(1);
    const WorkloadIx cron = c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(run_time));
    c.at(cron).cron.concurrency = policy;
    return c;
}

TEST(CronJobs, StartATenthOfASecondAfterTheTick) {
    // CRON-7: 100 ms, and the write with its delivery.
    TinyRun run = with_cron(36, 5_s).start();
    run.until(1_h + 1_s);
    const auto started = run.all<JobStartedFact>();
    ASSERT_EQ(started.size(), 60U);
    for (std::size_t n = 0; n < started.size(); ++n) {
        EXPECT_EQ(started[n].at, at(sim::Duration::minutes(static_cast<std::int64_t>(n) + 1) + 100_ms + 20_ms));
        EXPECT_EQ(started[n].fact.late, 120_ms);
    }
}

TEST(CronJobs, KeepThreeSuccessfulAndOneFailedJob) {
    // CRON-8
    TinyCluster c = with_cron(36, 5_s);
    c.spec.templates[0].failure_rate_ppm = 400'000;
    c.spec.workloads[0].job.backoff_limit = 0;
    TinyRun run = c.start();
    for (int minute = 10; minute < 60; ++minute) {
        run.until(sim::Duration::minutes(minute) + 50_s);
        int succeeded = 0;
        int failed = 0;
        for (const auto& [id, job] : run.world().jobs) {
            if (job.finished != sim::Time::never()) ++(job.complete ? succeeded : failed);
        }
        EXPECT_LE(succeeded, 3);
        EXPECT_LE(failed, 1);
        EXPECT_GE(succeeded + failed, 3);
    }
}

TEST(CronJobs, MemoryFollowsLiveJobsAndNotHistory) {
    TinyRun run = with_cron(36, 5_s).start();
    run.until(10_min);
    const std::size_t pods = run.world().pods.capacity_slots();
    run.until(24_h);
    EXPECT_LE(run.world().pods.capacity_slots(), pods + 1);
    EXPECT_EQ(run.count<JobStartedFact>(), 24U * 60U - 1U);
}

TEST(CronJobs, ADeletionOnItsWayIsNotAskedForAgain) {
    // CRON-8, CLIENT-2: 60 CronJobs make four calls a minute each (a creation, two of status, a deletion), which is all
    // that the client may make. Deletions are on their way for nearly a minute, so a controller that asked for them
    // again at its next look would fall behind for good: finished Jobs would pile up, and ticks would be left out.
    TinyCluster c(36);
    c.add_nodes(4);
    for (int n = 0; n < 60; ++n) c.add_cron_job("tick-" + std::to_string(n), "* * * * *", TinyCluster::job_pod(5_s));
    c.spec.latencies.controller = {4, 4};
    TinyRun run = c.start();
    run.until(2_h);
    EXPECT_LE(run.world().jobs.size(), 60U * 5U);
    EXPECT_EQ(run.count<JobStartedFact>(), 60U * 119U);
}

TEST(CronJobs, ForbidStartsLateWhenTheOneBeforeHasEnded) {
    // CRON-6: a run of 90 s; the tick at 120 s is tried again when the first Job has ended at about 152 s.
    TinyRun run = with_cron(36, 90_s, ConcurrencyPolicy::forbid).start();
    run.until(30_min);
    const auto started = run.all<JobStartedFact>();
    ASSERT_GE(started.size(), 15U);
    EXPECT_EQ(started[0].fact.late, 120_ms);
    EXPECT_GE(started[1].fact.late, 30_s);
    EXPECT_LE(started[1].fact.late, 35_s);
    const auto finished = run.all<JobFinishedFact>();
    for (std::size_t n = 1; n < started.size(); ++n) EXPECT_GE(started[n].at, finished[n - 1].at);
}

TEST(CronJobs, ForbidWithADeadlineLeavesALateTickOut) {
    // CRON-6: within 10 s or not at all.
    TinyCluster c = with_cron(36, 90_s, ConcurrencyPolicy::forbid);
    c.spec.workloads[0].cron.has_starting_deadline = true;
    c.spec.workloads[0].cron.starting_deadline = 10_s;
    TinyRun run = c.start();
    run.until(30_min);
    const auto started = run.all<JobStartedFact>();
    ASSERT_GE(started.size(), 14U);
    for (std::size_t n = 0; n < started.size(); ++n) {
        EXPECT_EQ(started[n].fact.late, 120_ms);
        EXPECT_EQ(started[n].at, at(sim::Duration::minutes(2 * static_cast<std::int64_t>(n) + 1) + 120_ms));
    }
}

TEST(CronJobs, ReplaceEndsTheOneBefore) {
    // CRON-6
    TinyRun run = with_cron(36, 90_s, ConcurrencyPolicy::replace).start();
    run.until(10_min + 30_s);
    EXPECT_EQ(run.count<JobStartedFact>(), 10U);
    EXPECT_EQ(run.count<JobFinishedFact>(), 0U);
    const auto removed = run.all<JobRemovedFact>();
    EXPECT_EQ(removed.size(), 9U);
    for (const auto& job : removed) EXPECT_TRUE(job.fact.was_active);
    EXPECT_EQ(run.world().jobs.size(), 1U);
}

TEST(CronJobs, AllowLetsRunsOverlap) {
    // CRON-9: runs of 150 s a minute apart are two or three at a time.
    TinyRun run = with_cron(36, 150_s).start();
    run.until(10_min + 30_s);
    EXPECT_EQ(run.count<JobStartedFact>(), 10U);
    EXPECT_EQ(run.world().workloads[0].active_jobs, 3);
}

TEST(CronJobs, ASuspendedOneStartsNothing) {
    for (const std::int32_t minor : {10, 36}) {
        TinyCluster c = with_cron(minor, 5_s);
        c.spec.workloads[0].cron.suspended = true;
        TinyRun run = c.start();
        run.until(1_h);
        EXPECT_EQ(run.count<JobStartedFact>(), 0U);
    }
}

TEST(CronJobs, AfterMoreThanAHundredMissedTicksTodaysControllerGoesOn) {
    // CRON-5: the job is started. X-8: that of 1.10 never starts it again, until a deadline makes the ticks fit.
    struct Case {
        std::int32_t minor;
        bool has_deadline;
        bool goes_on;
    };
    for (const auto& [minor, has_deadline, goes_on] :
         {Case{36, false, true}, Case{10, false, false}, Case{10, true, true}}) {
        TinyCluster c = with_cron(minor, 102_min, ConcurrencyPolicy::forbid);
        c.spec.workloads[0].cron.has_starting_deadline = has_deadline;
        c.spec.workloads[0].cron.starting_deadline = 200_s;
        TinyRun run = c.start();
        run.until(6_h);
        EXPECT_EQ(run.count<JobStartedFact>() > 1, goes_on) << "1." << minor;
        EXPECT_EQ(run.count<CronTickMissedFact>() > 0, !goes_on);
    }
}

TEST(CronJobsOf2018, ALoopOfTenSecondsFindsTheTicks) {
    // up to the pause of ten seconds late, and the loop's few calls.
    TinyRun run = with_cron(10, 5_s).start();
    run.until(1_h);
    const auto started = run.all<JobStartedFact>();
    ASSERT_GE(started.size(), 58U);
    sim::Duration latest;
    for (const auto& job : started) {
        EXPECT_GE(job.fact.late, 20_ms);
        latest = std::max(latest, job.fact.late);
    }
    EXPECT_LE(latest, 10_s + 1_s);
    EXPECT_GE(latest, 5_s);
}

TEST(CronJobsOf2018, SixtyOfThemAreStartedAtTheClientsLimit) {
    // X-8, CLIENT-2: four calls each, 242 in all, of which 30 go at once and 20 a second after: about 10 s from the
    // first to the last, and another pause of 10 s where the tick falls into a loop that is under way.
    TinyCluster c(10);
    c.add_nodes(4);
    for (int n = 0; n < 60; ++n) c.add_cron_job("tick" + std::to_string(n), "* * * * *", TinyCluster::job_pod(5_s));
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        TinyRun run = c.start(seed);
        run.until(1_min + 59_s);
        const auto started = run.all<JobStartedFact>();
        ASSERT_EQ(started.size(), 60U);
        EXPECT_GE((started.back().at - started.front().at).in_seconds(), (240.0 - 30.0) / 20.0 - 1.5);
        EXPECT_LE((started.back().at - started.front().at).in_seconds(), 10.0 + (240.0 - 30.0) / 20.0 + 1.5);
    }
}

TEST(CronJobsOf2018, ADeadlineShorterThanTheLoopLosesTicks) {
    // with deadline < 10 s a tick can be missed entirely.
    TinyCluster c = with_cron(10, 5_s);
    c.spec.workloads[0].cron.has_starting_deadline = true;
    c.spec.workloads[0].cron.starting_deadline = 3_s;
    TinyRun run = c.start();
    run.until(4_h);
    EXPECT_LT(run.count<JobStartedFact>(), 200U);
    EXPECT_GT(run.count<JobStartedFact>(), 20U);
    for (const auto& job : run.all<JobStartedFact>()) EXPECT_LE(job.fact.late, 3_s + 100_ms);
}

TEST(CronJobsOf2018, AJobThatHasGoneIsActiveNoLonger) {
    // what is on the list of active Jobs and exists no more is taken off. A Job that goes a second after its end
    // has gone before the loop of ten seconds comes by; with Forbid its successors would never start.
    TinyCluster c = with_cron(10, 2_s, ConcurrencyPolicy::forbid);
    c.at(WorkloadIx::of(0)).job.has_ttl = true;
    c.at(WorkloadIx::of(0)).job.ttl_after_finished = 1_s;
    TinyRun run = c.start();
    run.until(10_min + 30_s);
    EXPECT_EQ(run.count<JobStartedFact>(), 10U);
}

TEST(CronJobsOf2018, KeepTheSameHistory) {
    TinyRun run = with_cron(10, 5_s).start();
    for (int minute = 10; minute < 60; ++minute) {
        run.until(sim::Duration::minutes(minute) + 45_s);
        EXPECT_LE(run.world().jobs.size(), 5U);
    }
}

}  // namespace
}  // namespace eks::testing
