// The scheduler's queue and choices in runs (SCHED-1 to SCHED-61; in 1.10).
#include "tests/support/tiny_cluster.hpp"

#include <map>
#include <set>

namespace eks::testing {
namespace {

std::vector<sim::Time> refusals_of(const TinyRun& run, WorkloadIx workload) {
    std::vector<sim::Time> times;
    for (const auto& refusal : run.all<PodUnschedulableFact>()) {
        if (refusal.fact.workload == workload) times.push_back(refusal.at);
    }
    return times;
}

std::vector<sim::Time> seconds(std::initializer_list<std::int64_t> list) {
    std::vector<sim::Time> times;
    for (const std::int64_t second : list) times.push_back(at(sim::Duration::seconds(second)));
    return times;
}

TEST(Scheduling, APodWithoutRoomWaitsForAPodToGo) {
    // SCHED-8, SCHED-10: one attempt, then nothing until an assigned pod is deleted.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx other = c.add_deployment("other", 1, TinyCluster::serving_pod(1500));
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1000));
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(refusals_of(run, web), seconds({0}));
    EXPECT_EQ(run.pod(run.pods_of(web)[0]).cause, WaitCause::unschedulable_node_resources_fit);
    run.scale(other, 0);
    run.until(2_min);
    const auto scheduled = run.all<PodScheduledFact>();
    ASSERT_EQ(scheduled.size(), 1U);
    EXPECT_EQ(scheduled[0].at - run.all<PodRemovedFact>().at(0).at, 20_ms);
    EXPECT_EQ(scheduled[0].fact.attempts, 2U);
}

TEST(Scheduling, TheMoreImportantPodIsTriedFirstThenTheOlder) {  // SCHED-2
    TinyCluster c;
    c.add_nodes(1);
    const auto pod = [](std::int32_t priority) {
        PodTemplate made = TinyCluster::serving_pod(10);
        made.priority = priority;
        return made;
    };
    const WorkloadIx low = c.add_deployment("low", 0, pod(1));
    const WorkloadIx first = c.add_deployment("first", 0, pod(5));
    const WorkloadIx second = c.add_deployment("second", 0, pod(5));
    for (const WorkloadIx workload : {low, first, second}) c.scale_at(1_min, workload, 1);
    // All three are in the queue before the scheduler comes to the next one.
    c.spec.latencies.scheduling_cycle = 1_s;
    const WorkloadIx busy = c.add_deployment("busy", 0, pod(9));
    c.scale_at(1_min - 500_ms, busy, 1);
    TinyRun run = c.start();
    run.until(2_min);
    const auto scheduled = run.all<PodScheduledFact>();
    ASSERT_EQ(scheduled.size(), 4U);
    EXPECT_EQ(scheduled[1].fact.workload, first);
    EXPECT_EQ(scheduled[2].fact.workload, second);
    EXPECT_EQ(scheduled[3].fact.workload, low);
}

TEST(Scheduling, APodThatIsDeletedWhileItWaitsIsDropped) {  // SCHED-21
    TinyCluster c;
    const WorkloadIx web = c.add_deployment("web", 1);
    TinyRun run = c.start();
    run.until(1_min);
    ASSERT_EQ(run.pods_of(web).size(), 1U);
    run.scale(web, 0);
    run.until(2_min);
    EXPECT_EQ(run.pods_of(web).size(), 0U);
    EXPECT_TRUE(run.world().scheduler.active.empty());
    EXPECT_TRUE(run.world().scheduler.unschedulable.empty());
    EXPECT_EQ(run.count<PodScheduledFact>(), 0U);
}

TEST(Scheduling, TheSearchGoesOnWhereItEndedAndRoundTheList) {
    // SCHED-25 to SCHED-27: of 150 nodes 100 are enough (48 % of them are fewer), so the next pod begins at the 101st.
    TinyCluster c;
    c.add_nodes(150);
    const WorkloadIx web = c.add_deployment("web", 0);
    c.scale_at(1_min, web, 1);
    c.scale_at(2_min, web, 2);
    TinyRun run = c.start();
    const std::uint64_t start = run.world().scheduler.rotation;
    run.until(90_s);
    EXPECT_EQ(run.world().scheduler.rotation, (start + 100) % 150);
    run.until(3_min);
    EXPECT_EQ(run.world().scheduler.rotation, (start + 200) % 150);
}

