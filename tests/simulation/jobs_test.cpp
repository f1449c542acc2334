// Jobs: how many pods, what follows a failure, and when it is over (JOB-1 to JOB-12, KUBELET-37; X-6 in 1.10).
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

PodTemplate failing_pod(sim::Duration run_time, RestartPolicy policy = RestartPolicy::never) {
    PodTemplate pod = TinyCluster::job_pod(run_time, policy);
    pod.failure_rate_ppm = 1'000'000;
    return pod;
}

std::vector<sim::Time> ends_of_pods(const TinyRun& run, PodPhase phase) {
    std::vector<sim::Time> times;
    for (const auto& change : run.all<PodPhaseFact>()) {
        if (change.fact.to == phase) times.push_back(change.at);
    }
    return times;
}

TEST(Jobs, KeepTheirParallelismUntilEnoughHaveSucceeded) {
    // JOB-3: clamp(completions - succeeded, 0, parallelism).
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("batch", TinyCluster::job_pod(10_s), 7, 3);
    TinyRun run = c.start();
    for (sim::Duration t = 0_s; t < 2_min; t += 500_ms) {
        run.until(t);
        EXPECT_LE(run.world()[job].active, 3);
    }
    EXPECT_EQ(run.count<PodCreatedFact>(), 7U);
    const auto finished = run.all<JobFinishedFact>();
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_TRUE(finished[0].fact.succeeded);
    // JOB-2: the controller looks a second after an end.
    EXPECT_GE(finished[0].at - ends_of_pods(run, PodPhase::succeeded).back(), 1_s);
}

TEST(Jobs, AWorkQueueMakesNoMorePodsAfterTheFirstSuccess) {
    // JOB-1, JOB-3
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::job_pod(10_s);
    pod.run_time = *sim::Distribution::uniform(5_s, 60_s);
    const WorkloadIx job = c.add_job("queue", pod, 1, 4);
    c.at(job).job.is_work_queue = true;
    TinyRun run = c.start();
    run.until(5_min);
    EXPECT_EQ(run.count<PodCreatedFact>(), 4U);
    ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_TRUE(run.all<JobFinishedFact>()[0].fact.succeeded);
    EXPECT_GT(run.all<JobFinishedFact>()[0].at, ends_of_pods(run, PodPhase::succeeded).back());
}

TEST(Jobs, FailAfterOnePodMoreThanTheBackoffLimit) {
    // JOB-5; JOB-6: 10, 20, 40 s after the failures.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("broken", failing_pod(2_s));
    c.at(job).job.backoff_limit = 3;
    TinyRun run = c.start();
    run.until(30_min);
    const auto created = run.all<PodCreatedFact>();
    ASSERT_EQ(created.size(), 4U);
    const std::vector<sim::Time> failed = ends_of_pods(run, PodPhase::failed);
    ASSERT_EQ(failed.size(), 4U);
    const sim::Duration pauses[] = {10_s, 20_s, 40_s};
    for (std::size_t n = 0; n < 3; ++n) {
        // The failure was seen 100 ms before the phase shows; the controller may look a second later.
        EXPECT_GE(created[n + 1].at - failed[n], pauses[n] - 100_ms);
        EXPECT_LE(created[n + 1].at - failed[n], pauses[n] + 1100_ms);
    }
    ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_FALSE(run.all<JobFinishedFact>()[0].fact.succeeded);
    EXPECT_LE(run.all<JobFinishedFact>()[0].at - failed[3], 1100_ms);
}

TEST(Jobs, SimultaneousFailuresCountOneByOne) {
    // JOB-6: with p failures at once the pause jumps by p steps: four failures make 80 s.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("broken", failing_pod(2_s), 4, 4);
    c.at(job).job.backoff_limit = 6;
    TinyRun run = c.start();
    run.until(2_min);
    const auto created = run.all<PodCreatedFact>();
    ASSERT_GE(created.size(), 5U);
    const std::vector<sim::Time> failed = ends_of_pods(run, PodPhase::failed);
    EXPECT_GE(created[4].at - failed[3], 80_s - 100_ms);
    EXPECT_LE(created[4].at - failed[3], 80_s + 1100_ms);
}

