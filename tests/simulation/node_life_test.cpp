// Nodes that fall silent, and what the control plane makes of it: leases, conditions, taints, and the deletion of pods
// (NODE-1 to NODE-6, PODGC-2, KUBELET-53, X-5). Where a heartbeat is drawn, times are the rules' bounds: a kubelet
// reports each 10 s, the monitor looks each 5 s.
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

Fault node_fault(FaultKind kind, std::int32_t node = -1) {
    Fault fault;
    fault.kind = kind;
    fault.node = node;
    return fault;
}

// As admission leaves them.
PodTemplate pod_that_stays(std::int64_t seconds) {
    PodTemplate pod = TinyCluster::serving_pod();
    for (const ConditionTaint taint : {ConditionTaint::not_ready, ConditionTaint::unreachable}) {
        Toleration toleration;
        toleration.key = condition_taint_keys[static_cast<std::size_t>(taint)];
        toleration.exists = true;
        toleration.any_effect = false;
        toleration.effect = TaintEffect::no_execute;
        toleration.forever = false;
        toleration.seconds = seconds;
        pod.tolerations.push_back(toleration);
    }
    return pod;
}

struct FourNodes {
    TinyCluster c;
    WorkloadIx web;
    WorkloadIx agent;
    explicit FourNodes(std::int32_t minor = 36, std::int32_t nodes = 4) : c(minor) {
        c.spec.latencies.instance_impaired = 24_h;  // unless a test asks for it
        c.add_nodes(nodes);
        web = c.add_deployment("web", 2 * nodes, pod_that_stays(300));
        agent = c.add_daemon_set("agent");
    }
};

sim::Time first_in(const TinyRun& run, NodeState state, sim::Time since = sim::Time::origin()) {
    for (const auto& seen : run.all<NodeFact>(since)) {
        if (seen.fact.to == state && seen.fact.from != state) return seen.at;
    }
    return sim::Time::never();
}

std::int32_t ready_by_facts(const TinyRun& run, WorkloadIx workload) {
    std::int32_t ready = 0;
    for (const auto& seen : run.all<PodReadyFact>()) ready += seen.fact.workload == workload ? seen.fact.change : 0;
    return ready;
}

// NODE-1, NODE-2: the last heartbeat was up to 10 s ago; Unknown comes 50 s after it, at a look of the monitor.
TEST(NodeSilence, ReadyIsUnknownFiftySecondsAfterTheLastHeartbeat) {
    for (const auto& [minor, grace] :
         {std::pair{36, 50_s}, std::pair{32, 50_s}, std::pair{31, 40_s}, std::pair{10, 40_s}}) {
        FourNodes four(minor);
        four.c.fault_at(100_s, 1_h, node_fault(FaultKind::node_down, 1));
        TinyRun run = four.c.start();
        run.until(90_s);
        ASSERT_EQ(run.world()[four.web].ready, 8);
        run.until(120_s);
        EXPECT_EQ(run.world()[four.web].ready, 8);  // nobody knows yet
        run.until(170_s, 1_s);
        const sim::Time unknown = first_in(run, NodeState::unreachable);
        EXPECT_GE(unknown, at(100_s - 10_s + grace)) << minor;
        EXPECT_LE(unknown, at(100_s + grace + 5_s)) << minor;
        EXPECT_EQ(unknown.us() % 5'000'000, 0);
        EXPECT_LT(run.world()[four.web].ready, 8);
        EXPECT_EQ(run.world()[four.web].active, 8);  // their objects are there still
        EXPECT_EQ(ready_by_facts(run, four.web), run.world()[four.web].ready);
    }
}

// An idle cluster of nodes that are well has nothing to do for them.
TEST(NodeSilence, AHealthyNodeCostsNoEvents) {
    TinyCluster c;
    c.add_nodes(3);
    TinyRun run = c.start();
    run.until(1_min);
    const std::uint64_t before = run.simulation().events();
    run.until(61_min);
    EXPECT_LT(run.simulation().events() - before, 3 * 20U);  // leases alone would be 3 * 360 (NODE-1)
    EXPECT_EQ(run.count<NodeFact>(at(1_min)), 0U);
    for (const NodeId id : run.world().node_order) EXPECT_EQ(run.row(id).health, NodeHealth{});
}

