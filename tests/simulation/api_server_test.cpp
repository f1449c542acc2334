// A slow API server (APF-1, SLO-2), the controllers' limit (CTRL-3, CTRL-4, CLIENT-2), and pods that have ended and
// stay (PODGC-1).
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

// When the last of so many new pods was there.
sim::Duration time_to_create(std::int32_t pods, TinyCluster c) {
    c.add_nodes(1);
    const WorkloadIx web = c.add_deployment("web", 0);
    c.scale_at(1_min, web, pods);
    TinyRun run = c.start();
    run.until(20_min, 1_min);
    const auto created = run.all<PodCreatedFact>();
    EXPECT_EQ(created.size(), static_cast<std::size_t>(pods));
    return created.back().at - at(1_min);
}

TEST(ApiServer, MassCreationGoesAtTheClientsLimit) {  // CTRL-4, CLIENT-2
    // 30 at once and then 20 a second: the last of 130 after five seconds.
    const sim::Duration time = time_to_create(130, TinyCluster{});
    EXPECT_GT(time, 4900_ms);
    EXPECT_LT(time, 5300_ms);
}

TEST(ApiServer, ASlowOneMakesEveryBatchWait) {  // CTRL-3, SLO-2
    TinyCluster c;
    Fault slow;
    slow.kind = FaultKind::api_server_slow;
    slow.factor = 100;  // a second a call
    c.fault_at(30_s, 1_h, slow);
    // Batches of 1, 2, 4, 8, 16, 32 and 1: each waits for the one before it.
    EXPECT_GT(time_to_create(64, c), 7_s);
    c.spec.latencies.controller = {5000, 5000};
    const sim::Duration unlimited = time_to_create(64, c);
    EXPECT_GT(unlimited, 7_s);
    EXPECT_LT(unlimited, 7500_ms);
}

TEST(ApiServer, FewSeatsHoldBackWhatTheClientMay) {  // APF-1
    TinyCluster c;
    c.spec.latencies.controller = {5000, 5000};
    c.spec.latencies.api_seats = 6;  // one for the controllers and the scheduler
    Fault slow;
    slow.kind = FaultKind::api_server_slow;
    slow.factor = 10;  // a tenth of a second a call, one at a time
    c.fault_at(30_s, 1_h, slow);
    EXPECT_GT(time_to_create(64, c), 6_s);
}

TEST(ApiServer, TheSchedulerBindsFiftyPodsASecond) {  // SCALE-3, CLIENT-1: a hundred at once, then 50 a second
    const auto time_to_bind = [](ClientLimit limit) {
        TinyCluster c;
        c.spec.latencies.controller = {5000, 5000};
        c.spec.latencies.scheduler = limit;
        c.add_nodes(20, {.max_enis = 3, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 0);
        c.scale_at(1_min, web, 500);
        TinyRun run = c.start();
        run.until(2_min);
        const auto scheduled = run.all<PodScheduledFact>();
        EXPECT_EQ(scheduled.size(), 500U);
        return scheduled.back().at - at(1_min);
    };
    const sim::Duration upstream = time_to_bind({50, 100});
    EXPECT_GE(upstream, 8_s);
    EXPECT_LT(upstream, 9_s);
    // SCALE-5: as many a second as a 4XL control plane is said to bind.
    EXPECT_LT(time_to_bind({400, 800}), 3_s);
}

TEST(PodGarbageCollector, DeletesTheOldestOfTooManyPods) {  // PODGC-1
    TinyCluster c;
    c.add_nodes(1, {.ipv4_per_eni = 30});
    const WorkloadIx job = c.add_job("sum", TinyCluster::job_pod(1_s), 60, 10);
    c.spec.latencies.terminated_pods = 20;
    TinyRun run = c.start();
    run.until(2_min, 1_s);
    EXPECT_EQ(run.count<JobFinishedFact>(), 1U);
    EXPECT_EQ(run.pods_of(job).size(), 20U);
    EXPECT_GE(run.pod(run.pods_of(job)[0]).ordinal, 30U);  // those of one instant go by their ids
}

}  // namespace
}  // namespace eks::testing
