// Workloads that keep a number of pods: Deployments, StatefulSets and DaemonSets in runs.
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

TEST(Deployments, AMassCreationRunsAtTheClientsLimit) {
    // CTRL-4, CLIENT-2: 30 at once, then 20/s. Of 100 the last goes out (100 - 30)/20 = 3.5 s after the first.
    TinyCluster c;
    c.add_nodes(2);
    const WorkloadIx web = c.add_deployment("web", 0);
    TinyRun run = c.start();
    run.scale(web, 100);
    run.until(1_min);
    const auto created = run.all<PodCreatedFact>();
    ASSERT_EQ(created.size(), 100U);
    EXPECT_NEAR((created[99].at - created[0].at).in_seconds(), 3.5, 0.1);
    const auto early =
        std::ranges::count_if(created, [&](const auto& seen) { return seen.at - created[0].at < 100_ms; });
    EXPECT_GE(early, 30);
    EXPECT_LE(early, 33);
}

TEST(Deployments, CreationsGoOutInGrowingBatches) {
    // CTRL-3: 1, 2, 4 … with 10 ms a write.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = c.add_deployment("web", 0);
    TinyRun run = c.start();
    run.scale(web, 7);
    run.until(1_min);
    std::vector<sim::Duration> after;
    for (const auto& created : run.all<PodCreatedFact>()) after.push_back(created.at - run.all<PodCreatedFact>()[0].at);
    EXPECT_EQ(after, (std::vector<sim::Duration>{0_ms, 10_ms, 10_ms, 20_ms, 20_ms, 20_ms, 20_ms}));
}

TEST(Deployments, ChangesWhileCreationsAreOnTheWayWaitForThem) {
    // CTRL-2
    TinyCluster c;
    c.add_nodes(3);
    const WorkloadIx web = c.add_deployment("web", 0);
    TinyRun run = c.start();
    run.scale(web, 60);
    run.until(500_ms);
    run.scale(web, 10);
    run.until(1_s);
    EXPECT_EQ(run.count<PodRemovedFact>(), 0U);
    run.until(2_min);
    EXPECT_EQ(run.count<PodCreatedFact>(), 60U);
    EXPECT_EQ(run.pods_of(web).size(), 10U);
    run.scale(web, 5);
    run.scale(web, 8);
    run.until(3_min);
    EXPECT_EQ(run.pods_of(web).size(), 8U);
}

TEST(Deployments, ASyncMakesFiveHundredPodsAtTheMost) {  // RS-1, CTRL-3
    TinyCluster c;
    c.add_nodes(1);
    c.spec.latencies.controller = {100'000, 100'000};
    c.spec.latencies.api_seats = 1'000'000;
    const WorkloadIx web = c.add_deployment("web", 0);
    TinyRun run = c.start();
    run.scale(web, 520);
    run.until(1_min);
    const auto created = run.all<PodCreatedFact>();
    ASSERT_EQ(created.size(), 520U);
    const auto at_the_time_of = [&](std::size_t n) {
        return std::ranges::count(created, created[n].at, &TinyRun::Seen<PodCreatedFact>::at);
    };
    // Batches 1, 2, 4, …, 128 and the 245 that are left of 500; then a sync that begins with one again.
    EXPECT_EQ(at_the_time_of(499), 245);
    EXPECT_EQ(at_the_time_of(500), 1);
    EXPECT_EQ(at_the_time_of(501), 2);
}

TEST(Deployments, PodsThatHaveEndedOrAreTerminatingAreNotActive) {  // CTRL-5, RS-1
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::serving_pod();
    pod.restart_policy = RestartPolicy::never;
    pod.exit = {1'000'000, sim::Distribution::constant(1_h)};
    pod.stop_time = sim::Distribution::constant(20_s);
    const WorkloadIx web = c.add_deployment("web", 2, pod);
    TinyRun run = c.start();
    run.until(1_min);
    run.delete_pod(run.pods_of(web)[0]);
    run.until(70_s);
    // The one that is still there counts no more, so there is a third.
    EXPECT_EQ(run.pods_of(web).size(), 3U);
    EXPECT_EQ(run.world()[web].active, 2);
    run.until(90_min, 1_min);
    // An hour after their start they ended: others are there, and nobody has deleted those.
    const auto ended =
        std::ranges::count_if(run.pods_of(web), [&](PodId id) { return run.pod(id).stage == PodStage::finished; });
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(run.world()[web].active, 2);
}

