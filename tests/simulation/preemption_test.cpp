// Pods that make room for more important ones, pods that wait behind gates, and pods that follow their volumes.
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

PodTemplate with_priority(Millicores cpu_milli, std::int32_t priority) {
    PodTemplate pod = TinyCluster::serving_pod(cpu_milli);
    pod.priority = priority;
    return pod;
}

// Two nodes with room for two pods each, full of unimportant ones.
struct FullCluster {
    TinyCluster c;
    WorkloadIx filler;
    FullCluster() {
        c.add_nodes(2, {.cpu_milli = 2000});
        filler = c.add_deployment("filler", 4, with_priority(1000, 0));
    }
};

TEST(Preemption, TheLeastImportantPodMakesRoomAndIsMadeAnew) {  // SCHED-80 to SCHED-85
    FullCluster f;
    const WorkloadIx urgent = f.c.add_deployment("urgent", 0, with_priority(1000, 100));
    f.c.scale_at(1_min, urgent, 1);
    TinyRun run = f.c.start();
    run.until(3_min);
    ASSERT_EQ(run.count<PreemptionFact>(), 1);
    const auto preemption = run.all<PreemptionFact>().front().fact;
    EXPECT_EQ(preemption.victims, 1);  // one is enough
    const std::vector<PodId> pods = run.pods_of(urgent);
    ASSERT_EQ(pods.size(), 1U);
    EXPECT_EQ(run.world().pods[pods.front()].node, preemption.node);
    EXPECT_FALSE(run.world().pods[pods.front()].nominated.valid());
    EXPECT_TRUE(run.world().scheduler.nominated.empty());
    // Its owner makes another, for which there is no room.
    EXPECT_EQ(run.world()[f.filler].ready, 3);
    EXPECT_EQ(run.pods_of(f.filler).size(), 4U);
}

TEST(Preemption, TheRoomThatWasMadeIsForThePodThatMadeIt) {
    // SCHED-29: to less important ones the node looks full while it is empty. SCHED-24: the pod takes it, and need not
    // make room again.
    FullCluster f;
    const WorkloadIx urgent = f.c.add_deployment("urgent", 0, with_priority(1500, 100));
    const WorkloadIx patient = f.c.add_deployment("patient", 0, with_priority(1000, 50));
    f.c.pod_of(patient).may_preempt = false;
    f.c.pod_of(f.filler).stop_time = sim::Distribution::constant(10_s);
    f.c.scale_at(1_min, urgent, 1);
    f.c.scale_at(1_min + 1_s, patient, 1);
    TinyRun run = f.c.start();
    run.until(5_min);
    const NodeId made = run.all<PreemptionFact>().front().fact.node;
    EXPECT_EQ(run.pod(run.pods_of(urgent)[0]).node, made);
    EXPECT_EQ(run.world()[urgent].ready, 1);
    EXPECT_EQ(run.count<PreemptionFact>(), 1U);
    EXPECT_EQ(run.world()[patient].ready, 0);
}

TEST(Preemption, APodThatMayNotPreemptWaits) {  // PRIO-1: preemptionPolicy Never
    FullCluster f;
    PodTemplate polite = with_priority(1000, 100);
    polite.may_preempt = false;
    const WorkloadIx waits = f.c.add_deployment("polite", 0, polite);
    f.c.scale_at(1_min, waits, 1);
    TinyRun run = f.c.start();
    run.until(3_min);
    EXPECT_EQ(run.count<PreemptionFact>(), 0);
    EXPECT_EQ(run.world()[waits].ready, 0);
}

TEST(Preemption, PodsOfOneWorkloadDoNotPreemptEachOther) {  // SCHED-82: strictly lower priority
    FullCluster f;
    f.c.scale_at(1_min, f.filler, 6);
    TinyRun run = f.c.start();
    run.until(3_min);
    EXPECT_EQ(run.count<PreemptionFact>(), 0);
}

TEST(Preemption, In2018NobodyMakesRoom) {
    TinyCluster c(10);
    c.add_nodes(1, {.cpu_milli = 1000});
    const WorkloadIx filler = c.add_deployment("filler", 1, with_priority(1000, 0));
    const WorkloadIx urgent = c.add_deployment("urgent", 0, with_priority(1000, 100));
    c.scale_at(1_min, urgent, 1);
    TinyRun run = c.start();
    run.until(10_min);
    EXPECT_EQ(run.world()[filler].ready, 1);
    EXPECT_EQ(run.world()[urgent].ready, 0);
}

