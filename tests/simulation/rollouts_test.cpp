// Pods are replaced when the template of their workload changes: by the ReplicaSets of a Deployment (DEPLOY-2 to
// DEPLOY-5), in the places of a StatefulSet (STS-2) and on the nodes of a DaemonSet (DS-4), at the pace that the
// controllers' clients allow (CTRL-2 to CTRL-4).
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

// A serving pod that is ready so long after its containers run.
PodTemplate ready_after(sim::Duration delay) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.ready_after = sim::Distribution::constant(delay);
    return pod;
}

struct Cluster {
    TinyCluster c;
    WorkloadIx web;
    TemplateIx second;
    Cluster(WorkloadKind kind, std::int32_t replicas, const PodTemplate& pod = ready_after(5_s)) {
        c.add_nodes(kind == WorkloadKind::daemon_set ? replicas : 3,
                    {.max_pods = 250, .max_enis = 4, .ipv4_per_eni = 50});
        web = c.add(kind, "web", pod, replicas);
        second = TemplateIx::of(c.spec.templates.size());
        c.spec.templates.push_back(pod);
    }
    RolloutSpec& rollout() { return c.at(web).rollout; }
    void change_at(sim::Duration when) {
        c.change_at(when, [this](Spec& s) { s.workloads[web.value].pod_template = second; });
    }
    std::int32_t with(const TinyRun& run, TemplateIx pod_template) const {
        std::int32_t count = 0;
        for (const PodId id : run.pods_of(web)) {
            const Pod& pod = run.pod(id);
            count += pod.pod_template == pod_template && !pod.terminating && pod.stage != PodStage::finished ? 1 : 0;
        }
        return count;
    }
    std::int32_t updated(const TinyRun& run) const { return with(run, second); }
};

std::int32_t active(const Cluster& k, const TinyRun& run) { return run.world()[k.web].active; }

sim::Duration lasted(const TinyRun& run) {
    sim::Duration longest;
    for (const auto& seen : run.all<RolloutFact>()) longest = std::max(longest, seen.fact.lasted);
    return longest;
}

TEST(Rollouts, ADeploymentStaysWithinItsBounds) {  // DEPLOY-1, DEPLOY-2
    Cluster k(WorkloadKind::deployment, 10);
    k.rollout().max_surge = k.rollout().max_unavailable = {25, true};
    k.change_at(1_min);
    TinyRun run = k.c.start();
    run.until(1_min + 1_s);
    // Three new pods in the first sync; two old ones less in the next, and two new ones more in the one after that,
    // since thirteen pods may be there.
    EXPECT_EQ(k.updated(run), 5);
    EXPECT_EQ(active(k, run), 13);
    while (k.updated(run) < 10) {
        run.until(run.now().since_origin() + 1_s);
        ASSERT_LT(run.now(), at(3_min));
        EXPECT_LE(active(k, run), 13);
        EXPECT_GE(run.world()[k.web].ready, 8);
    }
    run.until(3_min);
    EXPECT_EQ(active(k, run), 10);
    EXPECT_EQ(run.world()[k.web].ready, 10);
    ASSERT_EQ(run.world().rollouts.size(), 1U);
    EXPECT_TRUE(run.world().rollouts[0].is_complete);
    EXPECT_GT(lasted(run), 10_s);  // two rounds of pods at least
    EXPECT_LT(lasted(run), 40_s);
}

TEST(Rollouts, MinReadySecondsHoldThePaceBack) {  // RS-3, KUBELET-40
    Cluster k(WorkloadKind::deployment, 2);
    k.rollout().max_surge = {1, false};
    k.rollout().min_ready = 30_s;
    k.change_at(1_min);
    TinyRun run = k.c.start();
    run.until(10_min, 10_s);
    // Two pods one after the other, each ready after 5 s and available 30 s later.
    EXPECT_GT(lasted(run), 70_s);
    EXPECT_LT(lasted(run), 80_s);
}