TEST(Deployments, ScalingDownTakesPendingPodsFirst) {
    // RS-2
    TinyCluster c;
    c.add_nodes(1, {.max_pods = 4});
    const WorkloadIx web = c.add_deployment("web", 6);
    TinyRun run = c.start();
    run.until(10_s);
    run.scale(web, 4);
    run.until(1_min);
    const std::vector<PodId> left = run.pods_of(web);
    ASSERT_EQ(left.size(), 4U);
    for (const PodId id : left) EXPECT_EQ(run.pod(id).stage, PodStage::ready);
    EXPECT_EQ(run.count<AddressReleasedFact>(), 0U);
}

TEST(Deployments, ScalingDownEmptiesTheFullestNodeFirst) {
    // RS-2, 5: more pods of the same owner on the node.
    TinyCluster c;
    c.add_nodes(1, {.group = "small", .max_pods = 2});
    c.add_nodes(1, {.group = "large"});
    const WorkloadIx web = c.add_deployment("web", 8);
    TinyRun run = c.start();
    ASSERT_EQ(run.row(run.node(1)).pods, 6);
    run.scale(web, 4);
    run.until(1_min);
    EXPECT_EQ(run.row(run.node(0)).pods, 2);
    EXPECT_EQ(run.row(run.node(1)).pods, 2);
}

TEST(Deployments, ADeletedWorkloadLeavesNothing) {
    // GC-1, also while creations are on the way.
    TinyCluster c;
    c.add_nodes(2);
    const WorkloadIx web = c.add_deployment("web", 3);
    const WorkloadIx cron = c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(10_min));
    TinyRun run = c.start();
    run.scale(web, 80);
    run.until(150_s + 300_ms);
    run.scale(web, 120);
    run.until(151_s);
    run.remove(web);
    run.remove(cron);
    run.until(10_min);
    EXPECT_EQ(run.world().pods.size(), 0U);
    EXPECT_EQ(run.world().jobs.size(), 0U);
    EXPECT_EQ(pool_of(run.world(), run.row(run.node(0))).assigned + pool_of(run.world(), run.row(run.node(1))).assigned,
              0);
}

TEST(BarePods, DoNotComeBack) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx bare = c.add(WorkloadKind::pod, "bare", TinyCluster::serving_pod());
    TinyRun run = c.start();
    run.remove(bare);
    run.until(1_h);
    EXPECT_EQ(run.pods_of(bare).size(), 0U);
    EXPECT_EQ(run.count<PodCreatedFact>(), 1U);
}

TEST(StatefulSets, StartOneAfterAnotherAndStopFromTheTop) {
    // STS-1
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::serving_pod();
    pod.ready_after = sim::Distribution::constant(5_s);
    const WorkloadIx db = c.add(WorkloadKind::stateful_set, "db", pod, 0);
    c.at(db).starts_in_order = true;
    TinyRun run = c.start();
    run.scale(db, 4);
    run.until(2_min);
    const auto created = run.all<PodCreatedFact>();
    const auto started = run.all<PodStartedFact>();
    ASSERT_EQ(created.size(), 4U);
    ASSERT_EQ(started.size(), 4U);
    for (std::size_t n = 1; n < 4; ++n) EXPECT_GT(created[n].at, started[n - 1].at);

    run.scale(db, 1);
    run.until(5_min);
    const auto removed = run.all<PodRemovedFact>();
    const auto unready = run.all<PodReadyFact>(at(2_min));
    ASSERT_EQ(removed.size(), 3U);
    ASSERT_EQ(unready.size(), 3U);
    for (std::size_t n = 0; n < 3; ++n) {
        EXPECT_EQ(removed[n].fact.pod, created[3 - n].fact.pod);
        EXPECT_TRUE(n == 0 || unready[n].at >= removed[n - 1].at);
    }
}

