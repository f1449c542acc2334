// A change of the CNI's DaemonSet goes from node to node (DS-4): how many at a time, when the next, and what a node
// does meanwhile (IPAM-116, IPAM-122, IPAM-125).
#include "tests/support/tiny_cluster.hpp"

#include <algorithm>

namespace eks::testing {
namespace {

// The VPC CNI's DaemonSet as its manifest has it (IPAM-116), or with another limit.
WorkloadIx add_cni_pods(TinyCluster& c, std::int32_t max_unavailable = 10, bool is_percent = true) {
    PodTemplate pod = TinyCluster::daemon_pod();
    pod.containers[0].has_readiness_probe = true;
    pod.containers[0].readiness_initial_delay = 1_s;
    pod.containers[0].readiness_period = 10_s;
    const WorkloadIx ix = c.add_daemon_set("aws-node", pod);
    c.at(ix).rollout.max_unavailable = {max_unavailable, is_percent};
    c.spec.cni_workload = ix;
    return ix;
}

std::size_t count_away(const TinyRun& run) {
    std::size_t count = 0;
    for (const auto& [id, node] : run.world().nodes) count += node.cni.serves ? 0 : 1;
    return count;
}

std::size_t count_changed(const TinyRun& run) {
    std::size_t count = 0;
    for (const auto& [id, node] : run.world().nodes) count += node.cni.settings > 0 ? 1 : 0;
    return count;
}

TEST(CniUpdate, ATenthOfTheNodesAtATimeRoundedUp) {
    // DS-4: of 25 nodes 10 % are 2.5, so 3 are away at most, and once all of them are ready the next follow.
    TinyCluster c;
    c.add_nodes(25);
    add_cni_pods(c);
    c.change_at(1_min, [](Spec& s) { s.cni.warm_ip_target = 5; });
    TinyRun run = c.start();
    run.until(60_s + 1_us);
    EXPECT_EQ(count_away(run), 3U);
    std::size_t most = 0;
    sim::Duration when = 1_min + 100_ms;
    for (; count_changed(run) < 25 && when < 30_min; when += 100_ms) {
        run.until(when);
        most = std::max(most, count_away(run));
    }
    EXPECT_EQ(most, 3U);
    // Nine batches, each at least until its first probe.
    EXPECT_GE(when, 1_min + 8 * 1_s);
    run.until(40_min);
    EXPECT_EQ(count_away(run), 0U);
    EXPECT_TRUE(run.world().cni_update.left.empty());
    EXPECT_TRUE(run.world().cni_update.away.empty());
}

TEST(CniUpdate, UntilItsTurnANodeKeepsItsOldSettings) {
    // IPAM-40: with WARM_IP_TARGET 2 a node without pods keeps two addresses, with 7 seven.
    TinyCluster c;
    c.add_nodes(2);
    add_cni_pods(c, 1, false);
    c.spec.cni.warm_ip_target = 2;
    c.change_at(1_min, [](Spec& s) { s.cni.warm_ip_target = 7; });
    TinyRun run = c.start();
    // The first is not ready before its first probe, a second after its start.
    run.until(61_s);
    EXPECT_EQ(cni_of(run.world(), run.node(0)).warm_ip_target, 7);
    EXPECT_EQ(cni_of(run.world(), run.node(1)).warm_ip_target, 2);
    EXPECT_EQ(pool_of(run.world(), run.row(run.node(1))).total, 2);
    run.until(5_min, 1_s);
    for (const std::size_t n : {0U, 1U}) EXPECT_EQ(pool_of(run.world(), run.row(run.node(n))).total, 7);
}

TEST(CniUpdate, ANodeThatDoesNotComeBackHoldsUpTheRest) {
    // DS-4: one unavailable pod is all that there may be, and while its daemon cannot run nothing goes on.
    TinyCluster c;
    c.add_nodes(3);
    add_cni_pods(c, 1, false);
    Fault down;
    down.kind = FaultKind::cni_daemon_down;
    c.change_at(1_min, [](Spec& s) { s.cni.warm_ip_target = 5; });
    c.add_nodes(1, {.group = "broken"});
    down.group = NodeGroupIx::of(1);
    c.fault_at(30_s, 10_min, down);
    TinyRun run = c.start();
    run.until(10_min, 1_s);
    // The one that was down is replaced at once and is the one that may be away.
    EXPECT_EQ(count_changed(run), 1U);
    run.until(12_min, 1_s);
    EXPECT_EQ(count_changed(run), 4U);
    EXPECT_EQ(count_away(run), 0U);
}

TEST(CniUpdate, OnDeleteChangesNothingUntilSomebodyDeletes) {
    TinyCluster c;
    c.add_nodes(2);
    c.at(add_cni_pods(c)).rollout.on_delete = true;
    c.change_at(1_min, [](Spec& s) { s.cni.warm_ip_target = 5; });
    TinyRun run = c.start();
    run.until(10_min, 1_s);
    EXPECT_EQ(count_changed(run), 0U);
}

TEST(CniUpdate, ANewImageIsPulledAndAddIsRefusedFromTheBinariesToTheDaemon) {
    // IPAM-125: ADD and DEL are refused until the daemon of the new version is up; IPAM-122: the node stays Ready.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx pods = add_cni_pods(c);
    const WorkloadIx web = c.add_deployment("web", 0);
    c.spec.images.push_back({"cni:new", 0, 0});
    PodTemplate after = c.pod_of(pods);
    after.containers[0].image = ImageIx::of(1);
    c.spec.templates.push_back(after);
    const TemplateIx now = TemplateIx::of(c.spec.templates.size() - 1);
    c.spec.latencies.pull_latency = 30_s;
    c.change_at(1_min, [&](Spec& s) { s.workloads[pods.value].pod_template = now; });
    c.scale_at(70_s, web, 1);
    TinyRun run = c.start();
    run.until(89_s, 1_s);
    EXPECT_FALSE(run.the_node().cni.serves);
    EXPECT_EQ(run.the_node().state, NodeState::ready);
    const auto failed = run.all<AddFailedFact>();
    ASSERT_GE(failed.size(), 1U);
    for (const auto& add : failed) EXPECT_EQ(add.fact.cause, WaitCause::cni_not_ready);
    run.until(2_min, 1_s);
    EXPECT_TRUE(run.the_node().cni.serves);
    EXPECT_GT(run.the_node().cni.started, at(90_s));  // the pull alone takes 30 s
    EXPECT_EQ(run.world()[web].ready, 1);
}

TEST(CniUpdate, GoesOnWithoutANodeThatEndsWhileItIsAway) {
    // DS-4: one of three is away at a time; its place is free again when its node is gone (IPAM-132).
    TinyCluster c;
    c.add_nodes(3);
    add_cni_pods(c);
    c.change_at(1_min, [](Spec& s) { s.cni.cooldown = 7_s; });
    TinyRun run = c.start();
    run.until(1_min + 100_ms);
    ASSERT_EQ(run.world().cni_update.away.size(), 1U);
    run.end(run.world().cni_update.away.front());
    run.until(10_min, 1_s);
    EXPECT_TRUE(run.world().cni_update.left.empty());
    for (const NodeId id : run.world().node_order) EXPECT_EQ(cni_of(run.world(), id).cooldown, 7_s);
}

TEST(CniUpdate, CiliumsAgentsGoTwoAtATime) {
    // The chart's maxUnavailable.
    TinyCluster c;
    c.spec.cni_kind = CniKind::cilium_eni;
    c.add_nodes(6, {.max_enis = 4, .ipv4_per_eni = 15});
    add_cni_pods(c, 2, false);
    c.change_at(1_min, [](Spec& s) { s.cilium.pre_allocate = 16; });
    TinyRun run = c.start();
    std::size_t most = 0;
    for (sim::Duration when = 1_min; when < 5_min; when += 100_ms) {
        run.until(when);
        most = std::max(most, count_away(run));
    }
    EXPECT_EQ(most, 2U);
    for (const auto& [id, node] : run.world().nodes) EXPECT_GT(node.cilium.started, at(1_min));
}

// IPAM-123, IPAM-195: a node that the CNI's DaemonSet passes over has no network and never becomes Ready; an update of
// the DaemonSet goes on as if it were not there.
TEST(CniUpdate, NodesThatTheDaemonSetPassesOverHaveNoNetwork) {
    for (const CniKind kind : {CniKind::vpc_cni, CniKind::cilium_eni}) {
        for (const Opening opening : {Opening::settled, Opening::empty}) {
            TinyCluster c;
            c.spec.cni_kind = kind;
            c.spec.opening = opening;
            const NodeGroupIx without = c.add_nodes(2, {.group = "without", .labels = {{"cni", "none"}}});
            const NodeGroupIx with = c.add_nodes(2, {.group = "with"});
            const WorkloadIx daemons = c.add_daemon_set("cni");
            NodeSelectorTerm elsewhere;
            elsewhere.all.push_back({.key = "cni", .op = SelectorOperator::does_not_exist});
            c.pod_of(daemons).required_node_terms = {elsewhere};
            (kind == CniKind::vpc_cni ? c.spec.aws_node : c.spec.cilium.agent_workload) = daemons;
            c.spec.cni_workload = daemons;
            const WorkloadIx web = c.add_deployment("web", 4);
            c.change_at(5_min, [](Spec& spec) {
                spec.cni.cooldown = 7_s;
                spec.cilium.pre_allocate = 3;
            });
            TinyRun run = c.start();
            run.until(15_min, 1_s);
            ASSERT_EQ(run.world().node_order.size(), 4U);
            for (const NodeId id : run.world().node_order) {
                const NodeGroupIx group = run.spec()[run.row(id).shape].group;
                EXPECT_EQ(run.row(id).state, group == with ? NodeState::ready : NodeState::registered);
                EXPECT_EQ(run.row(id).cni.serves, group == with);
                if (group == with) {
                    EXPECT_EQ(run.row(id).cni.settings, 1U);
                }
            }
            EXPECT_TRUE(run.world().cni_update.away.empty());
            EXPECT_EQ(run.world()[web].ready, 4);
            for (const PodId pod : run.pods_of(web))
                EXPECT_NE(run.spec()[run.row(run.pod(pod).node).shape].group, without);
        }
    }
}

}  // namespace
}  // namespace eks::testing