TEST(Jobs, ASuccessEndsTheRowOfFailuresBeforeIt) {
    // JOB-6: k counts the failures after the last success, by when they ended. Pauses never exceed what that row
    // allows.
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::job_pod(2_s);
    pod.run_time = *sim::Distribution::uniform(2_s, 20_s);
    pod.failure_rate_ppm = 400'000;
    const WorkloadIx job = c.add_job("flaky", pod, 30, 2);
    c.at(job).job.backoff_limit = 1000;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        TinyRun run = c.start(seed);
        run.until(4_h);
        struct End {
            sim::Time at;
            bool success;
        };
        std::vector<End> ends;
        for (const auto& change : run.all<PodPhaseFact>()) {
            if (change.fact.to == PodPhase::succeeded || change.fact.to == PodPhase::failed)
                ends.push_back({change.at, change.fact.to == PodPhase::succeeded});
        }
        ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
        for (const auto& created : run.all<PodCreatedFact>()) {
            int row = 0;
            sim::Time last_failure = sim::Time::origin();
            for (const End& end : ends) {
                if (end.at > created.at - 20_ms) break;
                row = end.success ? 0 : row + 1;
                if (!end.success) last_failure = end.at;
            }
            if (row == 0 || created.at == sim::Time::origin()) continue;
            // A pod that ended within the last second and a bit may not have been looked at yet (JOB-2).
            if (created.at - ends.front().at < 2_s ||
                std::ranges::any_of(
                    ends, [&](const End& e) { return e.at < created.at && created.at - e.at < 1200_ms; }))
                continue;
            const std::int64_t pause = std::min<std::int64_t>(600, 10LL << std::min(row - 1, 6));
            EXPECT_GE(created.at - last_failure, sim::Duration::seconds(pause) - 120_ms) << "seed " << seed;
        }
    }
}

TEST(Jobs, ADeadlineDeletesWhatStillRunsAndFailsTheJobWhenItIsGone) {
    // JOB-7, JOB-5
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::job_pod(1_h);
    pod.stop_time = sim::Distribution::constant(20_s);
    const WorkloadIx job = c.add_job("slow", pod);
    c.at(job).job.has_active_deadline = true;
    c.at(job).job.active_deadline = 1_min;
    TinyRun run = c.start();
    run.until(5_min);
    const auto finished = run.all<JobFinishedFact>();
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_FALSE(finished[0].fact.succeeded);
    ASSERT_EQ(run.count<PodRemovedFact>(), 1U);
    EXPECT_GE(run.all<PodRemovedFact>()[0].at, at(80_s));
    EXPECT_GE(finished[0].at, run.all<PodRemovedFact>()[0].at);
    EXPECT_LE(finished[0].at, at(85_s));
}

TEST(Jobs, PodsThatAppearAfterTheDeadlineDoNotStayBehind) {
    // 200 creations take (200 - 30)/20 = 8.5 s (CLIENT-2); the deadline comes after two.
    TinyCluster c;
    c.add_nodes(3);
    const WorkloadIx job = c.add_job("wide", TinyCluster::job_pod(10_min), 200, 200);
    c.at(job).job.has_active_deadline = true;
    c.at(job).job.active_deadline = 2_s;
    TinyRun run = c.start();
    run.until(5_min, 1_s);
    EXPECT_EQ(run.world()[job].active, 0);
    for (const auto& [id, pod] : run.world().pods) EXPECT_EQ(pod.stage, PodStage::finished);
    EXPECT_EQ(run.count<JobFinishedFact>(), 1U);
}

TEST(Jobs, OnFailureRestartsInPlaceWithTheKubeletsBackoff) {
    // KUBELET-37, KUBELET-11: 0, 10, 20, 40 s, stretched by U[1, 1.5) and the tick of a second; JOB-5: the Job fails
    // once the restarts reach the limit.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("broken", failing_pod(5_s, RestartPolicy::on_failure));
    c.at(job).job.backoff_limit = 5;
    TinyRun run = c.start();
    run.until(30_min);
    EXPECT_EQ(run.count<PodCreatedFact>(), 1U);
    const auto restarts = run.all<ContainerRestartedFact>();
    ASSERT_EQ(restarts.size(), 5U);
    const sim::Duration pauses[] = {0_s, 10_s, 20_s, 40_s};
    for (std::size_t n = 0; n < 4; ++n) {
        // From one end to the next: the pause, the start, five seconds of run and up to a second until it is seen.
        const sim::Duration between = restarts[n + 1].at - restarts[n].at;
        EXPECT_GE(between, pauses[n] + 5_s);
        EXPECT_LE(between, pauses[n] + pauses[n] / 2 + 1_s + 200_ms + 5_s + 1_s);
    }
    ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_FALSE(run.all<JobFinishedFact>()[0].fact.succeeded);
    EXPECT_EQ(run.pods_of(job).size(), 0U);
}

// JOB-4: containers that a fault ends have ended with an error, whatever they would have come to.
TEST(Jobs, AContainerThatCrashesIsNoSuccess) {
    for (const RestartPolicy policy : {RestartPolicy::never, RestartPolicy::on_failure}) {
        TinyCluster c;
        c.add_nodes(1);
        const WorkloadIx work = c.add_job("work", TinyCluster::job_pod(10_min, policy));
        c.at(work).job.backoff_limit = 6;
        Fault crash;
        crash.kind = FaultKind::container_crash;
        crash.workload = work;
        c.spec.timeline.push_back({.kind = TimelineKind::fault_begins, .at = 5_min, .fault = crash});
        TinyRun run = c.start();
        run.until(9_min);
        const bool is_new_pod = policy == RestartPolicy::never;
        EXPECT_EQ(run.count<ContainerRestartedFact>(), is_new_pod ? 0U : 1U);
        EXPECT_EQ(run.pods_of(work).size(), is_new_pod ? 2U : 1U);
        EXPECT_EQ(run.pod(run.pods_of(work).front()).failed, is_new_pod);
        // The ten minutes begin anew.
        run.until(14_min);
        EXPECT_NE(run.pod(run.pods_of(work).back()).phase, PodPhase::succeeded);
        run.until(17_min);
        EXPECT_EQ(run.pod(run.pods_of(work).back()).phase, PodPhase::succeeded);
    }
}