TEST(StatefulSets, AnUnhealthyPodHoldsUpThoseAbove) {
    TinyCluster c;
    c.add_nodes(1, {.max_pods = 2});
    const WorkloadIx db = c.add(WorkloadKind::stateful_set, "db", TinyCluster::serving_pod(), 0);
    c.at(db).starts_in_order = true;
    TinyRun run = c.start();
    run.scale(db, 5);
    run.until(5_min);
    EXPECT_EQ(run.pods_of(db).size(), 3U);
    // STS-1: going down only asks whether the lower ones are healthy, so the one that fits nowhere may go.
    run.scale(db, 2);
    run.until(6_min);
    EXPECT_EQ(run.pods_of(db).size(), 2U);
    EXPECT_EQ(run.world()[db].ready, 2);
}

// The places that a StatefulSet's pods take now, from below.
std::vector<std::uint32_t> places_of(const TinyRun& run, WorkloadIx ix) {
    std::vector<std::uint32_t> places;
    for (const PodId id : run.pods_of(ix)) places.push_back(run.pod(id).replica);
    std::ranges::sort(places);
    return places;
}

TEST(StatefulSets, ADeletedPodIsFollowedByOneOfTheSameName) {
    // STS-1, STS-3: db-1 comes back as db-1, and not before the old one has gone.
    for (const bool in_order : {true, false}) {
        TinyCluster c;
        c.add_nodes(1);
        PodTemplate pod = TinyCluster::serving_pod();
        pod.stop_time = sim::Distribution::constant(8_s);
        const WorkloadIx db = c.add(WorkloadKind::stateful_set, "db", pod, 3);
        c.at(db).starts_in_order = in_order;
        TinyRun run = c.start();
        run.until(10_s);
        const PodId old = run.pods_of(db)[1];
        ASSERT_EQ(run.pod(old).replica, 1U);
        run.delete_pod(old);
        run.until(1_min);
        EXPECT_EQ(places_of(run, db), (std::vector<std::uint32_t>{0, 1, 2}));
        const auto removed = run.all<PodRemovedFact>();
        const auto created = run.all<PodCreatedFact>(at(1_s));
        ASSERT_EQ(removed.size(), 1U);
        ASSERT_EQ(created.size(), 1U);
        EXPECT_EQ(created[0].fact.replica, 1U);
        EXPECT_GE(created[0].at, removed[0].at);
        EXPECT_GE(removed[0].at, at(18_s));
    }
}

TEST(StatefulSets, GoDownFromTheTopAndUpAgainUnderTheSameNames) {
    // STS-1; without order the pods above go together.
    for (const bool in_order : {true, false}) {
        TinyCluster c;
        c.add_nodes(1);
        const WorkloadIx db = c.add(WorkloadKind::stateful_set, "db", TinyCluster::serving_pod(), 5);
        c.at(db).starts_in_order = in_order;
        TinyRun run = c.start();
        run.scale(db, 2);
        run.until(2_min);
        EXPECT_EQ(places_of(run, db), (std::vector<std::uint32_t>{0, 1}));
        run.scale(db, 4);
        run.until(4_min);
        EXPECT_EQ(places_of(run, db), (std::vector<std::uint32_t>{0, 1, 2, 3}));
    }
}