// NODE-3, NODE-5: the taints of Unknown; 300 s after that with effect NoExecute the pods are deleted, and only those.
TEST(NodeSilence, PodsAreDeletedWhenTheyHaveBorneTheTaintLongEnough) {
    FourNodes four;
    four.c.fault_at(100_s, 1_h, node_fault(FaultKind::node_down, 1));
    TinyRun run = four.c.start();
    run.until(160_s, 1_s);
    const sim::Time unknown = first_in(run, NodeState::unreachable);
    NodeId dead;
    for (const NodeId id : run.world().node_order) {
        if (run.row(id).state == NodeState::unreachable) dead = id;
    }
    ASSERT_TRUE(dead.valid());
    EXPECT_EQ(run.row(dead).ordinal, 1U);
    EXPECT_EQ(run.row(dead).condition_taints, taints_of_unreachable);
    EXPECT_EQ(run.row(dead).health.no_execute_since, unknown);  // a token was there
    run.until(unknown.since_origin() + 300_s, 1_s);
    EXPECT_EQ(run.world()[four.web].active, 8);
    EXPECT_EQ(run.world()[four.web].ready, 6);
    run.until(unknown.since_origin() + 310_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 8);
    // KUBELET-53: the old ones stay Terminating; the daemon, which bears all, is not even that.
    std::int32_t terminating = 0;
    for (PodId id = run.row(dead).first_pod; id.valid(); id = run.pod(id).next_on_node) {
        const bool is_daemon = run.pod(id).workload == four.agent;
        EXPECT_EQ(run.pod(id).terminating, !is_daemon);
        terminating += run.pod(id).terminating ? 1 : 0;
    }
    EXPECT_EQ(terminating, 2);
    run.until(59_min, 10_s);
    EXPECT_EQ(run.pods_of(four.web).size(), 10U);
}

// NODE-5: what tolerates nothing goes with the taint.
TEST(NodeSilence, PodsThatDoNotBearTheTaintGoAtOnce) {
    FourNodes four;
    four.c.pod_of(four.web).tolerations.clear();
    four.c.fault_at(100_s, 1_h, node_fault(FaultKind::node_down, 1));
    TinyRun run = four.c.start();
    run.until(156_s, 1_s);
    EXPECT_NE(first_in(run, NodeState::unreachable), sim::Time::never());
    run.until(160_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 8);
}

// NODE-5: the taint goes, and with it the deletion; a machine that is back starts its pods anew (KUBELET-32).
TEST(NodeSilence, AMachineThatIsBackInTimeKeepsItsPods) {
    FourNodes four;
    four.c.fault_at(100_s, 200_s, node_fault(FaultKind::node_down, 1));
    TinyRun run = four.c.start();
    run.until(299_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 6);
    run.until(30_min, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 8);
    EXPECT_EQ(run.world()[four.web].next_ordinal, 8U);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 3U);  // with the daemon's
    EXPECT_EQ(run.count<PodRemovedFact>(), 0U);
    for (const NodeId id : run.world().node_order) EXPECT_EQ(run.row(id).condition_taints, 0U);
    EXPECT_EQ(ready_by_facts(run, four.web), 8);
}

// KUBELET-53: what was deleted meanwhile goes when its machine is back.
TEST(NodeSilence, AMachineThatIsBackLateFinishesDeletions) {
    FourNodes four;
    four.c.fault_at(100_s, 10_min, node_fault(FaultKind::node_down, 1));
    TinyRun run = four.c.start();
    run.until(100_s + 10_min - 1_s, 1_s);
    EXPECT_EQ(run.pods_of(four.web).size(), 10U);
    run.until(100_s + 10_min + 3_s, 1_s);
    EXPECT_EQ(run.pods_of(four.web).size(), 8U);
    EXPECT_EQ(run.world()[four.web].ready, 8);
}