TEST(Rollouts, RecreateHasNoPodInBetween) {  // DEPLOY-4
    Cluster k(WorkloadKind::deployment, 4);
    k.rollout().recreates = true;
    k.change_at(1_min);
    TinyRun run = k.c.start();
    bool was_empty = false;
    run.until(1_min);
    while (run.now() < at(1_min + 20_s)) {
        run.until(run.now().since_origin() + 10_ms);
        was_empty = was_empty || run.pods_of(k.web).empty();
        EXPECT_TRUE(was_empty || k.updated(run) == 0);
    }
    EXPECT_EQ(run.world()[k.web].ready, 4);
    EXPECT_EQ(k.updated(run), 4);
}

TEST(Rollouts, AChangeInTheMiddleGoesOnWithAThirdSet) {  // DEPLOY-2
    Cluster k(WorkloadKind::deployment, 6);
    k.rollout().max_surge = {1, false};
    const TemplateIx third = TemplateIx::of(k.c.spec.templates.size());
    k.c.spec.templates.push_back(ready_after(5_s));
    k.change_at(1_min);
    k.c.change_at(1_min + 15_s, [&](Spec& s) { s.workloads[k.web.value].pod_template = third; });
    TinyRun run = k.c.start();
    run.until(5_min, 1_s);
    EXPECT_EQ(run.world().replica_sets.size(), 3U);
    EXPECT_EQ(k.with(run, third), 6);
    EXPECT_EQ(active(k, run), 6);
}

TEST(Rollouts, GoingBackTakesTheOldSetUpAgain) {  // DEPLOY-2
    Cluster k(WorkloadKind::deployment, 3);
    k.rollout().max_surge = {1, false};
    k.change_at(1_min);
    k.c.change_at(2_min, [](Spec& s) { s.workloads[0].pod_template = TemplateIx::of(0); });
    TinyRun run = k.c.start();
    run.until(4_min, 1_s);
    EXPECT_EQ(run.world().replica_sets.size(), 2U);
    EXPECT_EQ(k.updated(run), 0);
    EXPECT_EQ(k.with(run, TemplateIx::of(0)), 3);
}

TEST(Rollouts, ASetBeyondTheHistoryIsDeleted) {  // DEPLOY-2, step 3
    Cluster k(WorkloadKind::deployment, 2);
    k.rollout().max_surge = {1, false};
    k.rollout().history = 0;
    k.change_at(1_min);
    TinyRun run = k.c.start();
    run.until(2_min, 1_s);
    run.scale(k.web, 3);
    run.until(3_min, 1_s);
    EXPECT_EQ(run.world().replica_sets.size(), 1U);
    EXPECT_EQ(k.updated(run), 3);
}

TEST(Rollouts, ScalingInTheMiddleIsSharedOut) {                   // DEPLOY-3
    Cluster k(WorkloadKind::deployment, 8, ready_after(10_min));  // new pods do not come up in time
    k.rollout().max_surge = {2, false};
    k.change_at(1_min);
    k.c.scale_at(2_min, k.web, 16);
    TinyRun run = k.c.start();
    run.until(2_min);
    EXPECT_EQ(k.updated(run), 2);
    run.until(3_min);
    // 18 instead of 10: the old 8·18/10 = 14.4, the new 2·18/10 = 3.6.
    EXPECT_EQ(k.with(run, TemplateIx::of(0)), 14);
    EXPECT_EQ(k.updated(run), 4);
}

TEST(Rollouts, ARolloutWithoutProgressIsToldAndNotUndone) {  // DEPLOY-5
    PodTemplate too_large = ready_after(5_s);
    Cluster k(WorkloadKind::deployment, 4, too_large);
    k.c.spec.templates[k.second.value].containers[0].requests.cpu_milli = 100'000;
    k.rollout().max_surge = {1, false};
    k.rollout().progress_deadline = 60_s;
    k.change_at(1_min);
    TinyRun run = k.c.start();
    run.until(10_min, 10_s);
    const auto told = run.all<RolloutFact>();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1].fact.stalled, 1);
    EXPECT_GE(told[1].at, at(2_min));
    EXPECT_LE(told[1].at, at(2_min + 2_s));
    EXPECT_EQ(run.world()[k.web].ready, 4);
}

