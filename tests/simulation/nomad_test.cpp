// Nomad in the place of kube-scheduler, and its autoscaler over node groups, in runs (NOM-1 to NOM-7, INC-33).
#include "tests/support/tiny_cluster.hpp"

#include <map>
#include <set>

namespace eks::testing {
namespace {

PodTemplate allocation(Millicores cpu_milli, Bytes memory_bytes = gibibyte) {
    PodTemplate pod = TinyCluster::serving_pod(cpu_milli);
    pod.containers.front().requests.memory_bytes = memory_bytes;
    pod.host_network = true;
    return pod;
}

TinyCluster nomad_cluster() {
    TinyCluster c;
    c.spec.nomad.runs = true;
    return c;
}

std::set<std::uint32_t> nodes_of(const TinyRun& run, WorkloadIx workload) {
    std::set<std::uint32_t> nodes;
    for (const PodId id : run.pods_of(workload)) {
        if (run.pod(id).node.valid()) nodes.insert(run.pod(id).node.slot);
    }
    return nodes;
}

std::int32_t waiting(const TinyRun& run, WorkloadIx workload) {
    std::int32_t count = 0;
    for (const PodId id : run.pods_of(workload)) count += run.pod(id).cause == WaitCause::blocked_evaluation ? 1 : 0;
    return count;
}

// --- placements

// The fuller of two nodes scores higher under binpack, the emptier one under spread.
TEST(NomadPlacement, FollowsItsAlgorithmNom2) {
    for (const bool spreads : {false, true}) {
        TinyCluster c = nomad_cluster();
        c.spec.nomad.spreads = spreads;
        c.add_nodes(2);
        const WorkloadIx first = c.add_deployment("first", 1, allocation(800, 4 * gibibyte));
        const WorkloadIx second = c.add_deployment("second", 0, allocation(200));
        TinyRun run = c.start();
        run.scale(second, 1);
        run.until(1_min);
        ASSERT_EQ(run.world()[second].ready, 1);
        EXPECT_EQ(nodes_of(run, first) == nodes_of(run, second), !spreads);
    }
}

// With one of two allocations there its part is -(1 + 1) / 2: a full node is then worse than an empty one.
TEST(NomadPlacement, KeepsAllocationsOfAGroupApartNom3) {
    TinyCluster c = nomad_cluster();
    c.add_nodes(2);
    const WorkloadIx web = c.add_deployment("web", 2, allocation(500));
    TinyRun run = c.start();
    EXPECT_EQ(nodes_of(run, web).size(), 2U);
}

// Two of twenty nodes are looked at for an allocation of a batch job, so that not even the only node that is in use
// already is found each time; kube-scheduler would look at all of them.
TEST(NomadPlacement, OfABatchJobLooksAtTwoNodesNom4) {
    TinyCluster c = nomad_cluster();
    c.add_nodes(20);
    PodTemplate pod = TinyCluster::job_pod(1_h);
    pod.host_network = true;
    std::vector<WorkloadIx> jobs;
    for (int i = 0; i < 10; ++i) jobs.push_back(c.add_job("job-" + std::to_string(i), pod));
    TinyRun run = c.start();
    run.until(1_min);
    std::set<std::uint32_t> used;
    for (const WorkloadIx job : jobs) used.merge(nodes_of(run, job));
    EXPECT_GT(used.size(), 4U);
}

TEST(NomadPlacement, DistinctHostsIsAHardRuleNom7) {
    TinyCluster c = nomad_cluster();
    c.add_nodes(2);
    PodTemplate pod = allocation(100);
    pod.labels = {{"app", "web"}};
    SpreadConstraint by_host;
    by_host.topology_key = "kubernetes.io/hostname";
    by_host.is_required = true;
    by_host.selector = {true, {{"app", SelectorOperator::in, {"web"}}}};
    pod.constraints.spread = {by_host};
    const WorkloadIx web = c.add_deployment("web", 3, pod);
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(run.world()[web].ready, 2);
    EXPECT_EQ(waiting(run, web), 1);
}

TEST(NomadPlacement, AnEvenSpreadGoesToTheZoneThatHasFewestNom7) {
    TinyCluster c = nomad_cluster();
    const std::uint32_t second = c.add_zone(20);
    TinyNodes nodes;
    nodes.labels = {{"topology.kubernetes.io/zone", "a"}};
    c.add_nodes(3, nodes);
    nodes.group = "others";
    nodes.zone = second;
    nodes.subnet = second;
    nodes.labels = {{"topology.kubernetes.io/zone", "b"}};
    c.add_nodes(1, nodes);
    PodTemplate pod = allocation(50);
    pod.labels = {{"app", "web"}};
    SpreadConstraint by_zone;
    by_zone.topology_key = "topology.kubernetes.io/zone";
    by_zone.selector = {true, {{"app", SelectorOperator::in, {"web"}}}};
    pod.constraints.spread = {by_zone};
    const WorkloadIx web = c.add_deployment("web", 8, pod);
    TinyRun run = c.start();
    run.until(1_min);
    std::int32_t in_b = 0;
    for (const PodId id : run.pods_of(web))
        in_b += run.spec()[run.row(run.pod(id).node).shape].zone == ZoneIx::of(second) ? 1 : 0;
    EXPECT_EQ(in_b, 4);
}

// A blocked evaluation is not tried again before a node has room: no back-off, and no flush after five minutes.
TEST(NomadEvaluation, IsBlockedUntilANodeHasRoomNom7) {
    TinyCluster c = nomad_cluster();
    c.add_nodes(1);
    const WorkloadIx other = c.add_deployment("other", 1, allocation(1500));
    const WorkloadIx web = c.add_deployment("web", 1, allocation(1000));
    TinyRun run = c.start();
    run.until(20_min);
    EXPECT_EQ(run.count<PodUnschedulableFact>(), 1U);
    EXPECT_EQ(waiting(run, web), 1);
    ASSERT_EQ(run.count<BlockedEvaluationFact>(), 1U);
    EXPECT_EQ(run.all<BlockedEvaluationFact>()[0].fact.change, 1);
    run.scale(other, 0);
    run.until(21_min);
    EXPECT_EQ(run.world()[web].ready, 1);
    EXPECT_EQ(run.count<PodUnschedulableFact>(), 1U);
    ASSERT_EQ(run.count<BlockedEvaluationFact>(), 2U);
    EXPECT_EQ(run.all<BlockedEvaluationFact>()[1].fact.change, -1);
}

TEST(NomadEvaluation, OfOneJobBlocksOnceForAllItsAllocationsNom7) {
    TinyCluster c = nomad_cluster();
    c.add_nodes(1);
    const WorkloadIx web = c.add_deployment("web", 5, allocation(900));
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(waiting(run, web), 3);
    EXPECT_EQ(run.count<BlockedEvaluationFact>(), 1U);
}

// The nodes are shuffled once for all allocations of a job that are placed one after the other, and each placement goes
// on behind the one before it.
TEST(NomadEvaluation, PlacesTheAllocationsOfAJobOneAfterTheOtherNom4) {
    TinyCluster c = nomad_cluster();
    c.add_nodes(8);
    const WorkloadIx web = c.add_deployment("web", 0, allocation(100));
    const WorkloadIx other = c.add_deployment("other", 0, allocation(100));
    TinyRun run = c.start();
    ASSERT_EQ(run.world().nomad.evaluations, 0U);
    run.scale(web, 5);
    run.until(1_min);
    EXPECT_EQ(run.world()[web].ready, 5);
    EXPECT_EQ(run.world().nomad.evaluations, 1U);
    EXPECT_FALSE(run.world().nomad.evaluation.workload.valid());
    run.scale(other, 2);
    run.until(2_min);
    EXPECT_EQ(run.world().nomad.evaluations, 2U);
}

// A system job has an allocation on every node, from the moment at which the node is ready.
TEST(NomadSystemJob, ComesToEveryNodeNom7) {
    TinyCluster c = nomad_cluster();
    const NodeGroupIx group = c.add_nodes(2);
    const WorkloadIx agent = c.add_daemon_set("agent");
    TinyRun run = c.start();
    EXPECT_EQ(nodes_of(run, agent).size(), 2U);
    run.apply([&](const Spec& s, World& world, Turn& turn) { set_group_size(s, world, turn, group, 3); });
    run.until(5_min);
    EXPECT_EQ(run.world()[agent].ready, 3);
}

// --- the autoscaler

NodeGroupIx add_group(TinyCluster& c, std::int32_t count, std::int32_t target_percent, std::int32_t most = 10) {
    const NodeGroupIx group = c.add_nodes(count);
    c.spec.node_groups[group.value].minimum = 1;
    c.spec.node_groups[group.value].maximum = most;
    NomadPolicy policy;
    policy.group = group;
    policy.checks = {{NomadMetric::cpu_allocated, target_percent * 10'000}};
    policy.minimum = 1;
    policy.maximum = most;
    c.spec.nomad.policies.push_back(policy);
    return group;
}

std::int32_t desired(const TinyRun& run, NodeGroupIx group) { return run.world().groups[group.value].desired; }

// 2 * 90 / 70 = 2.6.
TEST(NomadScaling, FollowsWhatIsAllocatedNom5) {
    TinyCluster c = nomad_cluster();
    const NodeGroupIx group = add_group(c, 2, 70);
    c.add_deployment("web", 4, allocation(900));
    TinyRun run = c.start();
    run.until(11_s);
    EXPECT_EQ(desired(run, group), 3);
    run.until(3_min);
    EXPECT_EQ(run.world().node_order.size(), 3U);
    // 60 % of three nodes: 3 * 60 / 70 = 2.6 again, so it stays and sleeps.
    run.until(30_min);
    EXPECT_EQ(desired(run, group), 3);
    EXPECT_EQ(run.world().nomad.policies[0].looks_at, sim::Time::never());
}

// INC-33: the pod that waits is no reason to add a node, as long as those that there are seem empty enough.
TEST(NomadScaling, IsNotMovedByAllocationsThatWaitNom6) {
    TinyCluster c = nomad_cluster();
    const NodeGroupIx group = add_group(c, 2, 70);
    const WorkloadIx web = c.add_deployment("web", 5, allocation(1200));
    TinyRun run = c.start();
    run.until(1_h);
    EXPECT_EQ(waiting(run, web), 3);
    EXPECT_EQ(desired(run, group), 2);
    EXPECT_EQ(run.count<NomadScaledFact>(), 0U);
}

// After an action the policy rests, though the first nodes are not enough.
TEST(NomadScaling, RestsAfterAnActionNom5) {
    TinyCluster c = nomad_cluster();
    const NodeGroupIx group = add_group(c, 1, 50);
    c.spec.nomad.policies[0].cooldown = 5_min;
    c.spec.nomad.policies[0].cooldown_on_scale_up = 5_min;
    c.add_deployment("web", 8, allocation(900));
    TinyRun run = c.start();
    run.until(1_h);
    const auto scalings = run.all<NomadScaledFact>();
    ASSERT_GE(scalings.size(), 2U);
    EXPECT_LE(scalings[0].at, at(10_s));
    // 90 % of a node: 1.8, so two. The cooldown begins when the group has its instances: at the second look at it.
    EXPECT_EQ(scalings[0].fact.change, 1);
    const sim::Duration pause = scalings[1].at - scalings[0].at;
    EXPECT_GT(pause, 5_min);
    EXPECT_LE(pause, 5_min + 20_s + 10_s);
    for (std::size_t i = 1; i < scalings.size(); ++i) EXPECT_GT(scalings[i].at - scalings[i - 1].at, 5_min);
    // Two, four, eight: eight pods of 900m are 45 % of eight nodes, and 8 * 45 / 50 is 7.2.
    EXPECT_EQ(desired(run, group), 8);
}

TEST(NomadScaling, TakesTheLeastBusyNodeAndMovesItsAllocationsNom6) {
    TinyCluster c = nomad_cluster();
    const NodeGroupIx group = add_group(c, 3, 80);
    c.spec.nomad.policies[0].max_scale_down = 1;
    const WorkloadIx agent = c.add_daemon_set("agent");
    const WorkloadIx web = c.add_deployment("web", 3, allocation(600));
    const WorkloadIx small = c.add_deployment("small", 1, allocation(100));
    TinyRun run = c.start();
    std::map<std::uint32_t, Millicores> before;
    for (const NodeId id : run.world().node_order) before[id.slot] = run.row(id).requested.cpu_milli;
    Millicores least = before.begin()->second;
    for (const auto& [slot, cpu] : before) least = std::min(least, cpu);
    run.until(5_min);
    ASSERT_EQ(run.world().node_order.size(), 2U);
    Millicores gone = 0;
    for (const auto& [slot, cpu] : before) {
        const auto is_there = [&](NodeId id) { return id.slot == slot; };
        if (std::ranges::none_of(run.world().node_order, is_there)) gone = cpu;
    }
    EXPECT_EQ(gone, least);
    EXPECT_EQ(desired(run, group), 2);
    EXPECT_EQ(run.world()[web].ready, 3);
    EXPECT_EQ(run.world()[small].ready, 1);
    EXPECT_EQ(run.world()[agent].ready, 2);
    EXPECT_TRUE(run.world().nomad.drains.empty());
}

// Its migrate block lets one of the group go at a time, a budget of two lets two.
TEST(NomadDrain, MovesAsManyAtATimeAsTheBudgetSaysNom7) {
    for (const std::int32_t parallel : {1, 2}) {
        TinyCluster c = nomad_cluster();
        add_group(c, 2, 90, 2);
        PodTemplate pod = allocation(50, 100 * mebibyte);
        pod.ready_after = sim::Distribution::constant(30_s);
        const WorkloadIx web = c.add_deployment("web", 12, pod);
        if (parallel > 1) {
            DisruptionBudget budget;
            budget.namespace_name = "default";
            budget.bound = BudgetBound::max_unavailable;
            budget.amount.value = parallel;
            c.spec.budgets.push_back(budget);
        }
        TinyRun run = c.start();
        std::int32_t fewest = 12;
        for (sim::Duration t = 1_s; t < 10_min; t = t + 1_s) {
            run.until(t);
            fewest = std::min(fewest, run.world()[web].ready);
        }
        EXPECT_EQ(fewest, 12 - parallel);
        run.until(20_min);
        EXPECT_EQ(run.world().node_order.size(), 1U);
        EXPECT_EQ(run.world()[web].ready, 12);
    }
}

// At the deadline the instance goes with what is left.
TEST(NomadDrain, LetsBatchJobsEndUntilItsDeadlineNom6) {
    for (const bool is_short : {true, false}) {
        TinyCluster c = nomad_cluster();
        const NodeGroupIx group = add_group(c, 2, 100, 2);
        PodTemplate pod = TinyCluster::job_pod(is_short ? 4_min : 40_min);
        pod.host_network = true;
        const WorkloadIx job = c.add_job("job", pod, 8, 8);
        TinyRun run = c.start();
        run.until(1_min);
        ASSERT_FALSE(run.world().nomad.drains.empty());
        ASSERT_EQ(run.pods_of(job).size(), 8U);
        run.until(is_short ? 3_min : 14_min);
        EXPECT_EQ(desired(run, group), 2);
        run.until(is_short ? 5_min : 16_min);
        EXPECT_EQ(desired(run, group), 1);
    }
}

}  // namespace
}  // namespace eks::testing
