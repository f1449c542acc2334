// What Cluster Autoscaler makes of node groups whose nodes do not come, and what it groups and limits (CA-10, CA-30 to
// CA-35, CA-45, CA-60 to CA-62).
#include "models/systems/autoscaling/cluster_autoscaler/cluster_state.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/pending.hpp"
#include "tests/support/autoscaled_cluster.hpp"

namespace eks::testing {
namespace {

constexpr sim::Duration one_loop = sim::Duration::microseconds(10'300'000);

Fault launches_fail(NodeGroupIx group) {
    Fault fault;
    fault.kind = FaultKind::launch_failure;
    fault.group = group;
    fault.share_ppm = 1'000'000;
    fault.how = LaunchFailure::never_joins;
    return fault;
}

// CA-30, CA-34: an instance that never becomes a node is unregistered, and long so after fifteen minutes; then the
// scale-up has failed, the instance is deleted, and the group is left alone for five minutes.
TEST(AutoscalerState, AnInstanceThatNeverJoinsIsGivenUp) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 5);
    a.c.fault_at(0_s, 16_min, launches_fail(workers));
    const WorkloadIx web = a.c.add_deployment("web", 1, TinyCluster::serving_pod(500));
    TinyRun run = a.c.start();
    run.until(10_min);
    EXPECT_EQ(level(run, AutoscalerLevel::unregistered), 1);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 1);
    run.until(16_min);
    const auto failed = times_of(run, AutoscalerCount::timeout);
    ASSERT_EQ(failed.size(), 1);
    EXPECT_GE(failed[0], at(15_min));
    EXPECT_LE(failed[0], at(15_min + 3 * one_loop));
    run.until(20_min);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 1);
    EXPECT_EQ(desired_of(run, workers), 0);
    run.until(24_min);
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 2);
    EXPECT_EQ(run.world()[web].ready, 1);
}

// CA-33: a group of which too many nodes are missing is not grown; the others are.
TEST(AutoscalerState, AGroupWithTooManyUnreadyNodesIsNotGrown) {
    AutoscaledCluster a;
    a.settings().max_startup_time = 1_min;
    a.settings().max_unready_percentage = 45;
    const NodeGroupIx broken = a.add_group({.group = "broken"}, 0, 20, 5);
    const NodeGroupIx sound = a.add_group({.group = "sound"}, 0, 20, 8);
    a.settings().expanders = {cluster_autoscaler::Expander::priority};
    for (AutoscaledGroup& group : a.settings().groups) group.has_priority = true;
    a.settings().groups[0].priority = 50;
    Fault fault;
    fault.kind = FaultKind::node_down;
    fault.group = broken;
    fault.share_ppm = 1'000'000;
    a.c.spec.latencies.instance_impaired = 3_h;
    a.c.fault_at(2_min, 1_h, fault);
    const WorkloadIx web = a.c.add_deployment("web", 0, TinyCluster::serving_pod(2000));
    a.c.scale_at(5_min, web, 10);
    TinyRun run = a.c.start();
    run.until(9_min);
    EXPECT_EQ(level(run, AutoscalerLevel::safe_to_autoscale), 1);
    EXPECT_EQ(desired_of(run, broken), 5);
    EXPECT_GT(desired_of(run, sound), 8);
}

// CA-10: pods of one ReplicaSet or Job are equal; those of a StatefulSet and bare ones are each their own.
TEST(AutoscalerState, EqualPodsOfOneControllerAreOneGroup) {
    AutoscaledCluster a;
    a.c.add_deployment("web", 5, TinyCluster::serving_pod(500));
    a.c.add_job("one", TinyCluster::job_pod(1_h), 3, 3);
    a.c.add_job("other", TinyCluster::job_pod(1_h), 2, 2);
    a.c.add(WorkloadKind::stateful_set, "db", TinyCluster::serving_pod(500), 3);
    a.c.add(WorkloadKind::pod, "bare", TinyCluster::serving_pod(500));
    TinyRun run = a.c.start();
    run.until(5_s);
    const auto pending = cluster_autoscaler::pending_pods(run.spec(), run.world(), run.now());
    std::vector<std::size_t> sizes;
    for (const auto& group : cluster_autoscaler::equivalence_groups(run.spec(), run.world(), pending))
        sizes.push_back(group.size());
    std::ranges::sort(sizes);
    EXPECT_EQ(sizes, (std::vector<std::size_t>{1, 1, 1, 1, 2, 3, 5}));
}

// CA-60: pause pods at the cutoff make room for others at once, and it is they that nodes are added for.
TEST(AutoscalerState, PausePodsHoldAPlaceForOthers) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 1, 5, 1);
    PodTemplate pause = TinyCluster::serving_pod(1900);
    pause.priority = -10;
    pause.termination_grace = 0_s;
    const WorkloadIx spare = a.c.add_deployment("pause", 1, pause);
    const WorkloadIx web = a.c.add_deployment("web", 0, TinyCluster::serving_pod(1500));
    a.c.scale_at(5_min, web, 1);
    TinyRun run = a.c.start();
    run.until(5_min + 10_s);
    EXPECT_EQ(run.world()[web].ready, 1);
    EXPECT_EQ(run.world()[spare].ready, 0);
    run.until(8_min);
    EXPECT_EQ(desired_of(run, workers), 2);
    EXPECT_EQ(run.world()[spare].ready, 1);
}

