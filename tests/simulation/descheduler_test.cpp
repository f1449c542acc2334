// The descheduler in a run (DESCH-1 to DESCH-4): each strategy where it evicts and where it must not.
#include "tests/support/descheduled.hpp"

namespace eks::testing {
namespace {

std::vector<std::int32_t> on_workers(const TinyRun& run, WorkloadIx workload) {
    std::vector<std::int32_t> counts;
    for (const NodeId node : run.world().node_order) {
        if (run.spec()[run.row(node).shape].group.value == 0) continue;
        std::int32_t pods = 0;
        for (const PodId id : run.pods_of(workload))
            pods += run.pod(id).node == node && !run.pod(id).terminating ? 1 : 0;
        counts.push_back(pods);
    }
    return counts;
}

// DESCH-4: at most the mean on each node, rounded up.
TEST(Descheduler, DuplicatesAreSpread) {
    Descheduled d;
    d.step(DeschedulerStrategy::remove_duplicates);
    const WorkloadIx web = d.add("web", {6, 0, 0});
    TinyRun run = d.c.start();
    run.until(25_min);
    EXPECT_EQ(evicted(run, web), 4U);
    EXPECT_EQ(on_workers(run, web), (std::vector<std::int32_t>{2, 2, 2}));
}

// DESCH-4: there must be two nodes that they may be on.
TEST(Descheduler, DuplicatesWithOneNodeToBeOnStay) {
    for (const bool has_another : {true, false}) {
        Descheduled d(1);
        d.c.add_nodes(1, {.group = "others", .labels = {{"disk", has_another ? "ssd" : "tape"}}});
        d.c.spec.shapes[1].labels = {{"disk", "ssd"}};
        d.step(DeschedulerStrategy::remove_duplicates);
        PodTemplate pod = TinyCluster::serving_pod(100);
        pod.node_selector = {{"disk", "ssd"}};
        const WorkloadIx web = d.add("web", {4}, pod);
        TinyRun run = d.c.start();
        run.until(12_min);
        EXPECT_EQ(evicted(run, web), has_another ? 2U : 0U);
    }
}

// PDB-2: it asks the eviction API, and a budget keeps what it keeps.
TEST(Descheduler, BudgetsAreRespected) {
    for (const std::int32_t at_least : {6, 5}) {
        Descheduled d;
        d.step(DeschedulerStrategy::remove_duplicates);
        const WorkloadIx web = d.add("web", {6, 0, 0});
        d.keep_all(web, at_least);
        TinyRun run = d.c.start();
        run.until(12_min);
        EXPECT_EQ(evicted(run, web), at_least == 6 ? 0U : 1U);
    }
}

// DESCH-1: what the default evictor keeps.
TEST(Descheduler, TheDefaultEvictorKeepsSomePods) {
    const auto run_with = [](const PodTemplate& pod, WorkloadKind kind, bool is_lenient) {
        Descheduled d;
        d.step(DeschedulerStrategy::pod_life_time).longest_life = 60_s;
        if (is_lenient) {
            d.evictor().evicts_local_storage = d.evictor().evicts_system_critical = true;
            d.evictor().evicts_daemon_sets = true;
        }
        const WorkloadIx some =
            kind == WorkloadKind::daemon_set ? d.c.add_daemon_set("some", pod) : d.add("some", {1, 0, 0}, pod, kind);
        TinyRun run = d.c.start();
        run.until(15_min);
        return evicted(run, some);
    };
    PodTemplate pod = TinyCluster::serving_pod(100);
    EXPECT_GT(run_with(pod, WorkloadKind::deployment, false), 0U);
    EXPECT_EQ(run_with(pod, WorkloadKind::pod, false), 0U);
    EXPECT_EQ(run_with(TinyCluster::daemon_pod(), WorkloadKind::daemon_set, false), 0U);
    EXPECT_GT(run_with(TinyCluster::daemon_pod(), WorkloadKind::daemon_set, true), 0U);
    pod.priority = 2'000'000'000;
    EXPECT_EQ(run_with(pod, WorkloadKind::deployment, false), 0U);
    EXPECT_GT(run_with(pod, WorkloadKind::deployment, true), 0U);
    pod.priority = 0;
    pod.wishes.has_local_storage = true;
    EXPECT_EQ(run_with(pod, WorkloadKind::deployment, false), 0U);
    EXPECT_GT(run_with(pod, WorkloadKind::deployment, true), 0U);
    pod.wishes.asks_for_descheduler = true;
    EXPECT_GT(run_with(pod, WorkloadKind::deployment, false), 0U);
}

// DESCH-1: nodeFit asks for room elsewhere, minReplicas for enough others, and one node alone is left as it is.
TEST(Descheduler, PodsWithoutAnotherPlaceStay) {
    for (const bool asks : {false, true}) {
        Descheduled d(2);
        d.evictor().asks_for_fit = asks;
        d.step(DeschedulerStrategy::pod_life_time).longest_life = 60_s;
        const WorkloadIx web = d.add("web", {1, 0}, TinyCluster::serving_pod(1000));
        PodTemplate full = TinyCluster::serving_pod(1500);
        full.priority = 2'000'000'000;
        d.add("full", {0, 1}, full);
        TinyRun run = d.c.start();
        run.until(15_min);
        EXPECT_EQ(evicted(run, web) == 0, asks);
    }
}

TEST(Descheduler, TooFewReplicasStay) {
    for (const std::int64_t least : {1, 2}) {
        Descheduled d;
        d.evictor().min_replicas = least;
        d.step(DeschedulerStrategy::pod_life_time).longest_life = 60_s;
        const WorkloadIx web = d.add("web", {1, 0, 0});
        TinyRun run = d.c.start();
        run.until(15_min);
        EXPECT_EQ(evicted(run, web) == 0, least == 2);
    }
}

TEST(Descheduler, OneNodeAloneIsLeftAsItIs) {
    TinyCluster c;
    c.add_nodes(1);
    c.spec.descheduler.pods = c.add_deployment("descheduler", 1);
    c.at(c.spec.descheduler.pods).namespace_name = "kube-system";
    c.spec.descheduler.interval = 5_min;
    DeschedulerStep step;
    step.strategy = DeschedulerStrategy::pod_life_time;
    step.longest_life = 60_s;
    c.spec.descheduler.profiles.resize(1);
    c.spec.descheduler.profiles[0].steps = {step};
    const WorkloadIx web = c.add_deployment("web", 3);
    TinyRun run = c.start();
    run.until(20_min);
    EXPECT_EQ(evicted(run, web), 0U);
}

// PodLifeTime: older than so long, and in one of the states.
TEST(Descheduler, OldPodsGo) {
    Descheduled d;
    d.step(DeschedulerStrategy::pod_life_time).longest_life = 1_h;
    const WorkloadIx web = d.add("web", {2, 1, 0});
    TinyRun run = d.c.start();
    run.until(59_min);
    EXPECT_EQ(evicted(run, web), 0U);
    run.until(1_h + 11_min);
    EXPECT_EQ(evicted(run, web), 3U);
    EXPECT_EQ(run.world()[web].ready, 3);

    Descheduled pending;
    DeschedulerStep& step = pending.step(DeschedulerStrategy::pod_life_time);
    step.longest_life = 1_h;
    step.states = {"Pending"};
    const WorkloadIx runs = pending.add("web", {2, 1, 0});
    TinyRun other = pending.c.start();
    other.until(2_h);
    EXPECT_EQ(evicted(other, runs), 0U);
}

// The limits of a run.
TEST(Descheduler, ARunHasLimits) {
    Descheduled d;
    d.c.spec.descheduler.most_per_node = 1;
    d.step(DeschedulerStrategy::remove_duplicates);
    const WorkloadIx web = d.add("web", {6, 0, 0});
    TinyRun run = d.c.start();
    run.until(10_min);  // one run
    EXPECT_EQ(evicted(run, web), 1U);
    Descheduled all;
    all.c.spec.descheduler.most_in_all = 2;
    all.step(DeschedulerStrategy::remove_duplicates);
    const WorkloadIx other = all.add("web", {6, 0, 0});
    TinyRun second = all.c.start();
    second.until(10_min);
    EXPECT_EQ(evicted(second, other), 2U);
}

// RemovePodsViolatingNodeTaints: a cordon is a taint as any other.
TEST(Descheduler, PodsAgainstTaintsGo) {
    for (const bool is_excluded : {false, true}) {
        Descheduled d;
        DeschedulerStep& step = d.step(DeschedulerStrategy::remove_pods_violating_node_taints);
        if (is_excluded) step.excluded_taints = {"node.kubernetes.io/unschedulable"};
        const WorkloadIx web = d.add("web", {1, 1, 0});
        TinyRun run = d.c.start();
        run.until(1_s);
        run.cordon(run.node(1), true);
        run.until(15_min);
        EXPECT_EQ(evicted(run, web), is_excluded ? 0U : 1U);
    }
}

// RemovePodsViolatingNodeAffinity: a pod that was found where it does not belong, while another node would take it.
TEST(Descheduler, PodsOnTheWrongNodeGo) {
    for (const bool has_better : {true, false}) {
        Descheduled d(1);
        const NodeGroupIx better = d.c.add_nodes(1, {.group = "better", .labels = {{"disk", "ssd"}}});
        static_cast<void>(better);
        d.step(DeschedulerStrategy::remove_pods_violating_node_affinity);
        PodTemplate pod = TinyCluster::serving_pod(100);
        pod.node_selector = {{"disk", has_better ? "ssd" : "tape"}};
        const WorkloadIx web = d.add("web", {1}, pod);
        TinyRun run = d.c.start();
        run.until(15_min);
        EXPECT_EQ(evicted(run, web), has_better ? 1U : 0U);
    }
}

// RemovePodsViolatingInterPodAntiAffinity: who has the term goes, and one of two is enough.
TEST(Descheduler, PodsThatWantToBeApartAreParted) {
    Descheduled d;
    d.step(DeschedulerStrategy::remove_pods_violating_inter_pod_anti_affinity);
    PodTemplate pod = TinyCluster::serving_pod(100);
    pod.namespace_name = "default";
    pod.labels = {{"app", "web"}};
    AffinityTerm apart;
    apart.topology_key = "kubernetes.io/hostname";
    apart.selector.is_given = true;
    apart.selector.all = {{"app", SelectorOperator::in, {"web"}, false}};
    pod.constraints.required_anti_affinity = {apart};
    const WorkloadIx web = d.add("web", {2, 1, 0}, pod);
    TinyRun run = d.c.start();
    run.until(15_min);
    EXPECT_EQ(evicted(run, web), 1U);
    EXPECT_EQ(on_workers(run, web), (std::vector<std::int32_t>{1, 1, 1}));
}

// RemovePodsViolatingTopologySpreadConstraint: what is too much goes where there is less.
TEST(Descheduler, SkewIsPutRight) {
    for (const std::int64_t skew : {1, 4}) {
        Descheduled d(2);
        d.step(DeschedulerStrategy::remove_pods_violating_topology_spread_constraint);
        PodTemplate pod = TinyCluster::serving_pod(100);
        pod.namespace_name = "default";
        pod.labels = {{"app", "web"}};
        SpreadConstraint spread;
        spread.topology_key = "kubernetes.io/hostname";
        spread.max_skew = skew;
        spread.is_required = true;
        spread.honors_taints = true;
        spread.selector.is_given = true;
        spread.selector.all = {{"app", SelectorOperator::in, {"web"}, false}};
        pod.constraints.spread = {spread};
        const WorkloadIx web = d.add("web", {4, 0}, pod);
        TinyRun run = d.c.start();
        run.until(25_min);
        EXPECT_EQ(evicted(run, web) > 0, skew == 1);
        if (skew == 1) {
            const std::vector<std::int32_t> counts = on_workers(run, web);
            EXPECT_LE(std::abs(counts[0] - counts[1]), 1);
        }
    }
}

// RemoveFailedPods: pods of a Job that have failed, once they are old enough.
TEST(Descheduler, FailedPodsAreCleared) {
    Descheduled d;
    DeschedulerStep& step = d.step(DeschedulerStrategy::remove_failed_pods);
    step.least_age = 30_min;
    PodTemplate pod = TinyCluster::job_pod(10_s);
    pod.failure_rate_ppm = 1'000'000;
    const WorkloadIx job = d.c.add_job("report", pod);
    d.c.at(job).job.backoff_limit = 0;
    d.c.spec.placement.is_given = false;
    d.c.spec.placement.pods.clear();
    TinyRun run = d.c.start();
    run.until(29_min);
    EXPECT_EQ(evicted(run, job), 0U);
    ASSERT_EQ(run.pods_of(job).size(), 1U);
    run.until(45_min);
    EXPECT_EQ(evicted(run, job), 1U);
    EXPECT_TRUE(run.pods_of(job).empty());
}

// RemovePodsHavingTooManyRestarts
TEST(Descheduler, PodsThatRestartTooOftenGo) {
    Descheduled d;
    d.step(DeschedulerStrategy::remove_pods_having_too_many_restarts).restarts = 5;
    PodTemplate pod = TinyCluster::serving_pod(100);
    pod.exit.share_ppm = 1'000'000;
    pod.exit.after = sim::Distribution::constant(30_s);
    const WorkloadIx web = d.add("web", {1, 0, 0}, pod);
    const WorkloadIx calm = d.add("calm", {1, 1, 0});
    TinyRun run = d.c.start();
    run.until(1_h);
    EXPECT_GT(evicted(run, web), 0U);
    EXPECT_EQ(evicted(run, calm), 0U);
}

// includingInitContainers
TEST(Descheduler, RestartsOfInitContainersCountWhereItIsSaid) {
    for (const bool counts : {false, true}) {
        Descheduled d;
        DeschedulerStep& step = d.step(DeschedulerStrategy::remove_pods_having_too_many_restarts);
        step.restarts = 3;
        step.counts_init_containers = counts;
        PodTemplate pod = TinyCluster::serving_pod(100);
        pod.init_containers = pod.containers;
        pod.init_failure_ppm = 1'000'000;
        const WorkloadIx web = d.c.add_deployment("web", 0, pod);
        d.c.scale_at(1_min, web, 1);
        TinyRun run = d.c.start();
        run.until(30_min);
        EXPECT_EQ(evicted(run, web) > 0, counts);
    }
}

// DESCH-2: the full node gives to the empty ones until it is at its target.
TEST(Descheduler, FullNodesGiveToEmptyOnes) {
    Descheduled d;
    DeschedulerStep& step = d.step(DeschedulerStrategy::low_node_utilization);
    step.thresholds.cpu = 20;
    step.targets.cpu = 50;
    const WorkloadIx web = d.add("web", {9, 0, 0}, TinyCluster::serving_pod(200));  // 1800 of 2000
    TinyRun run = d.c.start();
    run.until(10_min);
    EXPECT_EQ(evicted(run, web), 4U);  // 1000 is at the target
}

// DESCH-2: with numberOfNodes as many underused nodes are no reason, and none are if none is overused.
TEST(Descheduler, FullNodesKeepTheirsWhereNothingIsToBeDone) {
    for (const bool has_number : {true, false}) {
        Descheduled d;
        DeschedulerStep& step = d.step(DeschedulerStrategy::low_node_utilization);
        step.thresholds.cpu = 20;
        step.targets.cpu = has_number ? 50 : 95;
        if (has_number) step.more_nodes_than = 3;  // the system node is one of three
        const WorkloadIx web = d.add("web", {9, 0, 0}, TinyCluster::serving_pod(200));
        TinyRun run = d.c.start();
        run.until(25_min);
        EXPECT_EQ(evicted(run, web), 0U);
    }
}

// DESCH-2: priorities first, and the best effort before the guaranteed.
TEST(Descheduler, LessImportantPodsGoFirst) {
    Descheduled d;
    DeschedulerStep& step = d.step(DeschedulerStrategy::low_node_utilization);
    step.thresholds.cpu = 20;
    step.targets.cpu = 80;
    PodTemplate important = TinyCluster::serving_pod(200);
    important.priority = 1000;
    const WorkloadIx shop = d.add("shop", {5, 0, 0}, important);
    const WorkloadIx batch = d.add("batch", {4, 0, 0}, TinyCluster::serving_pod(200));
    TinyRun run = d.c.start();
    run.until(10_min);
    EXPECT_EQ(evicted(run, shop), 0U);
    EXPECT_EQ(evicted(run, batch), 1U);
}

// DESCH-3: the underused node is emptied while others have room.
TEST(Descheduler, UnderusedNodesAreEmptied) {
    Descheduled d(2);
    DeschedulerStep& step = d.step(DeschedulerStrategy::high_node_utilization);
    step.thresholds.cpu = 20;
    step.has_namespaces = false;
    const WorkloadIx few = d.add("few", {1, 0}, TinyCluster::serving_pod(200));
    const WorkloadIx many = d.add("many", {0, 5}, TinyCluster::serving_pod(200));
    TinyRun run = d.c.start();
    run.until(10_min);
    EXPECT_EQ(evicted(run, few), 1U);
    EXPECT_EQ(evicted(run, many), 0U);
}

// DESCH-3: nothing is emptied into nodes without room, where no more nodes than numberOfNodes are underused, or where
// there is no other node than underused ones.
TEST(Descheduler, UnderusedNodesKeepTheirsWhereNothingIsToBeDone) {
    enum class Lack { room, number, others };
    for (const Lack lack : {Lack::room, Lack::number, Lack::others}) {
        Descheduled d(2);
        DeschedulerStep& step = d.step(DeschedulerStrategy::high_node_utilization);
        step.thresholds.cpu = 20;
        if (lack == Lack::number) step.more_nodes_than = 2;
        const WorkloadIx few = d.add("few", {1, 0}, TinyCluster::serving_pod(200));
        const std::int32_t pods = lack == Lack::room ? 10 : lack == Lack::others ? 1 : 5;
        const WorkloadIx many = d.add("many", {0, pods}, TinyCluster::serving_pod(200));  // of 2000
        TinyRun run = d.c.start();
        run.until(10_min);
        EXPECT_EQ(evicted(run, few), 0U);
        EXPECT_EQ(evicted(run, many), 0U);
    }
}

// DESCH-1: as a CronJob it runs with each of its pods.
TEST(Descheduler, ACronJobRunsItOnceAPod) {
    TinyCluster c;
    c.add_nodes(3);
    const WorkloadIx job = c.add_cron_job("descheduler", "*/10 * * * *", TinyCluster::job_pod(5_s));
    const WorkloadIx web = c.add_deployment("web", 3, TinyCluster::serving_pod(100));
    c.spec.descheduler.pods = job;
    DeschedulerStep step;
    step.strategy = DeschedulerStrategy::pod_life_time;
    step.longest_life = 15_min;
    c.spec.descheduler.profiles.resize(1);
    c.spec.descheduler.profiles[0].steps = {step};
    TinyRun run = c.start();
    run.until(14_min);
    EXPECT_EQ(evicted(run, web), 0U);
    run.until(18_min);
    EXPECT_EQ(evicted(run, web), 3U);  // at the tick at 16 minutes
    EXPECT_EQ(run.world().descheduler.starts, 2U);
}

}  // namespace
}  // namespace eks::testing
