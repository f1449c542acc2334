// Cluster Autoscaler adds nodes (CA-1 to CA-35).
#include "tests/support/autoscaled_cluster.hpp"

namespace eks::testing {
namespace {

constexpr sim::Duration one_loop = sim::Duration::microseconds(10'300'000);  // scan interval and the loop itself

std::size_t running(const TinyRun& run, WorkloadIx workload) {
    return static_cast<std::size_t>(run.world()[workload].ready);
}

// CA-14: four pods of half a processor fill a node, so that ten need three.
TEST(ScaleUp, PendingPodsGetAsManyNodesAsTheyFill) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 10);
    const WorkloadIx web = a.c.add_deployment("web", 10, TinyCluster::serving_pod(500));
    TinyRun run = a.c.start();
    run.until(5_min);
    EXPECT_EQ(desired_of(run, workers), 3);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 3);
    EXPECT_EQ(times_of(run, AutoscalerCount::scaled_up_nodes).size(), 1);
    EXPECT_EQ(running(run, web), 10);
    EXPECT_EQ(level(run, AutoscalerLevel::unschedulable_pods), 0);
    EXPECT_EQ(level(run, AutoscalerLevel::ready), 4);
}

// CA-1, CA-8: the pod wakes the loop at once, which finds it younger than 2 s; the next one comes a scan interval
// later.
TEST(ScaleUp, ANewPodWaitsForTheLoopAfterTheOneThatItWakes) {
    AutoscaledCluster a;
    a.add_group({}, 0, 10);
    const WorkloadIx web = a.c.add_deployment("web", 0, TinyCluster::serving_pod(500));
    a.c.scale_at(5_min, web, 1);
    TinyRun run = a.c.start();
    run.until(6_min);
    const auto seen = run.all<PodUnschedulableFact>();
    const auto scaled = times_of(run, AutoscalerCount::scaled_up_nodes);
    ASSERT_FALSE(seen.empty());
    ASSERT_EQ(scaled.size(), 1);
    const sim::Duration waited = scaled[0] - seen[0].at;
    EXPECT_GT(waited, 10_s);
    EXPECT_LE(waited, one_loop + 400_ms);
}

// CA-1: without frequent loops the pod waits for the scan interval, whose phase is drawn (GEN-3).
TEST(ScaleUp, WithoutFrequentLoopsTheScanIntervalCounts) {
    std::vector<sim::Time> times;
    for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{2}}) {
        AutoscaledCluster a;
        a.settings().loops_frequently = false;
        a.settings().scan_interval = 1_min;
        a.add_group({}, 0, 10);
        const WorkloadIx web = a.c.add_deployment("web", 0, TinyCluster::serving_pod(500));
        a.c.scale_at(5_min, web, 1);
        TinyRun run = a.c.start(seed);
        run.until(8_min);
        const auto scaled = times_of(run, AutoscalerCount::scaled_up_nodes);
        ASSERT_EQ(scaled.size(), 1);
        EXPECT_GT(scaled[0], at(5_min));
        EXPECT_LE(scaled[0], at(6_min + 5_s));
        times.push_back(scaled[0]);
    }
    EXPECT_NE(times[0], times[1]);
}

// CA-32: nodes on their way count as there. One pod gets one node, however many loops pass until it is ready.
TEST(ScaleUp, NodesOnTheirWayAreNotAskedForAgain) {
    AutoscaledCluster a;
    a.c.spec.latencies.node_launch = sim::Distribution::constant(2_min);
    const NodeGroupIx workers = a.add_group({}, 0, 10);
    a.c.add_deployment("web", 1, TinyCluster::serving_pod(500));
    TinyRun run = a.c.start();
    run.until(10_min);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 1);
    EXPECT_EQ(desired_of(run, workers), 1);
}