TEST(Scheduling, APodIsOnItsNodeWhenTheCallThatBindsItIsSeen) {  // SCHED-71
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = c.add_deployment("web", 0);
    c.scale_at(1_min, web, 1);
    c.spec.latencies.api_write = 200_ms;
    TinyRun run = c.start();
    run.until(5_min);
    const auto scheduled = run.all<PodScheduledFact>();
    ASSERT_EQ(scheduled.size(), 1U);
    // Created by a call, tried at once, bound by another.
    const sim::Duration call = 200_ms + run.spec().latencies.watch_delivery;
    EXPECT_GE(scheduled[0].fact.since_created, call);
    EXPECT_LE(scheduled[0].fact.since_created, call + run.spec().latencies.scheduling_cycle + 1_ms);
}

TEST(Scheduling, ThePodCountIsARefusalOfItsOwn) {
    TinyCluster c;
    c.add_nodes(1, {.max_pods = 2});
    const WorkloadIx web = c.add_deployment("web", 3);
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(run.pod(run.pods_of(web)[2]).cause, WaitCause::unschedulable_too_many_pods);
}

TEST(Scheduling, ADeletedPodDoesNotWakeWhoWasRefusedForTaints) {
    // SCHED-10: an assigned pod's end is no event for TaintToleration or NodeAffinity.
    TinyCluster c;
    c.add_nodes(1, {.taints = {{"dedicated", "db", TaintEffect::no_schedule}}});
    PodTemplate tolerant = TinyCluster::serving_pod();
    Toleration any;
    any.exists = true;
    tolerant.tolerations = {any};
    const WorkloadIx db = c.add_deployment("db", 2, tolerant);
    const WorkloadIx web = c.add_deployment("web", 1);
    PodTemplate picky = tolerant;
    picky.node_selector = {{"disk", "ssd"}};
    const WorkloadIx ssd = c.add_deployment("ssd", 1, picky);
    TinyRun run = c.start();
    run.scale(db, 1);
    run.until(1_min);
    EXPECT_EQ(refusals_of(run, web).size(), 1U);
    EXPECT_EQ(refusals_of(run, ssd).size(), 1U);
    EXPECT_EQ(run.pod(run.pods_of(web)[0]).cause, WaitCause::unschedulable_taint_toleration);
    EXPECT_EQ(run.pod(run.pods_of(ssd)[0]).cause, WaitCause::unschedulable_node_affinity);
}

TEST(Scheduling, WhoRestsForFiveMinutesIsTriedAgainAtTheNextFlush) {
    // SCHED-7: flushes every 30 s; more than 5 min since the last attempt, so at 330 s and not at 300 s.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(9000));
    TinyRun run = c.start();
    run.until(17_min);
    EXPECT_EQ(refusals_of(run, web), seconds({0, 330, 660, 990}));
}

TEST(Scheduling, WithoutAnyNodePodsBackOffAsAfterErrors) {
    // SCHED-8, SCHED-4 to SCHED-6: no filter has refused them, so they wait 1, 2, 4, 8, 10 s with the expiry cut to the
    // second and leave when a new second has begun. Instance 10 s, registered 28 s later, Ready 8 s later: at 41 s the
    // node stands there with its not-ready taint, which is lifted at 46 s (BOOT-3).
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.add_nodes(1);
    const WorkloadIx web = c.add_deployment("web", 1);
    TinyRun run = c.start();
    run.until(2_min);
    std::vector<sim::Time> expected = seconds({0, 2, 5, 10, 19, 30, 41});
    expected[0] = at(20_ms);
    EXPECT_EQ(refusals_of(run, web), expected);
    const auto refusals = run.all<PodUnschedulableFact>();
    EXPECT_EQ(refusals.front().fact.reason, WaitCause::waiting_for_node);
    EXPECT_EQ(refusals.back().fact.reason, WaitCause::unschedulable_taint_toleration);
    ASSERT_EQ(run.count<PodScheduledFact>(), 1U);
    EXPECT_EQ(run.all<PodScheduledFact>()[0].at, at(46_s + 300_ms + 20_ms));
}

TEST(Scheduling, ANewNodesTaintIsAnEventOnlyWhenItIsLifted) {
    // SCHED-10, BOOT-3: a pod refused by another node's taints is not tried while the new one is not ready.
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.add_nodes(1, {.group = "tainted", .taints = {{"dedicated", "db", TaintEffect::no_schedule}}});
    c.add_nodes(1, {.group = "plain"});
    const WorkloadIx web = c.add_deployment("web", 0);
    c.scale_at(39_s, web, 1);
    TinyRun run = c.start();
    run.until(2_min);
    // Both register at 38 s: one attempt at 39 s, and one when the plain one is ready at 46 s.
    EXPECT_EQ(refusals_of(run, web).size(), 1U);
    EXPECT_EQ(run.all<PodScheduledFact>().at(0).at, at(46_s + 300_ms + 20_ms));
}

