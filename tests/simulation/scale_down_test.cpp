// Cluster Autoscaler removes nodes (CA-40 to CA-54).
#include "tests/support/autoscaled_cluster.hpp"

namespace eks::testing {
namespace {

constexpr sim::Duration one_loop = sim::Duration::microseconds(10'300'000);

// Two workers; what stands where is given. `pods` on the first worker, so many on the second.
struct TwoWorkers {
    AutoscaledCluster a{SystemNode::open};
    NodeGroupIx workers;

    TwoWorkers() { workers = a.add_group({}, 0, 5, 2); }
    void place(WorkloadIx workload, std::int32_t on_first, std::int32_t on_second) {
        Placement& placement = a.c.spec.placement;
        placement.is_given = true;
        if (on_first > 0) placement.pods.push_back({workload, workers, 0, on_first});
        if (on_second > 0) placement.pods.push_back({workload, workers, 1, on_second});
    }
    TinyRun start() {
        a.c.spec.placement.pods.push_back({a.autoscaler, NodeGroupIx::of(0), 0, 1});
        return a.c.start();
    }
};

// CA-46, CA-51, CA-54: unneeded for ten minutes, then five seconds with the taint.
TEST(ScaleDown, AnEmptyNodeGoesAfterTenMinutes) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 5, 1);
    TinyRun run = a.c.start();
    run.until(20_min);
    const auto gone = times_of(run, AutoscalerCount::empty);
    ASSERT_EQ(gone.size(), 1);
    EXPECT_GE(gone[0], at(10_min + 5_s));
    EXPECT_LE(gone[0], at(10_min + 5_s + 2 * one_loop));
    EXPECT_EQ(desired_of(run, workers), 0);
    EXPECT_EQ(nodes_of(run, workers), 0);
}

// CA-46: a pod that comes and goes in between begins the ten minutes anew.
TEST(ScaleDown, LeavingTheListBeginsTheTimeAnew) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 1, 1);
    PodTemplate pod = TinyCluster::serving_pod(1500);
    const WorkloadIx web = a.c.add_deployment("web", 0, pod);
    a.c.spec.shapes[0].max_pods = 1;
    a.c.scale_at(6_min, web, 1);
    a.c.scale_at(8_min, web, 0);
    TinyRun run = a.c.start();
    run.until(17_min);
    EXPECT_EQ(desired_of(run, workers), 1);
    run.until(20_min);
    EXPECT_EQ(desired_of(run, workers), 0);
}

// CA-41: a group is not made smaller than its minimum.
TEST(ScaleDown, TheMinimumStays) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 1, 5, 3);
    TinyRun run = a.c.start();
    run.until(1_h);
    EXPECT_EQ(desired_of(run, workers), 1);
    EXPECT_EQ(counted(run, AutoscalerCount::empty), 2);
    EXPECT_EQ(level(run, AutoscalerLevel::group_min_size_reached), 1);
}

// CA-40: ten minutes after a scale-up nothing is removed, whatever has been unneeded for how long.
TEST(ScaleDown, AScaleUpPutsItOff) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 5, 1);
    const NodeGroupIx others = a.add_group({.group = "others", .labels = {{"pool", "others"}}}, 0, 5);
    PodTemplate pod = TinyCluster::serving_pod(1500);
    pod.node_selector = {{"pool", "others"}};
    const WorkloadIx web = a.c.add_deployment("web", 0, pod);
    a.c.scale_at(8_min, web, 1);
    TinyRun run = a.c.start();
    run.until(18_min);
    EXPECT_EQ(desired_of(run, workers), 1);
    EXPECT_EQ(level(run, AutoscalerLevel::scale_down_in_cooldown), 1);
    run.until(19_min + 30_s);
    EXPECT_EQ(desired_of(run, workers), 0);
    EXPECT_EQ(desired_of(run, others), 1);
}