// CA-4, FR-7: a pod that has a node and no address is nothing that it sees.
TEST(ScaleUp, APodThatIsCreatingItsContainersIsNoReason) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({.max_enis = 1, .ipv4_per_eni = 4}, 1, 10, 1);
    const WorkloadIx web = a.c.add_deployment("web", 6, TinyCluster::serving_pod(10));
    a.c.pod_of(web).node_selector = {};
    a.c.spec.shapes[0].max_pods = 1;  // the system node is full
    TinyRun run = a.c.start();
    run.until(10_min);
    EXPECT_LT(running(run, web), 6);
    EXPECT_EQ(run.all<PodUnschedulableFact>().size(), 0);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 0);
    EXPECT_EQ(desired_of(run, workers), 1);
}

// CA-5: the cutoff itself counts.
TEST(ScaleUp, PodsBelowTheCutoffCauseNothing) {
    for (const std::int32_t priority : {-11, -10}) {
        AutoscaledCluster a;
        a.add_group({}, 0, 10);
        PodTemplate pod = TinyCluster::serving_pod(500);
        pod.priority = priority;
        a.c.add_deployment("spare", 1, pod);
        TinyRun run = a.c.start();
        run.until(5_min);
        EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), priority == -10 ? 1 : 0) << priority;
    }
}

// CA-7: a pod's own delay counts where it is longer than the flag's.
TEST(ScaleUp, YoungPodsAreLeftForALaterLoop) {
    for (const sim::Duration own : {0_s, 30_s, 90_s}) {
        AutoscaledCluster a;
        a.settings().new_pod_delay = 60_s;
        a.add_group({}, 0, 10);
        PodTemplate pod = TinyCluster::serving_pod(500);
        pod.wishes.scale_up_delay = own;
        const WorkloadIx web = a.c.add_deployment("web", 0, pod);
        a.c.scale_at(5_min, web, 1);
        TinyRun run = a.c.start();
        run.until(10_min);
        const auto scaled = times_of(run, AutoscalerCount::scaled_up_nodes);
        ASSERT_EQ(scaled.size(), 1);
        const sim::Duration delay = std::max<sim::Duration>(own, 60_s);
        EXPECT_GE(scaled[0], at(5_min + delay));
        EXPECT_LE(scaled[0], at(5_min + delay + one_loop + 1_s));
    }
}

// CA-6: room that is there, or on its way, is used first.
TEST(ScaleUp, PodsThatFitSomewhereAreNotCounted) {
    AutoscaledCluster a;
    a.c.spec.latencies.node_launch = sim::Distribution::constant(1_min);
    const NodeGroupIx workers = a.add_group({}, 0, 10);
    a.c.add_deployment("web", 1, TinyCluster::serving_pod(500));
    const WorkloadIx late = a.c.add_deployment("late", 0, TinyCluster::serving_pod(500));
    a.c.scale_at(40_s, late, 3);  // while the node for the first is on its way: it has room for three more
    TinyRun run = a.c.start();
    run.until(10_min);
    EXPECT_EQ(desired_of(run, workers), 1);
    EXPECT_EQ(running(run, late), 3);
}

// CA-18: the whole cluster is capped, nodes of other groups included.
TEST(ScaleUp, TheClusterGrowsToMaxNodesTotal) {
    AutoscaledCluster a;
    a.settings().max_nodes_total = 3;
    const NodeGroupIx workers = a.add_group({}, 0, 10);
    a.c.add_deployment("web", 10, TinyCluster::serving_pod(2000));
    TinyRun run = a.c.start();
    run.until(10_min);
    EXPECT_EQ(desired_of(run, workers), 2);
}

// CA-11
TEST(ScaleUp, AGroupGrowsToItsMaximum) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 2);
    a.c.add_deployment("web", 5, TinyCluster::serving_pod(2000));
    TinyRun run = a.c.start();
    run.until(10_min);
    EXPECT_EQ(desired_of(run, workers), 2);
    EXPECT_EQ(level(run, AutoscalerLevel::unschedulable_pods), 3);
}