TEST(Preemption, ABudgetIsRespectedWhereAnotherNodeWillDo) {  // SCHED-83, SCHED-84
    TinyCluster c;
    c.add_nodes(2, {.cpu_milli = 1000});
    PodTemplate guarded = with_priority(1000, 0);
    guarded.labels = {{"app", "guarded"}};
    const WorkloadIx kept = c.add_deployment("guarded", 1, guarded);
    const WorkloadIx free = c.add_deployment("free", 1, with_priority(1000, 0));
    DisruptionBudget budget;
    budget.namespace_name = "default";
    budget.name = "guarded";
    budget.bound = BudgetBound::max_unavailable;
    budget.amount = {0, false};
    budget.selector = {{"app", SelectorOperator::in, {"guarded"}, false}};
    c.spec.budgets = {budget};
    const WorkloadIx urgent = c.add_deployment("urgent", 0, with_priority(1000, 100));
    c.scale_at(1_min, urgent, 1);
    TinyRun run = c.start();
    run.until(3_min);
    EXPECT_EQ(run.world()[kept].ready, 1);
    EXPECT_EQ(run.world()[free].ready, 0);
    EXPECT_EQ(run.world()[urgent].ready, 1);
}

TEST(SchedulingGates, AGatedPodIsInNoQueueAndIsNeverTried) {  // SCHED-13
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::serving_pod();
    pod.is_gated = true;
    const WorkloadIx gated = c.add(WorkloadKind::pod, "gated", pod);
    TinyRun run = c.start();
    run.until(10_min);
    ASSERT_EQ(run.pods_of(gated).size(), 1U);
    const Pod& row = run.world().pods[run.pods_of(gated).front()];
    EXPECT_EQ(row.place, QueuePlace::gated);
    EXPECT_EQ(row.cause, WaitCause::scheduling_gates);
    EXPECT_EQ(row.attempts, 0U);
}

TEST(SchedulingGates, ItIsPlacedOnceTheyAreGone) {  // SCHED-13
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::serving_pod();
    const TemplateIx open = TemplateIx::of(c.spec.templates.size());
    c.spec.templates.push_back(pod);
    pod.is_gated = true;
    const WorkloadIx gated = c.add(WorkloadKind::pod, "gated", pod);
    c.change_at(1_min, [=](Spec& spec) { spec.workloads[gated.value].pod_template = open; });
    TinyRun run = c.start();
    run.until(2_min);
    ASSERT_EQ(run.pods_of(gated).size(), 1U);
    EXPECT_TRUE(run.world().pods[run.pods_of(gated).front()].node.valid());
}

TEST(Scheduling, NobodyLooksAtPodsOfAnotherScheduler) {  // SCHED-1
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::serving_pod();
    pod.profile = nobodys_profile;
    const WorkloadIx alone = c.add(WorkloadKind::pod, "alone", pod);
    TinyRun run = c.start();
    run.until(10_min);
    EXPECT_EQ(run.world().pods[run.pods_of(alone).front()].cause, WaitCause::no_scheduler);
}

TEST(Volumes, AStatefulSetsPodComesBackInTheZoneOfItsVolume) {  // VolumeBinding, VolumeZone
    TinyCluster c;
    c.add_zone(20);
    c.add_nodes(1, {.group = "a", .zone = 0, .subnet = 0});
    c.add_nodes(1, {.group = "b", .zone = 1, .subnet = 1});
    PodTemplate pod = TinyCluster::serving_pod();
    pod.own_claims.emplace_back();
    const WorkloadIx db = c.add(WorkloadKind::stateful_set, "db", pod, 2);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        TinyRun run = c.start(seed);
        const auto zone_of = [&](std::uint32_t replica) {
            for (const PodId id : run.pods_of(db)) {
                const Pod& row = run.world().pods[id];
                if (row.replica == replica && row.node.valid() && !row.terminating)
                    return run.spec()[run.row(row.node).shape].zone.value;
            }
            return ~0U;
        };
        const std::uint32_t before = zone_of(1);
        ASSERT_NE(before, ~0U);
        for (const PodId id : run.pods_of(db)) {
            if (run.world().pods[id].replica == 1) run.delete_pod(id);
        }
        run.until(2_min);
        EXPECT_EQ(zone_of(1), before) << "seed " << seed;
    }
}