// Short enough a silence is noticed by nobody (NODE-2), but for the containers that are started again.
TEST(NodeSilence, AShortOneShowsInRestartsAlone) {
    FourNodes four;
    four.c.fault_at(100_s, 20_s, node_fault(FaultKind::node_down, 1));
    TinyRun run = four.c.start();
    run.until(10_min, 1_s);
    EXPECT_EQ(run.count<NodeFact>(at(1_s)), 0U);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 3U);
    EXPECT_EQ(run.world()[four.web].ready, 8);
}

// KUBELET-32: a Job's pod with restartPolicy Never is not started again.
TEST(NodeSilence, AJobsPodThatMayNotRestartFails) {
    TinyCluster c;
    c.spec.latencies.instance_impaired = 24_h;
    c.add_nodes(2);
    const WorkloadIx never = c.add_job("never", TinyCluster::job_pod(5_min));
    const WorkloadIx again = c.add_job("again", TinyCluster::job_pod(5_min, RestartPolicy::on_failure));
    c.fault_at(100_s, 20_s, node_fault(FaultKind::node_down));
    TinyRun run = c.start();
    run.until(20_min, 1_s);
    for (const auto& [id, job] : run.world().jobs) {
        EXPECT_TRUE(job.complete);
        EXPECT_EQ(job.failed, job.workload == never ? 1 : 0);
    }
    EXPECT_EQ(run.world()[again].next_ordinal, 1U);
}

// NODE-3: one node every ten seconds and zone.
TEST(NodeTaints, NoExecuteComesToOneNodeEachTenSecondsAndZone) {
    TinyCluster c;
    c.spec.latencies.instance_impaired = 24_h;
    c.add_zone(24);
    c.add_nodes(5, {.group = "a"});
    c.add_nodes(5, {.group = "b", .zone = 1, .subnet = 1});
    c.add_deployment("web", 20, pod_that_stays(300));
    Fault two_a = node_fault(FaultKind::node_down);
    two_a.group = NodeGroupIx::of(0);
    two_a.count = 2;  // of five: below the 55% of NODE-4
    Fault two_b = two_a;
    two_b.group = NodeGroupIx::of(1);
    c.fault_at(100_s, 1_h, two_a);
    c.fault_at(100_s, 1_h, two_b);
    TinyRun run = c.start();
    run.until(4_min, 1_s);
    for (const std::uint32_t zone : {0U, 1U}) {
        std::vector<sim::Time> tainted;
        for (const NodeId id : run.world().node_order) {
            const Node& node = run.row(id);
            if (run.spec()[node.shape].zone.value == zone && node.state == NodeState::unreachable)
                tainted.push_back(node.health.no_execute_since);
        }
        ASSERT_EQ(tainted.size(), 2U);
        EXPECT_GE(std::max(tainted[0], tainted[1]) - std::min(tainted[0], tainted[1]), 10_s);
        EXPECT_LE(std::max(tainted[0], tainted[1]) - std::min(tainted[0], tainted[1]), 15_s);
    }
}

// NODE-4: more than two and 55% of a small zone are not ready: nobody is evicted. Another zone is well.
TEST(NodeTaints, ASmallZoneInPartialDisruptionEvictsNobody) {
    TinyCluster c;
    c.spec.latencies.instance_impaired = 24_h;
    c.add_zone(24);
    c.add_nodes(5, {.group = "a"});
    c.add_nodes(1, {.group = "b", .zone = 1, .subnet = 1});
    const WorkloadIx web = c.add_deployment("web", 12, pod_that_stays(0));
    Fault three = node_fault(FaultKind::node_down);
    three.group = NodeGroupIx::of(0);
    three.count = 3;
    c.fault_at(100_s, 1_h, three);
    TinyRun run = c.start();
    // The first of them is tainted before the third is missed, at the most.
    run.until(3_min, 1_s);
    EXPECT_EQ(run.world().zones[0].state, ZoneState::partial_disruption);
    const std::uint32_t made = run.world()[web].next_ordinal;
    run.until(50_min, 10_s);
    EXPECT_EQ(run.world()[web].next_ordinal, made);
    std::int32_t tainted = 0;
    for (const NodeId id : run.world().node_order)
        tainted += run.row(id).health.no_execute_since == sim::Time::never() ? 0 : 1;
    EXPECT_LE(tainted, 1);
}