// CA-42, CA-43: half full is not too full.
TEST(ScaleDown, AnEqualUtilisationIsEligible) {
    for (const Millicores cpu : {1000, 1001}) {
        TwoWorkers two;
        const WorkloadIx web = two.a.c.add_deployment("web", 1, TinyCluster::serving_pod(cpu));
        const WorkloadIx full = two.a.c.add_deployment("full", 1, TinyCluster::serving_pod(2000));
        two.place(web, 1, 0);
        two.place(full, 0, 1);
        // The pod would find room on the system node.
        TinyRun run = two.start();
        run.until(15_min);
        EXPECT_EQ(desired_of(run, two.workers), cpu == 1000 ? 1 : 2) << cpu;
    }
}

// GEN-4: requests count, and not what is used.
TEST(ScaleDown, WhatPodsUseIsNoMatter) {
    TwoWorkers two;
    PodTemplate pod = TinyCluster::serving_pod(100);
    Usage usage;
    usage.states_cpu = true;
    usage.points = {{sim::Duration::zero(), 1900, 0}};
    pod.usage = UsageIx::of(two.a.c.spec.usages.size());
    two.a.c.spec.usages.push_back(usage);
    const WorkloadIx web = two.a.c.add_deployment("web", 1, pod);
    two.place(web, 1, 0);
    TinyRun run = two.start();
    run.until(20_min);
    EXPECT_EQ(desired_of(run, two.workers), 0);
}

// CA-44: both nodes could go, but not both: what the first one loses is on the second.
TEST(ScaleDown, ARemovalCountsForTheNextOne) {
    TwoWorkers two;
    const WorkloadIx web = two.a.c.add_deployment("web", 2, TinyCluster::serving_pod(900));
    two.a.c.spec.shapes[0].max_pods = 1;  // no room on the system node
    two.place(web, 1, 1);
    TinyRun run = two.start();
    run.until(30_min);
    EXPECT_EQ(desired_of(run, two.workers), 1);
    EXPECT_EQ(run.world()[web].ready, 2);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 0);
    EXPECT_EQ(counted(run, AutoscalerCount::evicted_pods), 1);
    EXPECT_EQ(counted(run, AutoscalerCount::underutilized), 1);
}

// CA-44: without room elsewhere the node stays, and is looked at again after five minutes only (CA-42).
TEST(ScaleDown, PodsWithoutRoomElsewhereKeepTheirNode) {
    TwoWorkers two;
    const WorkloadIx web = two.a.c.add_deployment("web", 1, TinyCluster::serving_pod(900));
    const WorkloadIx full = two.a.c.add_deployment("full", 1, TinyCluster::serving_pod(1500));
    two.a.c.spec.shapes[0].max_pods = 1;
    two.place(web, 1, 0);
    two.place(full, 0, 1);
    TinyRun run = two.start();
    run.until(1_h);
    EXPECT_EQ(desired_of(run, two.workers), 2);
    EXPECT_LE(run.world().cluster_autoscaler.loops, 30);
}

// CA-47, rule 8: a pod that nobody would make again.
TEST(ScaleDown, ABarePodBlocks) {
    for (const bool is_safe : {false, true}) {
        TwoWorkers two;
        PodTemplate pod = TinyCluster::serving_pod(100);
        if (is_safe) pod.wishes.safe_to_evict = cluster_autoscaler::SafeToEvict::yes;
        const WorkloadIx bare = two.a.c.add(WorkloadKind::pod, "bare", pod);
        two.place(bare, 1, 0);
        TinyRun run = two.start();
        run.until(15_min);
        EXPECT_EQ(desired_of(run, two.workers), is_safe ? 0 : 1);
    }
}

// CA-47, rule 9, INC-21: for an hour.
TEST(ScaleDown, ASystemPodWithoutABudgetBlocksForAnHour) {
    TwoWorkers two;
    const WorkloadIx metrics = two.a.c.add_deployment("metrics", 1, TinyCluster::serving_pod(100));
    two.a.c.at(metrics).namespace_name = "kube-system";
    two.place(metrics, 1, 0);
    TinyRun run = two.start();
    run.until(59_min);
    EXPECT_EQ(desired_of(run, two.workers), 1);  // the empty one has gone
    EXPECT_EQ(counted(run, AutoscalerCount::underutilized), 0);
    run.until(1_h + 20_min);
    EXPECT_EQ(desired_of(run, two.workers), 0);
    EXPECT_EQ(run.world()[metrics].ready, 1);  // on the system node
}