// CA-11: cores of the cluster. The system node has two, each worker two.
TEST(ScaleUp, CoresOfTheClusterAreCapped) {
    AutoscaledCluster a;
    a.settings().max_cores = 7;
    const NodeGroupIx workers = a.add_group({}, 0, 10);
    a.c.add_deployment("web", 5, TinyCluster::serving_pod(2000));
    TinyRun run = a.c.start();
    run.until(10_min);
    EXPECT_EQ(desired_of(run, workers), 2);
}

// CA-24: least-waste takes the group whose node the pod fills, most-pods the one that takes all pods.
TEST(ScaleUp, TheExpanderChooses) {
    using enum cluster_autoscaler::Expander;
    for (const auto expander : {least_waste, most_pods}) {
        AutoscaledCluster a;
        a.settings().expanders = {expander};
        const NodeGroupIx small = a.add_group({.group = "small", .cpu_milli = 1000, .memory_bytes = gibibyte}, 0, 1);
        const NodeGroupIx large = a.add_group({.group = "large", .cpu_milli = 16'000}, 0, 5);
        a.c.add_deployment("web", 3, TinyCluster::serving_pod(1000));
        TinyRun run = a.c.start();
        run.until(30_s);
        EXPECT_EQ(desired_of(run, small), expander == least_waste ? 1 : 0);
        // What one small node does not take is a matter of the next loop.
        EXPECT_EQ(run.all<AutoscalerCountFact>()[0].fact.more, 1);
        EXPECT_EQ(desired_of(run, large), 1);
    }
}

// CA-24: the higher priority wins; a group that matches none is dropped.
TEST(ScaleUp, ThePriorityExpanderTakesTheHighest) {
    AutoscaledCluster a;
    a.settings().expanders = {cluster_autoscaler::Expander::priority};
    const NodeGroupIx nothing = a.add_group({.group = "nothing"}, 0, 5);
    const NodeGroupIx low = a.add_group({.group = "low"}, 0, 5);
    const NodeGroupIx high = a.add_group({.group = "high"}, 0, 5);
    a.settings().groups[1].has_priority = a.settings().groups[2].has_priority = true;
    a.settings().groups[1].priority = 10;
    a.settings().groups[2].priority = 50;
    a.c.add_deployment("web", 1, TinyCluster::serving_pod(1000));
    TinyRun run = a.c.start();
    run.until(2_min);
    EXPECT_EQ(desired_of(run, nothing), 0);
    EXPECT_EQ(desired_of(run, low), 0);
    EXPECT_EQ(desired_of(run, high), 1);
}

// CA-25 to CA-27: groups that differ in their zone alone share the new nodes.
TEST(ScaleUp, SimilarGroupsAreBalanced) {
    for (const bool balances : {true, false}) {
        AutoscaledCluster a;
        a.settings().balances_similar_groups = balances;
        a.c.add_zone(20);
        const NodeGroupIx one = a.add_group({.group = "one"}, 0, 10);
        const NodeGroupIx other = a.add_group({.group = "other", .zone = 1, .subnet = 1}, 0, 10);
        a.c.add_deployment("web", 6, TinyCluster::serving_pod(2000));
        TinyRun run = a.c.start();
        run.until(1_min);
        EXPECT_EQ(desired_of(run, one) + desired_of(run, other), 6);
        EXPECT_EQ(desired_of(run, one) == 3, balances);
    }
}

// CA-21, CA-23: a group that is empty is taken for larger than its nodes are. The pod fits the template and never a
// node, which is seen once one is there.
TEST(ScaleUp, AGroupScaledFromZeroIsTakenForLargerThanItIs) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({.cpu_milli = 1900}, 0, 5);
    a.asg_template_of(workers).allocatable.cpu_milli = a.asg_template_of(workers).capacity.cpu_milli = 2000;
    const WorkloadIx web = a.c.add_deployment("web", 1, TinyCluster::serving_pod(2000));
    TinyRun run = a.c.start();
    run.until(9_min);
    EXPECT_EQ(running(run, web), 0);
    // The node is ready within two minutes, and a template a minute later: what was added until then is all.
    const std::int64_t added = counted(run, AutoscalerCount::scaled_up_nodes);
    EXPECT_GE(added, 1);
    run.until(9_min + 30_s);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), added);
}