// NODE-4: where no zone has a ready node it is the connection that is broken: nobody is tainted with NoExecute.
TEST(NodeTaints, WithAllZonesDisruptedNobodyIsEvicted) {
    FourNodes four;
    four.c.fault_at(100_s, 1_h, node_fault(FaultKind::node_down));
    TinyRun run = four.c.start();
    run.until(30_min, 10_s);
    EXPECT_TRUE(run.world().all_zones_are_disrupted);
    EXPECT_EQ(run.world()[four.web].next_ordinal, 8U);
    for (const NodeId id : run.world().node_order)
        EXPECT_EQ(run.row(id).condition_taints, no_schedule(ConditionTaint::unreachable));
    // The taints come once one of them is back (NODE-4): all are, here, and nobody is tainted.
    run.until(100_s + 1_h + 1_min, 10_s);
    EXPECT_FALSE(run.world().all_zones_are_disrupted);
    for (const NodeId id : run.world().node_order) EXPECT_EQ(run.row(id).condition_taints, 0U);
}

// no taints; five minutes after NotReady the controller deletes the pods, but for those of DaemonSets.
TEST(NodeSilence, In2018TheControllerDeletesThePodsAfterFiveMinutes) {
    FourNodes four(10);
    four.c.pod_of(four.web).tolerations.clear();
    four.c.fault_at(100_s, 1_h, node_fault(FaultKind::node_down, 1));
    TinyRun run = four.c.start();
    run.until(160_s, 1_s);
    const sim::Time unknown = first_in(run, NodeState::unreachable);
    ASSERT_NE(unknown, sim::Time::never());
    for (const NodeId id : run.world().node_order) EXPECT_EQ(run.row(id).condition_taints, 0U);
    run.until(unknown.since_origin() + 5_min - 1_s, 1_s);
    EXPECT_EQ(run.world()[four.web].next_ordinal, 8U);
    run.until(unknown.since_origin() + 5_min + 15_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 8);
    EXPECT_EQ(run.world()[four.web].next_ordinal, 10U);
    EXPECT_EQ(run.world()[four.agent].active, 4);
}

// NODE-6, PODGC-2: EC2 finds the machine out, its group replaces it, and the Node object and the pods go.
TEST(NodeSilence, ADeadMachineIsReplacedByItsGroup) {
    FourNodes four;
    four.c.spec.latencies.instance_impaired = 5_min;
    four.c.pod_of(four.web).tolerations = pod_that_stays(20).tolerations;
    Fault forever = node_fault(FaultKind::node_down, 1);
    four.c.fault_at(100_s, 24_h, forever);
    TinyRun run = four.c.start();
    run.until(100_s + 5_min - 1_s, 1_s);
    EXPECT_EQ(run.calls(Ec2Action::terminate_instances), 0);
    run.until(100_s + 5_min + 1_s, 1_s);
    EXPECT_EQ(run.calls(Ec2Action::terminate_instances), 1);
    // Then node_shutdown, and the next look of the cloud controller.
    const sim::Duration ends = 100_s + 5_min + run.spec().latencies.node_shutdown;
    run.until(ends + 7_s, 1_s);
    const sim::Time gone = first_in(run, NodeState::deleted);
    EXPECT_GE(gone, at(ends));
    EXPECT_LE(gone, at(ends + 6_s));
    // PODGC-2: 40 to 60 s later.
    run.until(gone.since_origin() + 39_s, 1_s);
    EXPECT_EQ(run.pods_of(four.web).size(), 10U);
    run.until(gone.since_origin() + 61_s, 1_s);
    EXPECT_EQ(run.pods_of(four.web).size(), 8U);
    EXPECT_EQ(run.world().node_order.size(), 4U);
    EXPECT_EQ(run.world()[four.web].ready, 8);
}