TEST(Volumes, ANodeAttachesOnlySoMany) {  // AWS-93
    TinyCluster c;
    c.add_nodes(1);
    c.spec.shapes[0].max_volumes = 2;
    PodTemplate pod = TinyCluster::serving_pod();
    pod.passing_claims.emplace_back();
    const WorkloadIx web = c.add_deployment("web", 3, pod);
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(run.world()[web].ready, 2);
    std::int64_t refused = 0;
    for (const PodId id : run.pods_of(web)) {
        if (run.world().pods[id].unplaced == WaitCause::unschedulable_volumes) ++refused;
    }
    EXPECT_EQ(refused, 1);
}

TEST(PodAffinity, AReplicaThatMustBeAloneWaitsUntilANodeIsFree) {  // SCHED-45, SCHED-10
    TinyCluster c;
    c.add_nodes(2);
    PodTemplate pod = TinyCluster::serving_pod();
    pod.labels = {{"app", "web"}};
    AffinityTerm apart;
    apart.topology_key = "kubernetes.io/hostname";
    apart.selector = {true, {{"app", SelectorOperator::in, {"web"}, false}}};
    pod.constraints.required_anti_affinity = {apart};
    const WorkloadIx web = c.add_deployment("web", 3, pod);
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(run.world()[web].ready, 2);
    for (const NodeId id : run.world().node_order) EXPECT_EQ(run.row(id).pods, 1);
    // The deletion of one wakes the one that waits; the owner's next one waits in its place.
    for (const PodId id : run.pods_of(web)) {
        if (run.world().pods[id].node.valid()) {
            run.delete_pod(id);
            break;
        }
    }
    run.until(3_min);
    EXPECT_EQ(run.world()[web].ready, 2);
}

TEST(PodTopologySpread, ZonesFillEvenlyAndNoFurther) {  // SCHED-46
    TinyCluster c;
    c.add_zone(20);
    c.add_nodes(1, {.group = "a", .zone = 0, .subnet = 0, .cpu_milli = 10'000});
    c.add_nodes(1, {.group = "b", .zone = 1, .subnet = 1, .cpu_milli = 2'000});
    PodTemplate pod = TinyCluster::serving_pod(1000);
    pod.labels = {{"app", "web"}};
    SpreadConstraint constraint;
    constraint.topology_key = "topology.kubernetes.io/zone";
    constraint.is_required = true;
    constraint.selector = {true, {{"app", SelectorOperator::in, {"web"}, false}}};
    pod.constraints.spread = {constraint};
    const WorkloadIx web = c.add_deployment("web", 8, pod);
    TinyRun run = c.start();
    run.until(1_min);
    // Two fit into zone b, and zone a may have one more.
    EXPECT_EQ(run.world()[web].ready, 5);
    EXPECT_EQ(run.row(run.node(0)).pods, 3);
    EXPECT_EQ(run.row(run.node(1)).pods, 2);
}

// SCHED-11, SCHED-9: room that is kept for a pod which goes is free, and who waits for it hears of that.
TEST(Nomination, APodThatGoesGivesTheRoomToTheNext) {
    TinyCluster c(32);  // before pods are taken out of the back-off queue early (SCHED-3)
    c.spec.latencies.kubelet_tick = 50_ms;
    c.add_nodes(1, {.cpu_milli = 1000});
    c.add(WorkloadKind::pod, "filler", with_priority(1000, 0));  // nobody makes it anew
    const WorkloadIx urgent = c.add_deployment("urgent", 0, with_priority(1000, 100));
    const WorkloadIx patient = c.add_deployment("patient", 0, with_priority(1000, 50));
    c.pod_of(patient).may_preempt = false;
    TinyRun run = c.start();
    run.until(1_min);
    run.scale(patient, 1);
    run.until(2_min);
    ASSERT_EQ(run.world()[patient].ready, 0);
    run.scale(urgent, 1);
    // Until the victim has gone, and the pod that it made room for waits out its back-off.
    const auto holds = [&] { return run.the_node().pods > 0; };
    while (holds()) run.until(run.now() - sim::Time::origin() + 5_ms);
    run.until(run.now() - sim::Time::origin() + 50_ms);
    const PodId nominated = run.pods_of(urgent)[0];
    ASSERT_TRUE(run.pod(nominated).nominated.valid());
    ASSERT_EQ(run.pod(run.pods_of(patient)[0]).place, QueuePlace::unschedulable);
    run.scale(urgent, 0);
    run.until(2_min + 20_s);
    EXPECT_EQ(run.world()[patient].ready, 1);
}

}  // namespace
}  // namespace eks::testing