// CA-20: pods of DaemonSets take their part of a new node.
TEST(ScaleUp, DaemonPodsAreReckonedWith) {
    AutoscaledCluster a;
    PodTemplate daemon = TinyCluster::daemon_pod();
    daemon.containers[0].requests.cpu_milli = 600;
    a.c.add_daemon_set("agent", daemon);
    const NodeGroupIx workers = a.add_group({}, 0, 10);
    a.c.add_deployment("web", 4, TinyCluster::serving_pod(700));  // two fit beside the agent, not three
    a.c.spec.shapes[0].max_pods = 2;
    TinyRun run = a.c.start();
    run.until(5_min);
    EXPECT_EQ(desired_of(run, workers), 2);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 2);
}

// CA-29, CA-34: the group without capacity is left alone for five minutes, and the next one is taken.
TEST(ScaleUp, AGroupWithoutCapacityGivesWayToAnother) {
    AutoscaledCluster a;
    a.settings().expanders = {cluster_autoscaler::Expander::priority};
    const NodeGroupIx dry = a.add_group({.group = "dry"}, 0, 5);
    const NodeGroupIx other = a.add_group({.group = "other"}, 0, 5);
    for (AutoscaledGroup& group : a.settings().groups) group.has_priority = true;
    a.settings().groups[0].priority = 50;
    Fault fault;
    fault.kind = FaultKind::insufficient_capacity;
    fault.group = dry;
    a.c.fault_at(0_s, 2_h, fault);
    const WorkloadIx web = a.c.add_deployment("web", 1, TinyCluster::serving_pod(1000));
    TinyRun run = a.c.start();
    run.until(5_min);
    EXPECT_EQ(running(run, web), 1);
    EXPECT_EQ(desired_of(run, dry), 0);
    EXPECT_EQ(desired_of(run, other), 1);
    EXPECT_EQ(counted(run, AutoscalerCount::out_of_resources), 1);
    const auto scaled = times_of(run, AutoscalerCount::scaled_up_nodes);
    ASSERT_EQ(scaled.size(), 2);
    // At most a minute of the cache and a loop, after the launch has failed.
    EXPECT_LE(scaled[1] - scaled[0], 1_min + 2 * one_loop + 1_s);
}

// CA-34: while the group is backed off nothing is asked of it; then it is tried again.
TEST(ScaleUp, ABackedOffGroupIsTriedAgain) {
    AutoscaledCluster a;
    const NodeGroupIx dry = a.add_group({.group = "dry"}, 0, 5);
    Fault fault;
    fault.kind = FaultKind::insufficient_capacity;
    fault.group = dry;
    a.c.fault_at(0_s, 5_h, fault);
    a.c.add_deployment("web", 1, TinyCluster::serving_pod(1000));
    TinyRun run = a.c.start();
    run.until(2_h);
    const auto failed = times_of(run, AutoscalerCount::out_of_resources);
    ASSERT_GE(failed.size(), 4);
    // 5, 10, 20 and then 30 minutes, and up to two minutes until the next failure is seen.
    for (std::size_t i = 0; i + 1 < failed.size(); ++i) {
        const sim::Duration backoff = std::min<sim::Duration>(5_min * (std::int64_t{1} << i), 30_min);
        EXPECT_GE(failed[i + 1] - failed[i], backoff);
        EXPECT_LE(failed[i + 1] - failed[i], backoff + 2_min);
    }
}