TEST(StatefulSets, AGapIsFilledBeforeAnythingAboveGoes) {
    // STS-1: db-0 is deleted in the middle of going down from 4 to 2; the rest waits until it is back.
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::serving_pod();
    pod.stop_time = sim::Distribution::constant(10_s);
    const WorkloadIx db = c.add(WorkloadKind::stateful_set, "db", pod, 4);
    c.at(db).starts_in_order = true;
    TinyRun run = c.start();
    run.until(1_s);
    run.scale(db, 2);
    run.until(2_s);
    run.delete_pod(run.pods_of(db)[0]);
    run.until(2_min);
    EXPECT_EQ(places_of(run, db), (std::vector<std::uint32_t>{0, 1}));
    const auto removed = run.all<PodRemovedFact>();
    const auto ready = run.all<PodReadyFact>(at(3_s));
    ASSERT_EQ(removed.size(), 3U);
    const auto back = std::ranges::find_if(ready, [](const auto& seen) { return seen.fact.change > 0; });
    ASSERT_NE(back, ready.end());
    EXPECT_GT(removed[2].at, back->at);
}

TEST(StatefulSets, WithoutOrderAllStartTogether) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx db = c.add(WorkloadKind::stateful_set, "db", TinyCluster::serving_pod(), 0);
    TinyRun run = c.start();
    run.scale(db, 4);
    run.until(1_min);
    const auto created = run.all<PodCreatedFact>();
    ASSERT_EQ(created.size(), 4U);
    EXPECT_LT(created[3].at - created[0].at, 100_ms);
}

TEST(DaemonSets, RunOnEveryNodeThatTheyMatchAndTolerate) {
    // DS-1
    TinyCluster c;
    c.add_nodes(3);
    c.add_nodes(2, {.group = "gpu", .labels = {{"gpu", "yes"}}, .taints = {{"gpu", "", TaintEffect::no_schedule}}});
    const WorkloadIx all = c.add_daemon_set("aws-node");
    const WorkloadIx plain = c.add_daemon_set("plain", TinyCluster::serving_pod());
    PodTemplate of_gpu = TinyCluster::daemon_pod();
    of_gpu.node_selector = {{"gpu", "yes"}};
    const WorkloadIx gpu = c.add_daemon_set("gpu", of_gpu);
    for (const Opening opening : {Opening::settled, Opening::empty}) {
        c.spec.opening = opening;
        TinyRun run = c.start();
        run.until(2_min);
        EXPECT_EQ(run.pods_of(all).size(), 5U);
        EXPECT_EQ(run.pods_of(plain).size(), 3U);
        EXPECT_EQ(run.pods_of(gpu).size(), 2U);
        EXPECT_EQ(run.world()[all].desired, 5);
        EXPECT_EQ(run.world()[plain].desired, 3);
        EXPECT_EQ(run.world()[all].ready, 5);
    }
}

TEST(DaemonSets, OnANewNodeTheTolerantOnesComeBeforeItIsReady) {
    // DS-1, DS-2: only NoExecute of not-ready is tolerated by all; the NoSchedule taint keeps the others away until it
    // is lifted. Registered at 38 s, Ready at 46 s.
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.add_nodes(1);
    const WorkloadIx tolerant = c.add_daemon_set("aws-node");
    const WorkloadIx other = c.add_daemon_set("logs", TinyCluster::serving_pod());
    TinyRun run = c.start();
    run.until(2_min);
    for (const auto& created : run.all<PodCreatedFact>()) {
        EXPECT_EQ(created.at, at((created.fact.workload == tolerant ? 38_s : 46_s + 300_ms) + 20_ms));
    }
    EXPECT_EQ(run.pods_of(other).size(), 1U);
    EXPECT_EQ(run.count<PodCreatedFact>(), 2U);
    EXPECT_EQ(run.count<PodUnschedulableFact>(), 0U);
}

TEST(DaemonSets, TakeOfTheRoomLikeAnyPod) {
    // SCHED-40: the scheduler refuses what no longer fits; in 1.10 their own controller asks the same.
    for (const std::int32_t minor : {10, 36}) {
        TinyCluster c(minor);
        c.spec.opening = Opening::empty;
        c.add_nodes(1, {.cpu_milli = 250});
        PodTemplate pod = TinyCluster::daemon_pod();
        pod.containers[0].requests.cpu_milli = 100;
        for (int n = 0; n < 3; ++n) c.add_daemon_set("agent" + std::to_string(n), pod);
        TinyRun run = c.start();
        run.until(5_min, 1_s);
        EXPECT_EQ(run.the_node().pods, 2) << minor;
    }
}