TEST(Rollouts, ALargeOneOfFastPodsWaitsForTheClientsLimit) {  // CTRL-4, CLIENT-2
    const auto time_of = [](ClientLimit limit) {
        Cluster k(WorkloadKind::deployment, 100, ready_after(0_s));
        k.c.spec.latencies.controller = limit;
        k.rollout().max_surge = {100, true};
        k.change_at(1_min);
        TinyRun run = k.c.start();
        run.until(10_min, 10_s);
        EXPECT_EQ(k.updated(run), 100);
        return lasted(run);
    };
    // 100 creations and 100 deletions of one client, of which 30 go at once: 170/20 s, and status writes.
    EXPECT_GT(time_of({20, 30}), 8500_ms);
    EXPECT_LT(time_of({1000, 2000}), 6_s);
}

TEST(Rollouts, AStatefulSetGoesFromTheTopOneByOne) {  // STS-2
    Cluster k(WorkloadKind::stateful_set, 3);
    k.c.at(k.web).starts_in_order = true;
    k.change_at(1_min);
    TinyRun run = k.c.start();
    std::vector<std::uint32_t> order;
    while (k.updated(run) < 3) {
        run.until(run.now().since_origin() + 100_ms);
        ASSERT_LT(run.now(), at(3_min));
        EXPECT_GE(run.world()[k.web].ready, run.now() < at(1_min) ? 3 : 2);
        for (const PodId id : run.pods_of(k.web)) {
            const Pod& pod = run.pod(id);
            if (pod.pod_template == k.second && std::ranges::find(order, pod.replica) == order.end())
                order.push_back(pod.replica);
        }
    }
    EXPECT_EQ(order, (std::vector<std::uint32_t>{2, 1, 0}));
    run.until(4_min);
    EXPECT_TRUE(run.world().rollouts[0].is_complete);
}

TEST(Rollouts, ASetWhosePodsGoAllAtOnceLeavesOneThatGoesAlone) {  // STS-2
    // It looks again while a pod that is told to go still answers its probes.
    Cluster k(WorkloadKind::stateful_set, 2);
    k.c.at(k.web).starts_in_order = false;
    k.c.pod_of(k.web).stop_time = sim::Distribution::constant(20_s);
    k.change_at(1_min);
    k.c.scale_at(1_min + 1_s, k.web, 3);
    TinyRun run = k.c.start();
    run.until(5_min, 1_s);
    EXPECT_EQ(k.updated(run), 3);
    EXPECT_TRUE(run.world().rollouts[0].is_complete);
}

TEST(Rollouts, PlacesBelowThePartitionKeepTheirTemplate) {  // STS-2
    Cluster k(WorkloadKind::stateful_set, 3);
    k.c.at(k.web).starts_in_order = true;
    k.rollout().partition = 2;
    k.change_at(1_min);
    TinyRun run = k.c.start();
    run.until(3_min, 1_s);
    EXPECT_EQ(k.updated(run), 1);
    for (const PodId id : run.pods_of(k.web)) {
        if (run.pod(id).replica == 0) run.delete_pod(id);
    }
    run.until(5_min, 1_s);
    EXPECT_EQ(run.world()[k.web].ready, 3);
    EXPECT_EQ(k.updated(run), 1);
}

TEST(Rollouts, ALoweredPartitionLetsTheRestFollow) {  // STS-2
    Cluster k(WorkloadKind::stateful_set, 4);
    k.c.at(k.web).starts_in_order = true;
    k.rollout().partition = 2;
    k.change_at(1_min);
    k.c.change_at(5_min, [&](Spec& s) { s.workloads[k.web.value].rollout.partition = 0; });
    TinyRun run = k.c.start();
    run.until(4_min, 1_s);
    EXPECT_EQ(k.updated(run), 2);
    run.until(10_min, 1_s);
    EXPECT_EQ(k.updated(run), 4);
    EXPECT_EQ(run.world()[k.web].ready, 4);
}