TEST(Jobs, AContainerThatRunsForMoreThanTenMinutesIsRestartedWithoutAPause) {
    // KUBELET-37: the series of pauses resets, so each end is as the first. After nine and a half minutes it does not.
    const auto longest_pause = [](sim::Duration run_time) {
        TinyCluster c;
        c.add_nodes(1);
        const WorkloadIx job = c.add_job("leaky", failing_pod(run_time, RestartPolicy::on_failure));
        c.at(job).job.backoff_limit = 8;
        TinyRun run = c.start();
        run.until(2_h);
        const auto restarts = run.all<ContainerRestartedFact>();
        EXPECT_GE(restarts.size(), 6U);
        sim::Duration longest = 0_s;
        for (std::size_t n = 1; n < restarts.size(); ++n)
            longest = std::max(longest, restarts[n].at - restarts[n - 1].at - run_time);
        return longest;
    };
    EXPECT_LE(longest_pause(11_min), 3_s);  // the start of the container, the kubelet's tick, the end seen in a second
    EXPECT_GE(longest_pause(9_min + 30_s), 80_s);
}

TEST(Jobs, AreDeletedWhenTheirTimeToLiveIsOver) {
    // JOB-11
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("once", TinyCluster::job_pod(5_s));
    c.at(job).job.has_ttl = true;
    c.at(job).job.ttl_after_finished = 100_s;
    TinyRun run = c.start();
    run.until(5_min);
    ASSERT_EQ(run.count<JobRemovedFact>(), 1U);
    EXPECT_EQ(run.all<JobRemovedFact>()[0].at - run.all<JobFinishedFact>().at(0).at, 100_s);
    EXPECT_EQ(run.world().jobs.size(), 0U);
    EXPECT_EQ(run.world().pods.size(), 0U);
}

TEST(Jobs, APodThatIsDeletedBeforeItsControllerLooksIsCountedOnce) {  // JOB-12, JOB-2
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("batch", TinyCluster::job_pod(10_s), 3, 1);
    TinyRun run = c.start();
    while (ends_of_pods(run, PodPhase::succeeded).empty()) run.until(run.now().since_origin() + 10_ms);
    // The finaliser keeps what the pod was until the controller has counted it, a second later.
    const PodId first = run.pods_of(job)[0];
    run.delete_pod(first);
    run.until(run.now().since_origin() + 100_ms);
    EXPECT_FALSE(run.world().pods.contains(first));
    run.until(5_min, 1_s);
    EXPECT_EQ(run.count<PodCreatedFact>(), 3U);
    ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_TRUE(run.all<JobFinishedFact>()[0].fact.succeeded);
}

TEST(Jobs, ASuspendedOneMakesNoPods) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("later", TinyCluster::job_pod(5_s));
    c.at(job).job.suspended = true;
    TinyRun run = c.start();
    run.until(1_h);
    EXPECT_EQ(run.count<PodCreatedFact>(), 0U);
    EXPECT_EQ(run.count<JobFinishedFact>(), 0U);
}

TEST(JobsOf2018, WithRestartPolicyNeverFailingPodsAreMadeWithoutEnd) {
    // X-6, FR-17: the limit is never reached; one every 2 to 10 s. Today the same Job makes limit + 1 pods.
    for (const std::int32_t minor : {10, 36}) {
        TinyCluster c(minor);
        c.add_nodes(1);
        const WorkloadIx job = c.add_job("broken", failing_pod(2_s));
        c.at(job).job.backoff_limit = 2;
        TinyRun run = c.start();
        run.until(1_h);
        if (minor == 36) {
            EXPECT_EQ(run.count<PodCreatedFact>(), 3U);
        } else {
            EXPECT_GE(run.count<PodCreatedFact>(), 360U);
            EXPECT_LE(run.count<PodCreatedFact>(), 1800U);
            EXPECT_EQ(run.count<JobFinishedFact>(), 0U);
            // Their objects stay, but they hold neither room nor address.
            EXPECT_LE(run.the_node().pods, 1);
        }
    }
}

TEST(JobsOf2018, OnFailureWithALimitOfZeroNeverStartsAPod) {
    // kubernetes#67848
    TinyCluster c(10);
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("once", TinyCluster::job_pod(5_s, RestartPolicy::on_failure));
    c.at(job).job.backoff_limit = 0;
    TinyRun run = c.start();
    run.until(10_min);
    EXPECT_EQ(run.count<PodCreatedFact>(), 0U);
    ASSERT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_FALSE(run.all<JobFinishedFact>()[0].fact.succeeded);
}

}  // namespace
}  // namespace eks::testing