// CA-47, rules 10 and 11.
TEST(ScaleDown, AnnotationsAndLocalStorageBlock) {
    for (const bool is_storage : {false, true}) {
        TwoWorkers two;
        PodTemplate pod = TinyCluster::serving_pod(100);
        if (is_storage)
            pod.wishes.has_local_storage = pod.wishes.blocks_by_storage = true;
        else
            pod.wishes.safe_to_evict = cluster_autoscaler::SafeToEvict::no;
        const WorkloadIx web = two.a.c.add_deployment("web", 1, pod);
        two.place(web, 1, 0);
        TinyRun run = two.start();
        run.until(20_min);
        EXPECT_EQ(desired_of(run, two.workers), 1);
        EXPECT_EQ(level(run, AutoscalerLevel::blocked_by_pod) + level(run, AutoscalerLevel::recently_unremovable), 1);
    }
}

// CA-47, rule 12: a budget that allows nothing; and CA-52: one that does is respected.
TEST(ScaleDown, ABudgetThatAllowsNothingBlocks) {
    for (const std::int32_t least : {1, 0}) {
        TwoWorkers two;
        const WorkloadIx web = two.a.c.add_deployment("web", 1, TinyCluster::serving_pod(100));
        DisruptionBudget budget;
        budget.namespace_name = "default";
        budget.name = "web";
        budget.bound = BudgetBound::min_available;
        budget.amount.value = least;
        budget.selected = {0, 1};
        two.a.c.spec.budgets = {budget};
        two.place(web, 1, 0);
        TinyRun run = two.start();
        run.until(20_min);
        EXPECT_EQ(desired_of(run, two.workers), least == 1 ? 1 : 0);
        EXPECT_EQ(run.world()[web].ready, 1);
    }
}

// CA-44: what an earlier candidate takes of a budget the next one has no longer.
TEST(ScaleDown, ABudgetIsUsedUpByTheFirstCandidate) {
    TwoWorkers two;
    const WorkloadIx web = two.a.c.add_deployment("web", 2, TinyCluster::serving_pod(100));
    DisruptionBudget budget;
    budget.namespace_name = "default";
    budget.name = "web";
    budget.bound = BudgetBound::max_unavailable;
    budget.amount.value = 1;
    two.a.c.spec.budgets = {budget};
    two.place(web, 1, 1);
    TinyRun run = two.start();
    run.until(4_min);
    EXPECT_EQ(level(run, AutoscalerLevel::unneeded_nodes), 1);
    run.until(1_h);
    EXPECT_EQ(desired_of(run, two.workers), 0);  // one after the other
    EXPECT_EQ(run.world()[web].ready, 2);
}

// CA-41: empty nodes are chosen before those whose pods would have to move to them.
TEST(ScaleDown, EmptyNodesAreChosenFirst) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 1, 5, 2);
    const WorkloadIx web = a.c.add_deployment("web", 1, TinyCluster::serving_pod(500));
    a.c.spec.placement.is_given = true;
    a.c.spec.placement.pods = {{a.autoscaler, NodeGroupIx::of(0), 0, 1}, {web, workers, 0, 1}};
    TinyRun run = a.c.start();
    run.until(20_min);
    EXPECT_EQ(desired_of(run, workers), 1);
    EXPECT_EQ(counted(run, AutoscalerCount::empty), 1);
    EXPECT_EQ(counted(run, AutoscalerCount::evicted_pods), 0);
}

// CA-50: ten empty nodes at a time, one with pods. CA-53: each is terminated as soon as it may be.
TEST(ScaleDown, TenEmptyNodesGoAtATime) {
    AutoscaledCluster a;
    a.add_group({}, 0, 20, 14);
    TinyRun run = a.c.start();
    run.until(11_min);
    const auto gone = times_of(run, AutoscalerCount::empty);
    ASSERT_GE(gone.size(), 14);
    EXPECT_EQ(gone[9], gone[0]);
    EXPECT_GT(gone[10], gone[0]);
}