TEST(Rollouts, ADeploymentThatIsDeletedAndMadeAgainBeginsAnew) {  // DEPLOY-2, GC-1
    Cluster k(WorkloadKind::deployment, 300);
    k.c.at(k.web).replicas = 4;
    k.c.scale_at(50_s, k.web, 300);  // 300 creations take 13 s at the client's limit: the rollout meets them
    k.change_at(55_s);
    k.c.spec.timeline.push_back({.kind = TimelineKind::remove, .at = 58_s, .workload = k.web});
    k.c.spec.timeline.push_back({.kind = TimelineKind::create, .at = 59_s, .workload = k.web});
    TinyRun run = k.c.start();
    run.until(5_min, 100_ms);
    EXPECT_TRUE(run.world().rollouts.empty());
    EXPECT_EQ(run.world().replica_sets.size(), 0U);
    EXPECT_EQ(run.world()[k.web].on_the_way, 0);
    EXPECT_EQ(run.world()[k.web].ready, 4);
    EXPECT_EQ(k.updated(run), 4);
    EXPECT_EQ(run.pods_of(k.web).size(), 4U);
    // And it can be scaled.
    run.scale(k.web, 6);
    run.until(6_min, 1_s);
    EXPECT_EQ(run.world()[k.web].ready, 6);
}

TEST(Rollouts, PodsThatWereAskedForBelongToTheSetOfThatTime) {  // CTRL-2
    Cluster k(WorkloadKind::deployment, 4);
    const TemplateIx first = k.c.at(k.web).pod_template;
    k.c.scale_at(50_s, k.web, 200);
    k.change_at(51_s);
    k.c.change_at(52_s, [&](Spec& s) { s.workloads[k.web.value].pod_template = first; });
    TinyRun run = k.c.start();
    run.until(10_min, 1_s);
    EXPECT_EQ(run.world()[k.web].ready, 200);
    EXPECT_EQ(k.with(run, first), 200);
    for (const auto& [id, set] : run.world().replica_sets) EXPECT_EQ(set.on_the_way, 0);
    EXPECT_EQ(run.world()[k.web].on_the_way, 0);
}

TEST(Rollouts, OnDeleteReplacesNothingByItself) {  // STS-2, DS-4
    for (const WorkloadKind kind : {WorkloadKind::stateful_set, WorkloadKind::daemon_set}) {
        Cluster k(kind, 2, kind == WorkloadKind::daemon_set ? TinyCluster::daemon_pod() : ready_after(5_s));
        k.rollout().on_delete = true;
        k.change_at(1_min);
        TinyRun run = k.c.start();
        run.until(3_min, 1_s);
        EXPECT_EQ(k.updated(run), 0);
        run.delete_pod(run.pods_of(k.web)[0]);
        run.until(5_min, 1_s);
        EXPECT_EQ(k.updated(run), 1);
    }
}

TEST(Rollouts, ADaemonSetHasSoManyNodesAway) {  // DS-4
    PodTemplate pod = TinyCluster::daemon_pod();
    pod.ready_after = sim::Distribution::constant(5_s);
    Cluster k(WorkloadKind::daemon_set, 4, pod);
    k.rollout().max_unavailable = {30, true};  // of four nodes: 1.2, so 2
    k.change_at(1_min);
    TinyRun run = k.c.start();
    std::int32_t fewest = 4;
    while (run.now() < at(3_min)) {
        run.until(run.now().since_origin() + 100_ms);
        fewest = std::min(fewest, run.world()[k.web].ready);
    }
    EXPECT_EQ(fewest, 2);
    EXPECT_EQ(k.updated(run), 4);
    EXPECT_EQ(run.world()[k.web].ready, 4);
}

TEST(Rollouts, ADaemonSetMayHaveASecondPodFirst) {  // DS-4
    PodTemplate pod = TinyCluster::daemon_pod();
    pod.ready_after = sim::Distribution::constant(5_s);
    Cluster k(WorkloadKind::daemon_set, 3, pod);
    k.rollout().max_unavailable = {0, false};
    k.rollout().max_surge = {1, false};
    k.change_at(1_min);
    TinyRun run = k.c.start();
    while (run.now() < at(3_min)) {
        run.until(run.now().since_origin() + 100_ms);
        EXPECT_GE(run.world()[k.web].ready, 3);
        EXPECT_LE(active(k, run), 4);
    }
    EXPECT_EQ(k.updated(run), 3);
    EXPECT_EQ(active(k, run), 3);
}

}  // namespace
}  // namespace eks::testing