TEST(DaemonSets, AFailedPodIsDeletedWithABackoffOfItsNode) {  // DS-3
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::daemon_pod();
    pod.runs_to_completion = true;
    pod.restart_policy = RestartPolicy::never;
    pod.failure_rate_ppm = 1'000'000;
    pod.run_time = sim::Distribution::constant(100_ms);
    const WorkloadIx agent = c.add_daemon_set("agent", pod);
    c.spec.opening = Opening::empty;
    TinyRun run = c.start();
    run.until(3_h, 1_min);
    std::vector<sim::Time> gone;
    for (const auto& seen : run.all<PodRemovedFact>()) gone.push_back(seen.at);
    ASSERT_GT(gone.size(), 12U);
    // The first goes at once; before the n-th next one 2^(n-1) s have to be over since the one before was deleted, up
    // to a quarter of an hour. The controller looks again after the whole wait, so that it may be twice as long.
    for (std::size_t n = 1; n < gone.size(); ++n) {
        const sim::Duration wait = std::min(sim::Duration::seconds(std::int64_t{1} << (n - 1)), 15_min);
        EXPECT_GE(gone[n] - gone[n - 1], wait) << n;
        EXPECT_LE(gone[n] - gone[n - 1], 2 * wait + 10_s) << n;
    }
    EXPECT_GE(gone.back() - gone[gone.size() - 2], 15_min);
    EXPECT_EQ(run.world()[agent].desired, 1);
}

TEST(DaemonSets, APodThatSucceededIsFollowedAtOnce) {  // DS-3
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::daemon_pod();
    pod.runs_to_completion = true;
    pod.restart_policy = RestartPolicy::never;
    pod.run_time = sim::Distribution::constant(10_s);
    c.add_daemon_set("agent", pod);
    c.spec.opening = Opening::empty;
    TinyRun run = c.start();
    run.until(10_min, 10_s);
    EXPECT_GT(run.count<PodRemovedFact>(), 30U);
    EXPECT_TRUE(run.world().daemon_backoffs.empty());
}

TEST(DaemonSets, FollowTheTaintsOfTheMoment) {  // DS-1, DS-2
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate picky = TinyCluster::daemon_pod();
    picky.tolerations.clear();
    const WorkloadIx agent = c.add_daemon_set("agent", picky);
    const WorkloadIx tolerant = c.add_daemon_set("tolerant");
    TinyRun run = c.start();
    run.until(1_min);
    ASSERT_EQ(run.pods_of(agent).size(), 1U);
    run.cordon(run.node(), true);
    run.until(2_min);
    // A taint of effect NoSchedule leaves the pod where it is, and lets no other one come after it.
    EXPECT_EQ(run.pods_of(agent).size(), 1U);
    run.delete_pod(run.pods_of(agent)[0]);
    run.delete_pod(run.pods_of(tolerant)[0]);
    run.until(10_min);
    EXPECT_EQ(run.pods_of(agent).size(), 0U);
    EXPECT_EQ(run.pods_of(tolerant).size(), 1U);
    run.cordon(run.node(), false);
    run.until(11_min);
    EXPECT_EQ(run.pods_of(agent).size(), 1U);
}

TEST(DaemonSetsOf2018, PassTheSchedulerBy) {
    //
    TinyCluster c(10);
    c.spec.opening = Opening::empty;
    c.add_nodes(1);
    c.add_daemon_set("aws-node");
    TinyRun run = c.start();
    run.until(2_min);
    const auto scheduled = run.all<PodScheduledFact>();
    ASSERT_EQ(scheduled.size(), 1U);
    EXPECT_EQ(scheduled[0].fact.attempts, 0U);
    EXPECT_EQ(scheduled[0].at, at(38_s + 20_ms));
}

}  // namespace
}  // namespace eks::testing