// NODE-2, NODE-6, NODE-7: before 1.34 nobody says that an instance shuts down, and it has to be missed first.
TEST(NodeSilence, AnInstanceThatEndsWithoutAWordHasToBeMissed) {
    for (const std::int32_t minor : {34, 33}) {
        FourNodes four(minor);
        TinyRun run = four.c.start();
        run.until(101_s);
        run.end(run.node(1));
        run.until(3_min, 1_s);
        const sim::Time gone = first_in(run, NodeState::deleted);
        EXPECT_GE(gone, at(minor >= 34 ? 105_s : 91_s + 50_s));
        EXPECT_LE(gone, at(minor >= 34 ? 105_s : 101_s + 50_s + 10_s));
    }
}

// STS-1, KUBELET-53: a name is free when the object that has it is gone.
TEST(NodeSilence, AStatefulSetWaitsForTheNodeToGo) {
    FourNodes four;
    const WorkloadIx db = four.c.add(WorkloadKind::stateful_set, "db", pod_that_stays(20), 4);
    four.c.fault_at(100_s, 20_min, node_fault(FaultKind::node_down, 1));
    TinyRun run = four.c.start();
    run.until(19_min, 1_s);
    EXPECT_EQ(run.world()[db].ready, 3);
    EXPECT_EQ(run.world()[db].active, 3);
    EXPECT_EQ(run.pods_of(db).size(), 4U);
    run.until(22_min, 1_s);
    EXPECT_EQ(run.world()[db].ready, 4);
}

// PODGC-3: with the taint out-of-service the name is free at the collector's next look, each 20 s; the taint evicts at
// once (NODE-5).
TEST(NodeSilence, OutOfServiceFreesThePodsOfADeadMachine) {
    FourNodes four;
    const WorkloadIx db = four.c.add(WorkloadKind::stateful_set, "db", pod_that_stays(300), 4);
    Fault fault = node_fault(FaultKind::node_down, 1);
    fault.out_of_service_us = (3_min).us();
    four.c.fault_at(100_s, 50_min, fault);
    TinyRun run = four.c.start();
    run.until(100_s + 3_min - 1_s, 1_s);
    EXPECT_EQ(run.world()[db].ready, 3);
    EXPECT_EQ(run.count<PodRemovedFact>(), 0U);
    run.until(100_s + 3_min + 25_s, 1_s);
    EXPECT_EQ(run.count<PodRemovedFact>(), 3U);
    EXPECT_EQ(run.world()[db].ready, 4);
    EXPECT_EQ(run.world()[four.web].ready, 8);
    run.until(100_s + 50_min + 1_min, 1_s);
    for (const NodeId id : run.world().node_order) EXPECT_EQ(run.row(id).condition_taints, 0U);
}

// Machines that are out are out of the zone's launches, too: the group has others elsewhere.
TEST(ZoneOutage, LaunchesThereFailAndTheGroupGoesElsewhere) {
    TinyCluster c;
    c.spec.latencies.instance_impaired = 2_min;
    c.add_zone(24);
    c.add_nodes(4);
    NodeShape there = c.spec.shapes[0];
    there.zone = ZoneIx::of(1);
    there.subnet = SubnetIx::of(1);
    c.spec.shapes.push_back(there);
    c.spec.node_groups[0].shapes.push_back(NodeShapeIx::of(1));
    Fault outage;
    outage.kind = FaultKind::zone_outage;
    outage.zone = ZoneIx::of(1);
    c.fault_at(100_s, 30_min, outage);
    TinyRun run = c.start();
    run.until(15_min, 1_s);
    EXPECT_EQ(run.world().node_order.size(), 4U);
    for (const NodeId id : run.world().node_order) {
        EXPECT_EQ(run.row(id).state, NodeState::ready);
        EXPECT_EQ(run.spec()[run.row(id).shape].zone.value, 0U);
    }
    EXPECT_GE(run.calls(Ec2Action::run_instances, Ec2Result::internal_error), 1);
}