// CA-52: a pod's grace is waited for before the instance is terminated.
TEST(ScaleDown, PodsHaveTheirGrace) {
    TwoWorkers two;
    PodTemplate pod = TinyCluster::serving_pod(100);
    pod.termination_grace = 2_min;
    pod.stop_time = sim::Distribution::constant(100_s);
    const WorkloadIx web = two.a.c.add_deployment("web", 1, pod);
    two.place(web, 1, 0);
    TinyRun run = two.start();
    run.until(20_min);
    const auto evicted = times_of(run, AutoscalerCount::evicted_pods);
    const auto gone = times_of(run, AutoscalerCount::underutilized);
    ASSERT_EQ(evicted.size(), 1);
    ASSERT_EQ(gone.size(), 1);
    EXPECT_GE(gone[0] - evicted[0], 100_s);
    EXPECT_LE(gone[0] - evicted[0], 110_s);
}

// CA-51: a pod that comes within the five seconds is seen, and the node stays.
TEST(ScaleDown, ANodeThatIsNeededAgainStays) {
    AutoscaledCluster a;
    a.settings().delete_delay_after_taint = 2_min;
    const NodeGroupIx workers = a.add_group({}, 0, 1, 1);
    PodTemplate pod = TinyCluster::serving_pod(1500);
    Toleration cordon;
    cordon.key = "node.kubernetes.io/unschedulable";
    cordon.exists = true;
    pod.tolerations = {cordon};
    const WorkloadIx web = a.c.add_deployment("web", 0, pod);
    a.c.spec.shapes[0].max_pods = 1;
    a.c.scale_at(11_min, web, 1);
    TinyRun run = a.c.start();
    run.until(10_min + 55_s);
    ASSERT_TRUE(run.row(run.node(1)).cordoned);
    run.until(20_min);
    EXPECT_EQ(desired_of(run, workers), 1);
    EXPECT_FALSE(run.row(run.node(1)).cordoned);
    EXPECT_EQ(run.world()[web].ready, 1);
}

// CA-3: a process that begins anew has forgotten how long a node was unneeded, and takes its taints back.
TEST(ScaleDown, ANewProcessBeginsAnew) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 5, 1);
    a.c.scale_at(9_min, a.autoscaler, 0);
    a.c.scale_at(10_min, a.autoscaler, 1);
    TinyRun run = a.c.start();
    run.until(19_min);
    EXPECT_EQ(desired_of(run, workers), 1);
    run.until(22_min);
    EXPECT_EQ(desired_of(run, workers), 0);
    EXPECT_EQ(run.world().cluster_autoscaler.starts, 2);
}

// CA-43: DaemonSet pods count, unless they are said not to.
TEST(ScaleDown, DaemonPodsCountUnlessTheyAreSaidNotTo) {
    for (const bool ignores : {false, true}) {
        AutoscaledCluster a;
        PodTemplate daemon = TinyCluster::daemon_pod();
        daemon.containers[0].requests.cpu_milli = 1100;
        a.c.add_daemon_set("agent", daemon);
        const NodeGroupIx workers = a.add_group({}, 0, 5, 1);
        a.settings().groups[0].scale_down.ignores_daemon_sets = ignores;
        TinyRun run = a.c.start();
        run.until(20_min);
        EXPECT_EQ(desired_of(run, workers), ignores ? 0 : 1);
    }
}

// CA-46: an unready node is given twenty minutes.
TEST(ScaleDown, AnUnreadyNodeIsGivenLonger) {
    AutoscaledCluster a;
    a.c.spec.latencies.instance_impaired = 5_h;
    a.settings().max_startup_time = 1_min;
    const NodeGroupIx workers = a.add_group({}, 0, 5, 1);
    Fault fault;
    fault.kind = FaultKind::node_down;
    fault.group = workers;
    fault.share_ppm = 1'000'000;
    a.c.fault_at(1_min, 3_h, fault);
    TinyRun run = a.c.start();
    run.until(19_min);
    EXPECT_EQ(desired_of(run, workers), 1);
    run.until(23_min);
    EXPECT_EQ(desired_of(run, workers), 0);
    EXPECT_EQ(counted(run, AutoscalerCount::unready), 1);
}

}  // namespace
}  // namespace eks::testing