// CA-2, CA-4: a pod that others make room for counts as placed where it is nominated.
TEST(AutoscalerState, APodWithANominatedNodeIsNoReason) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 1, 5, 1);
    PodTemplate low = TinyCluster::serving_pod(1900);
    low.priority = -20;  // not even its successor counts (CA-5)
    low.termination_grace = 5_min;
    low.stop_time = sim::Distribution::constant(4_min);
    a.c.add_deployment("low", 1, low);
    const WorkloadIx web = a.c.add_deployment("web", 0, TinyCluster::serving_pod(1500));
    a.c.scale_at(5_min, web, 1);
    TinyRun run = a.c.start();
    run.until(8_min);
    ASSERT_TRUE(run.pod(run.pods_of(web)[0]).nominated.valid());
    EXPECT_EQ(counted(run, AutoscalerCount::scaled_up_nodes), 0);
    run.until(12_min);
    EXPECT_EQ(run.world()[web].ready, 1);
    EXPECT_EQ(desired_of(run, workers), 1);
}

// CA-12: a volume that is in one zone is asked for in that zone alone.
TEST(AutoscalerState, AVolumeKeepsItsPodInItsZone) {
    AutoscaledCluster a;
    a.c.add_zone(20);
    const NodeGroupIx one = a.add_group({.group = "one"}, 0, 5);
    const NodeGroupIx other = a.add_group({.group = "other", .zone = 1, .subnet = 1}, 0, 5);
    VolumeClaim claim;
    claim.namespace_name = "default";
    claim.name = "data";
    claim.zone = ZoneIx::of(1);
    a.c.spec.claims = {claim};
    PodTemplate pod = TinyCluster::serving_pod(500);
    pod.claims = {0};
    const WorkloadIx db = a.c.add_deployment("db", 1, pod);
    TinyRun run = a.c.start();
    run.until(5_min);
    EXPECT_EQ(desired_of(run, one), 0);
    EXPECT_EQ(desired_of(run, other), 1);
    EXPECT_EQ(run.world()[db].ready, 1);
}

// CA-62: a group that is smaller than its minimum is not raised.
TEST(AutoscalerState, AGroupBelowItsMinimumIsNotRaised) {
    AutoscaledCluster a;
    const NodeGroupIx workers = a.add_group({}, 0, 5, 1);
    a.settings().groups[0].minimum = 3;
    TinyRun run = a.c.start();
    run.until(1_h);
    EXPECT_EQ(desired_of(run, workers), 1);
}

// CA-61: a loop's own time stands between the pod and the call.
TEST(AutoscalerState, ALoopTakesItsTime) {
    std::vector<sim::Time> scaled;
    for (const sim::Duration loop : {1_s, 30_s}) {
        AutoscaledCluster a;
        a.settings().loop_time = loop;
        a.settings().new_pod_delay = 0_s;
        a.add_group({}, 0, 10);
        const WorkloadIx web = a.c.add_deployment("web", 0, TinyCluster::serving_pod(500));
        a.c.scale_at(5_min, web, 1);
        TinyRun run = a.c.start();
        run.until(8_min);
        ASSERT_EQ(times_of(run, AutoscalerCount::scaled_up_nodes).size(), 1);
        scaled.push_back(times_of(run, AutoscalerCount::scaled_up_nodes)[0]);
    }
    EXPECT_GE(scaled[1] - scaled[0], 15_s);
}

// CA-28: two groups, each with an own range; nothing is asked beyond the maximum or below the minimum.
TEST(AutoscalerState, SizesStayWithinTheirRange) {
    AutoscaledCluster a;
    const NodeGroupIx small = a.add_group({.group = "small"}, 1, 3, 2);
    const NodeGroupIx large = a.add_group({.group = "large", .cpu_milli = 4000}, 0, 2);
    const WorkloadIx web = a.c.add_deployment("web", 0, TinyCluster::serving_pod(1500));
    for (std::int32_t i = 0; i < 12; ++i) a.c.scale_at(10_min * (i + 1), web, (i * 7) % 11);
    TinyRun run = a.c.start();
    for (std::int32_t i = 1; i <= 130; ++i) {
        run.until(1_min * i);
        for (const auto& [group, least, most] : {std::tuple(small, 1, 3), std::tuple(large, 0, 2)}) {
            ASSERT_GE(desired_of(run, group), least);
            ASSERT_LE(desired_of(run, group), most);
        }
    }
    EXPECT_GT(counted(run, AutoscalerCount::scaled_up_nodes), 2);
    EXPECT_GT(counted(run, AutoscalerCount::empty) + counted(run, AutoscalerCount::underutilized), 2);
}

// Two runs of one seed are equal, copies included.
TEST(AutoscalerState, ARunIsAValue) {
    AutoscaledCluster a;
    a.settings().expanders = {cluster_autoscaler::Expander::random};
    a.add_group({.group = "one"}, 0, 10);
    a.add_group({.group = "other"}, 0, 10);
    const WorkloadIx web = a.c.add_deployment("web", 3, TinyCluster::serving_pod(900));
    for (std::int32_t i = 0; i < 8; ++i) a.c.scale_at(15_min * (i + 1), web, (i * 5) % 9);
    TinyRun one = a.c.start(3);
    TinyRun other = a.c.start(3);
    one.until(1_h);
    TinyRun copy = one;
    one.until(2_h + 30_min);
    copy.until(2_h + 30_min);
    other.until(2_h + 30_min);
    EXPECT_TRUE(one == other);
    EXPECT_TRUE(one == copy);
}

}  // namespace
}  // namespace eks::testing