// KUBELET-10, FR-11: a runtime that answers nothing for three minutes makes the node NotReady, at the next status.
TEST(RuntimeFreeze, TheNodeIsNotReadyAfterThreeMinutes) {
    FourNodes four;
    four.c.fault_at(100_s, 1_h, node_fault(FaultKind::runtime_freeze, 1));
    TinyRun run = four.c.start();
    run.until(100_s + 3_min - 2_s, 1_s);
    EXPECT_EQ(run.count<NodeFact>(at(1_s)), 0U);
    EXPECT_EQ(run.world()[four.web].ready, 8);
    run.until(100_s + 3_min + 11_s, 1_s);
    const sim::Time not_ready = first_in(run, NodeState::registered, at(1_s));
    EXPECT_GE(not_ready, at(100_s + 3_min - 1_s));
    EXPECT_LE(not_ready, at(100_s + 3_min + 10_s));
    EXPECT_EQ(run.world()[four.web].ready, 6);  // NODE-2, though their containers run
    run.until(not_ready.since_origin() + 310_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 8);
    EXPECT_EQ(run.pods_of(four.web).size(), 10U);  // nobody can stop the old ones
    // With the runtime's first answers they are stopped, and the node is Ready.
    run.until(100_s + 1_h + 5_s, 1_s);
    EXPECT_EQ(run.pods_of(four.web).size(), 8U);
    for (const NodeId id : run.world().node_order) EXPECT_EQ(run.row(id).state, NodeState::ready);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 0U);
}

TEST(RuntimeFreeze, NewPodsHangUntilItEnds) {
    FourNodes four(36, 1);
    four.c.fault_at(100_s, 100_s, node_fault(FaultKind::runtime_freeze));
    four.c.scale_at(110_s, four.web, 4);
    TinyRun run = four.c.start();
    run.until(199_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 2);
    std::int32_t hanging = 0;
    for (const PodId id : run.pods_of(four.web)) hanging += run.pod(id).cause == WaitCause::node_down ? 1 : 0;
    EXPECT_EQ(hanging, 2);
    run.until(203_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 4);
    EXPECT_EQ(run.count<NodeFact>(at(1_s)), 0U);
}

// KUBELET-10: containers go on without their kubelet, and what has happened meanwhile is found when it is back.
TEST(KubeletRestart, PodsStayAndTheirEndsAreSeenLater) {
    FourNodes four;
    four.c.fault_at(100_s, 20_s, node_fault(FaultKind::kubelet_restart));
    const WorkloadIx task = four.c.add_job("task", TinyCluster::job_pod(105_s));
    TinyRun run = four.c.start();
    run.until(119_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 8);
    for (const auto& [id, job] : run.world().jobs) EXPECT_EQ(job.succeeded, 0);
    run.until(123_s, 1_s);
    for (const auto& [id, job] : run.world().jobs) EXPECT_EQ(job.succeeded, 1);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 0U);
    EXPECT_EQ(run.count<NodeFact>(at(1_s)), 0U);
    EXPECT_EQ(run.world()[task].next_ordinal, 1U);
}

// NODE-2: without its kubelet for a minute a node is not Ready, and neither are its pods, which have gone on all the
// while.
TEST(KubeletRestart, ALongOneMakesTheNodeUnreachable) {
    FourNodes four;
    four.c.fault_at(100_s, 2_min, node_fault(FaultKind::kubelet_restart, 1));
    TinyRun run = four.c.start();
    run.until(170_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 6);
    run.until(222_s, 1_s);
    EXPECT_EQ(run.world()[four.web].ready, 8);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 0U);
    EXPECT_EQ(ready_by_facts(run, four.web), 8);
}