TEST(Scheduling, TheNodeListFollowsRegistrationRoundTheZones) {
    // SCHED-22: the first node of each zone, the second of each, …; zones by first appearance.
    TinyCluster c;
    c.add_zone(20);
    c.add_zone(20);
    c.add_nodes(2, {.group = "a", .zone = 0, .subnet = 0});
    c.add_nodes(1, {.group = "b", .zone = 1, .subnet = 1});
    c.add_nodes(2, {.group = "c", .zone = 2, .subnet = 2});
    TinyRun run = c.start();
    std::vector<std::uint32_t> zones;
    for (const NodeId id : run.world().node_order) zones.push_back(run.spec()[run.row(id).shape].zone.value);
    EXPECT_EQ(zones, (std::vector<std::uint32_t>{0, 1, 2, 0, 2}));
    // Nodes that have no Node object yet are not in it.
    c.spec.opening = Opening::empty;
    TinyRun empty = c.start();
    EXPECT_TRUE(empty.world().node_order.empty());
    c.spec.latencies.node_launch = default_latencies(false).node_launch;
    TinyRun late = c.start();
    late.until(5_min);
    sim::Time before = sim::Time::origin();
    std::map<NodeId, sim::Time> registered;
    for (const auto& node : late.all<NodeFact>()) {
        if (node.fact.to == NodeState::registered) registered[node.fact.node] = node.at;
    }
    for (const NodeId id : late.world().node_order) {
        if (late.spec()[late.row(id).shape].zone.value != 0) continue;
        EXPECT_GE(registered.at(id), before);
        before = registered.at(id);
    }
}

TEST(Scheduling, FirstBreaksTiesByPosition) {
    // SCHED-61 MODEL `first`; pods without an owner are spread by nothing.
    TinyCluster c;
    c.spec.scheduler.breaks_ties_first = true;
    c.add_nodes(3);
    c.add(WorkloadKind::pod, "bare", TinyCluster::serving_pod(), 3);
    TinyRun run = c.start();
    EXPECT_EQ(run.row(run.node(0)).pods, 3);
}

TEST(Scheduling, RandomTiesFallOnEveryNode) {
    TinyCluster c;
    c.add_nodes(3);
    c.add(WorkloadKind::pod, "bare", TinyCluster::serving_pod());
    std::map<NodeId, int> chosen;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const TinyRun run = c.start(seed);
        for (const NodeId id : run.world().node_order) chosen[id] += run.row(id).pods;
    }
    ASSERT_EQ(chosen.size(), 3U);
    // Binomial(300, 1/3) has a standard deviation of 8.2; six of them are 49.
    for (const auto& [id, times] : chosen) EXPECT_NEAR(times, 100, 49);
}

TEST(Scheduling, ReplicasSpreadOverNodesAndZones) {
    // SCHED-60: system defaults.
    TinyCluster c;
    c.add_zone(20);
    c.add_nodes(2, {.group = "a", .zone = 0, .subnet = 0});
    c.add_nodes(2, {.group = "b", .zone = 1, .subnet = 1});
    c.add_deployment("web", 8);
    TinyRun run = c.start();
    for (const NodeId id : run.world().node_order) EXPECT_EQ(run.row(id).pods, 2);
}

TEST(Scheduling, ALargerShareOfFreeRoomWins) {
    // SCHED-52, SCHED-55: the half-full node has the lower score.
    TinyCluster c;
    c.add_nodes(1, {.group = "a"});
    c.add_nodes(1, {.group = "b", .cpu_milli = 8000, .memory_bytes = 32 * gibibyte});
    c.add(WorkloadKind::pod, "large", TinyCluster::serving_pod(1000));
    TinyRun run = c.start();
    EXPECT_EQ(run.row(run.node(1)).pods, 1);
}