// CA-31: more than three nodes and 45 % of them unready: nothing is done.
TEST(ScaleUp, AnUnhealthyClusterIsLeftAlone) {
    AutoscaledCluster a;
    a.settings().max_startup_time = 1_min;
    const NodeGroupIx workers = a.add_group({}, 0, 20, 6);
    const WorkloadIx web = a.c.add_deployment("web", 0, TinyCluster::serving_pod(1500));
    Fault fault;
    fault.kind = FaultKind::node_down;
    fault.group = workers;
    fault.share_ppm = 1'000'000;
    a.c.spec.latencies.instance_impaired = 3_h;
    a.c.fault_at(5_min, 1_h, fault);
    a.c.scale_at(10_min, web, 4);
    TinyRun run = a.c.start();
    run.until(20_min);
    EXPECT_EQ(level(run, AutoscalerLevel::safe_to_autoscale), 0);
    EXPECT_EQ(level(run, AutoscalerLevel::unready), 6);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 0);
}

// CA-8: pods that ask for accelerators wait until they are half a minute old.
TEST(ScaleUp, PodsWithAcceleratorsWaitForHalfAMinute) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 10);
    for (NodeShape& shape : a.c.spec.shapes) {
        if (shape.group == workers) shape.capacity.gpus = shape.allocatable.gpus = 1;
    }
    PodTemplate pod = TinyCluster::serving_pod(100);
    pod.containers[0].requests.gpus = pod.containers[0].limits.gpus = 1;
    const WorkloadIx train = a.c.add_deployment("train", 0, pod);
    a.c.scale_at(5_min, train, 1);
    TinyRun run = a.c.start();
    run.until(7_min);
    const auto scaled = times_of(run, AutoscalerCount::scaled_up_nodes);
    ASSERT_EQ(scaled.size(), 1);
    EXPECT_GE(scaled[0], at(5_min + 30_s));
    EXPECT_LE(scaled[0], at(5_min + 30_s + one_loop + 1_s));
}

// CA-12, CA-17: a group whose node could not take the pod is no option, however well it would suit otherwise.
TEST(ScaleUp, AGroupThatCouldNotTakeThePodIsNoOption) {
    AutoscaledCluster a;
    a.settings().expanders = {cluster_autoscaler::Expander::priority};
    const NodeGroupIx small = a.add_group({.group = "small", .cpu_milli = 2000}, 0, 5);
    const NodeGroupIx tainted = a.add_group({.group = "tainted", .cpu_milli = 8000, .taints = {{"for", "gpus"}}}, 0, 5);
    const NodeGroupIx large = a.add_group({.group = "large", .cpu_milli = 8000}, 0, 5);
    for (AutoscaledGroup& group : a.settings().groups) group.has_priority = true;
    a.settings().groups[0].priority = a.settings().groups[1].priority = 50;
    a.c.add_deployment("web", 1, TinyCluster::serving_pod(4000));
    TinyRun run = a.c.start();
    run.until(2_min);
    EXPECT_EQ(desired_of(run, small), 0);
    EXPECT_EQ(desired_of(run, tainted), 0);
    EXPECT_EQ(desired_of(run, large), 1);
}

// CA-18, CA-19: one option a loop; the next loop begins at once (CA-1).
TEST(ScaleUp, OneGroupIsGrownALoop) {
    AutoscaledCluster a;
    const NodeGroupIx one = a.add_group({.group = "one", .labels = {{"pool", "one"}}}, 0, 5);
    const NodeGroupIx other = a.add_group({.group = "other", .labels = {{"pool", "other"}}}, 0, 5);
    for (const char* pool : {"one", "other"}) {
        PodTemplate pod = TinyCluster::serving_pod(1500);
        pod.node_selector = {{"pool", pool}};
        a.c.add_deployment(pool, 2, pod);
    }
    TinyRun run = a.c.start();
    run.until(1_min);
    EXPECT_EQ(desired_of(run, one), 2);
    EXPECT_EQ(desired_of(run, other), 2);
    const auto scaled = times_of(run, AutoscalerCount::scaled_up_nodes);
    ASSERT_EQ(scaled.size(), 2);
    EXPECT_EQ(scaled[1] - scaled[0], a.settings().loop_time);
}