// BOOT-2, BOOT-3: what a node joins with, and when it loses it.
TEST(NodeTaints, ANewNodeHasThoseOfItsStart) {
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.spec.latencies.node_initialise = 3_s;
    c.add_nodes(1);
    TinyRun run = c.start();
    sim::Duration time = 0_s;
    for (; run.world().node_order.empty(); time += 100_ms) run.until(time);
    EXPECT_EQ(run.the_node().condition_taints,
              no_schedule(ConditionTaint::not_ready) | no_schedule(ConditionTaint::uninitialized));
    time += 3_s;
    run.until(time);
    EXPECT_EQ(run.the_node().condition_taints, no_schedule(ConditionTaint::not_ready));
    for (; run.the_node().state != NodeState::ready; time += 100_ms) run.until(time);
    EXPECT_EQ(run.the_node().condition_taints, 0U);
}

// Two faults hold one machine: it is back when both are over.
TEST(ZoneOutage, AMachineIsBackWhenTheLastFaultIsOver) {
    FourNodes four;
    Fault outage;
    outage.kind = FaultKind::zone_outage;
    outage.zone = ZoneIx::of(0);
    four.c.fault_at(100_s, 1_min, node_fault(FaultKind::node_down, 1));
    four.c.fault_at(130_s, 2_min, outage);
    TinyRun run = four.c.start();
    run.until(240_s, 1_s);
    for (const NodeId id : run.world().node_order) EXPECT_TRUE(run.row(id).health.is_down);
    run.until(255_s, 1_s);
    for (const NodeId id : run.world().node_order) EXPECT_FALSE(run.row(id).health.is_down);
}

// PODGC-3: so is a pod that was on its way to the node when its machine stopped, of which no kubelet has heard.
TEST(NodeSilence, OutOfServiceFreesWhatTheKubeletHasNotSeen) {
    FourNodes four(36, 1);
    const WorkloadIx db = four.c.add(WorkloadKind::stateful_set, "db", pod_that_stays(300), 0);
    four.c.fault_at(100_s, 15_s, node_fault(FaultKind::kubelet_restart, 0));
    four.c.scale_at(105_s, db, 1);
    Fault fault = node_fault(FaultKind::node_down, 0);
    fault.out_of_service_us = (3_min).us();
    four.c.fault_at(110_s, 50_min, fault);
    TinyRun run = four.c.start();
    run.until(109_s, 1_s);
    ASSERT_EQ(run.pods_of(db).size(), 1U);
    const PodId stranded = run.pods_of(db)[0];
    ASSERT_EQ(run.pod(stranded).stage, PodStage::binding);
    run.until(110_s + 3_min + 45_s, 1_s);
    EXPECT_EQ(run.world().pods.find(stranded), nullptr);
}

// PODGC-3, SCHED-9: the taint that goes when the machine is back lets pods in, though the node was Ready all the while.
TEST(NodeSilence, APodComesAsSoonAsTheNodeIsBackInService) {
    FourNodes four(36, 1);
    Fault fault = node_fault(FaultKind::node_down, 0);
    fault.out_of_service_us = (10_s).us();
    four.c.fault_at(100_s, 30_s, fault);
    const WorkloadIx late = four.c.add_deployment("late", 0, pod_that_stays(300));
    four.c.scale_at(115_s, late, 1);
    TinyRun run = four.c.start();
    run.until(129_s, 1_s);
    ASSERT_EQ(run.count<NodeFact>(at(1_s)), 0U);
    EXPECT_EQ(run.pod(run.pods_of(late)[0]).cause, WaitCause::unschedulable_taint_toleration);
    run.until(145_s, 1_s);
    EXPECT_EQ(run.world()[late].ready, 1);
}

}  // namespace
}  // namespace eks::testing