TEST(SchedulingOf2018, EachRefusedPodWaitsForItselfFromOneSecondToAMinute) {
    // nothing wakes it before, not even a pod that goes.
    TinyCluster c(10);
    c.add_nodes(1);
    const WorkloadIx other = c.add_deployment("other", 1, TinyCluster::serving_pod(1500));
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(1000));
    TinyRun run = c.start();
    run.until(64_s);
    run.scale(other, 0);
    run.until(3_min);
    EXPECT_EQ(refusals_of(run, web), seconds({0, 1, 3, 7, 15, 31, 63}));
    ASSERT_EQ(run.count<PodScheduledFact>(), 1U);
    EXPECT_EQ(run.all<PodScheduledFact>()[0].at, at(123_s + 20_ms));
}

TEST(SchedulingOf2018, AReturningPodJoinsTheEndOfTheQueue) {
    // FIFO. With a cycle of one second three newer pods are ahead of the one that returns after a second.
    TinyCluster c(10);
    c.spec.latencies.scheduling_cycle = 1_s;
    c.add_nodes(1);
    const WorkloadIx large = c.add_deployment("large", 1, TinyCluster::serving_pod(3000));
    const WorkloadIx web = c.add_deployment("web", 0);
    c.scale_at(500_ms, web, 3);
    TinyRun run = c.start();
    run.until(10_s);
    const std::vector<sim::Time> refused = refusals_of(run, large);
    ASSERT_GE(refused.size(), 2U);
    EXPECT_EQ(refused[1], at(4_s));
    const auto scheduled = run.all<PodScheduledFact>();
    ASSERT_EQ(scheduled.size(), 3U);
    EXPECT_EQ(scheduled[0].at, at(1_s + 20_ms));
}

TEST(SchedulingOf2018, TiesGoRoundTheNodes) {
    // index k mod ties, k a counter over all pods. The pods are too small to change a score of ten.
    TinyCluster c(10);
    c.add_nodes(3);
    const WorkloadIx bare = c.add(WorkloadKind::pod, "bare", TinyCluster::serving_pod(), 6);
    TinyRun run = c.start();
    std::vector<NodeId> nodes;
    for (const PodId id : run.pods_of(bare)) nodes.push_back(run.pod(id).node);
    EXPECT_EQ(nodes,
              (std::vector<NodeId>{run.node(0), run.node(1), run.node(2), run.node(0), run.node(1), run.node(2)}));
}

TEST(SchedulingOf2018, ZonesAreSummedOverTheNodesThatFit) {
    // Zone a has a full node with four pods of the Deployment and a node with one; zone b has two nodes with two
    // and one. With only the second node of a and both of b feasible, the sums are 1 and 3, so the pod goes to zone a.
    TinyCluster c(10);
    c.add_zone(20);
    c.add_nodes(1, {.group = "full", .max_pods = 4, .labels = {{"part", "1"}}});
    c.add_nodes(1, {.group = "a", .labels = {{"part", "2"}}});
    c.add_nodes(1, {.group = "b1", .zone = 1, .subnet = 1, .labels = {{"part", "3"}}});
    c.add_nodes(1, {.group = "b2", .zone = 1, .subnet = 1, .labels = {{"part", "4"}}});
    std::vector<WorkloadIx> parts;
    const std::int32_t pods[] = {4, 1, 2, 1};
    for (int part = 1; part <= 4; ++part) {
        PodTemplate pod = TinyCluster::serving_pod();
        pod.node_selector = {{"part", std::to_string(part)}};
        parts.push_back(c.add_deployment("part" + std::to_string(part), pods[part - 1], pod));
    }
    const WorkloadIx last = c.add_deployment("last", 1);
    std::vector<WorkloadIx> all = parts;
    all.push_back(last);
    for (const WorkloadIx ix : all) c.at(ix).spread_with = all;
    TinyRun run = c.start();
    const NodeId chosen = run.pod(run.pods_of(last).at(0)).node;
    EXPECT_EQ(run.spec()[run.row(chosen).shape].zone.value, 0U);
}

TEST(SchedulingOf2018, ANodeThatIsNotReadyTakesNoPodWhateverItTolerates) {
    // CheckNodeCondition. Daemon pods do not pass the scheduler.
    TinyCluster c(10);
    c.spec.opening = Opening::empty;
    c.add_nodes(1);
    c.add_daemon_set("aws-node");
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::daemon_pod());
    TinyRun run = c.start();
    run.until(3_min);
    for (const auto& scheduled : run.all<PodScheduledFact>()) {
        if (scheduled.fact.workload == web) {
            EXPECT_GE(scheduled.at, at(46_s));
        } else {
            EXPECT_LT(scheduled.at, at(39_s));
        }
    }
    EXPECT_EQ(run.count<PodScheduledFact>(), 2U);
}

}  // namespace
}  // namespace eks::testing