// CA-26: a similar group that may not grow takes no part.
TEST(ScaleUp, ASimilarGroupThatIsFullTakesNoPart) {
    AutoscaledCluster a;
    a.settings().balances_similar_groups = true;
    const NodeGroupIx one = a.add_group({.group = "one"}, 0, 10);
    const NodeGroupIx full = a.add_group({.group = "full"}, 0, 1, 1);
    a.c.add_deployment("web", 5, TinyCluster::serving_pod(2000));
    TinyRun run = a.c.start();
    run.until(1_min);
    EXPECT_EQ(desired_of(run, one), 4);
    EXPECT_EQ(desired_of(run, full), 1);
}

// CA-29a: from the call to a Ready node it takes what the group and the instance take.
TEST(ScaleUp, ANodeTakesItsTimeToCome) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 10);
    a.c.add_deployment("web", 1, TinyCluster::serving_pod(500));
    TinyRun run = a.c.start();
    run.until(5_min);
    const auto scaled = times_of(run, AutoscalerCount::scaled_up_nodes);
    ASSERT_EQ(scaled.size(), 1);
    for (const auto& seen : run.all<NodeFact>(scaled[0])) {
        if (seen.fact.group != workers || seen.fact.to != NodeState::ready) continue;
        // 15 s of the group's reaction, 10 s of launch, 28 s until it registers, 8 s until it is Ready, and the CNI.
        EXPECT_GE(seen.at - scaled[0], 61_s);
        EXPECT_LE(seen.at - scaled[0], 70_s);
    }
}

// GEN-5: what the expanders leave is drawn from.
TEST(ScaleUp, EqualOptionsAreDrawnFrom) {
    std::int32_t firsts = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        AutoscaledCluster a;
        const NodeGroupIx one = a.add_group({.group = "one"}, 0, 5);
        a.add_group({.group = "other"}, 0, 5);
        a.c.add_deployment("web", 1, TinyCluster::serving_pod(500));
        TinyRun run = a.c.start(seed);
        run.until(30_s);
        ASSERT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 1);
        firsts += desired_of(run, one);
    }
    // Binomial of 40 and one half: outside of 8 to 32 once in thirty thousand times.
    EXPECT_GE(firsts, 8);
    EXPECT_LE(firsts, 32);
}

// GEN-2: it binds nothing. Without its pod nobody adds nodes.
TEST(ScaleUp, WithoutItsPodNothingHappens) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 10);
    a.c.add_deployment("web", 1, TinyCluster::serving_pod(500));
    a.c.at(a.autoscaler).replicas = 0;
    a.c.scale_at(10_min, a.autoscaler, 1);
    TinyRun run = a.c.start();
    run.until(10_min);
    EXPECT_EQ(desired_of(run, workers), 0);
    run.until(12_min);
    EXPECT_EQ(desired_of(run, workers), 1);
}

// A cluster in which nothing happens costs next to nothing: loops are slept through.
TEST(ScaleUp, LoopsThatWouldFindNothingNewAreSleptThrough) {
    AutoscaledCluster a;
    a.settings().scales_down = false;
    a.add_group({}, 1, 10, 1);
    a.c.add_deployment("web", 3, TinyCluster::serving_pod(500));
    TinyRun run = a.c.start();
    run.until(30_min);
    const std::uint64_t loops = run.world().cluster_autoscaler.loops;
    run.until(24_h);
    EXPECT_EQ(run.world().cluster_autoscaler.loops, loops);
}

}  // namespace
}  // namespace eks::testing
