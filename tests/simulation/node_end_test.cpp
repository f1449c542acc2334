// What becomes of all that an instance had when it ends: its addresses, its pods, its Node object, and the place that
// it had in its group.
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

std::size_t ready_pods(const TinyRun& run, WorkloadIx ix) {
    std::size_t count = 0;
    for (const PodId id : run.pods_of(ix)) count += run.pod(id).stage == PodStage::ready ? 1 : 0;
    return count;
}

// The ENIs that nobody has.
std::vector<EniId> leaks(const TinyRun& run) {
    std::vector<EniId> found;
    for (const auto& [id, eni] : run.world().enis) {
        if (!eni.node.valid()) found.push_back(id);
    }
    return found;
}

// Two nodes of three ENIs with nine addresses each (IPAM-5), and room for as many again.
struct TwoNodes {
    TinyCluster c;
    WorkloadIx web;
    explicit TwoNodes(std::int32_t pods = 8) {
        c.set_subnet(24);
        c.add_nodes(2);
        web = c.add_deployment("web", pods);
        c.add_daemon_set("agent");
    }
};

// IPAM-211, IPAM-132: four pods a node and WARM_ENI_TARGET 1 are two ENIs, each with its own address and nine more.
TEST(NodeEnd, TheSubnetGetsBackAllThatItsEnisHeld) {
    TinyRun run = TwoNodes().c.start();
    run.until(1_min);
    ASSERT_EQ(run.world().subnets[0].free, 251 - 2 * 2 * 10);
    run.end(run.node());
    EXPECT_EQ(run.world().subnets[0].free, 251 - 2 * 10);
    EXPECT_EQ(run.world().enis.size(), 2U);
}

// IPAM-132: the attribute that lets an ENI end with its instance is set last, so an instance that ends before leaves it
// behind, with its own address and nine others (IPAM-131); a sweep of the other node collects it (IPAM-130).
TEST(NodeEnd, AnEniThatIsNotMarkedYetIsALeakUntilASweep) {
    for (const PoolStep step : {PoolStep::finding_device, PoolStep::attaching, PoolStep::marking}) {
        TwoNodes two;
        two.c.scale_at(1_min, two.web, 24);
        TinyRun run = two.c.start();
        NodeId victim;
        for (sim::Duration time = 1_min; !victim.valid(); time += 50_ms) {
            ASSERT_LT(time, 2_min);
            run.until(time);
            for (const auto& [id, node] : run.world().nodes) {
                if (node.ipamd.step == step) victim = id;
            }
        }
        const std::int64_t deleted_before = run.calls(Ec2Action::delete_network_interface);
        const sim::Time ended = run.now();
        run.end(victim);
        ASSERT_EQ(leaks(run).size(), 1U);
        const Eni leak = run.world().enis[leaks(run).front()];
        EXPECT_EQ(leak.state, EniState::available);
        EXPECT_EQ(leak.granted, 9);
        run.until(ended.since_origin() + 4_min, 10_s);
        EXPECT_EQ(leaks(run).size(), 1U);  // too young for a sweep
        run.until(ended.since_origin() + 5_min + 60_min + 5_min, 1_min);
        EXPECT_TRUE(leaks(run).empty());
        EXPECT_EQ(run.calls(Ec2Action::delete_network_interface), deleted_before + 1);
    }
}

// IPAM-130, IPAM-131: with sweeps switched off nobody deletes it, however often somebody would have looked.
TEST(NodeEnd, ALeakThatNobodySweepsStays) {
    TwoNodes two;
    two.c.spec.cni.sweeps_leaked_enis = false;
    two.c.scale_at(1_min, two.web, 24);
    TinyRun run = two.c.start();
    NodeId victim;
    for (sim::Duration time = 1_min; !victim.valid(); time += 50_ms) {
        ASSERT_LT(time, 2_min);
        run.until(time);
        for (const auto& [id, node] : run.world().nodes) {
            if (node.ipamd.step == PoolStep::attaching) victim = id;
        }
    }
    run.end(victim);
    run.until(60_min * 4, 1_min);
    EXPECT_EQ(leaks(run).size(), 1U);
}

TEST(NodeEnd, AnEniThatIsMarkedEndsWithItsInstance) {  // IPAM-132
    TwoNodes two;
    two.c.spec.latencies.eni_visible = sim::Distribution::constant(20_s);
    two.c.scale_at(1_min, two.web, 24);
    TinyRun run = two.c.start();
    NodeId victim;
    for (sim::Duration time = 1_min; !victim.valid(); time += 50_ms) {
        ASSERT_LT(time, 2_min);
        run.until(time);
        for (const auto& [id, node] : run.world().nodes) {
            if (node.ipamd.step == PoolStep::waiting_for_metadata) victim = id;
        }
    }
    run.end(victim);
    EXPECT_TRUE(leaks(run).empty());
}

// NODE-6: the object goes with the next look, each five seconds. PODGC-2: a collector that looks each 20 s notices, and
// acts 40 s later: its looks are at 80 s and 120 s here. Only then does the ReplicaSet miss its pods.
TEST(NodeEnd, PodsAreReplacedOnceTheirObjectsAreCollected) {
    TwoNodes two;
    TinyRun run = two.c.start();
    run.until(61_s);
    const std::size_t on_it = ready_pods(run, two.web) - static_cast<std::size_t>(run.row(run.node(1)).pods - 1);
    ASSERT_EQ(on_it, 4U);
    run.end(run.node());
    EXPECT_EQ(ready_pods(run, two.web), 4U);
    EXPECT_EQ(run.world()[two.web].ready, 4);
    run.until(65_s);
    EXPECT_EQ(run.world().node_order.size(), 2U);
    run.until(65_s + 1_us);
    EXPECT_EQ(run.world().node_order.size(), 1U);
    run.until(120_s, 1_s);
    EXPECT_EQ(run.world()[two.web].active, 8);
    EXPECT_EQ(run.count<PodRemovedFact>(), 0U);
    run.until(121_s);
    EXPECT_EQ(run.count<PodRemovedFact>(), 5U);  // with the daemon's
    run.until(3_min, 1_s);
    EXPECT_EQ(ready_pods(run, two.web), 8U);
}

// DS-1: there is one where there is a node, and none where there is none.
TEST(NodeEnd, ADaemonSetWantsOneLessUntilTheNodeIsReplaced) {
    TwoNodes two;
    TinyRun run = two.c.start();
    const WorkloadIx agent = WorkloadIx::of(1);
    run.until(61_s);
    run.end(run.node());
    run.until(66_s);
    EXPECT_EQ(run.world()[agent].desired, 1);
    run.until(4_min, 1_s);
    EXPECT_EQ(run.world()[agent].desired, 2);
    EXPECT_EQ(ready_pods(run, agent), 2U);
    EXPECT_EQ(run.pods_of(agent).size(), 2U);
}

// JOB-4, PODGC-2: a pod that is lost counts as failed, and its Job makes another one.
TEST(NodeEnd, AJobMakesALostPodAgain) {
    TinyCluster c;
    c.add_nodes(2);
    const WorkloadIx once = c.add_job("once", TinyCluster::job_pod(3_min));
    TinyRun run = c.start();
    run.until(61_s);
    ASSERT_EQ(run.pods_of(once).size(), 1U);
    run.end(run.pod(run.pods_of(once).front()).node);
    run.until(10_min, 1_s);
    ASSERT_EQ(run.world().jobs.size(), 1U);
    for (const auto& [id, job] : run.world().jobs) {
        EXPECT_EQ(job.failed, 1);
        EXPECT_EQ(job.succeeded, 1);
        EXPECT_EQ(job.active, 0);
        EXPECT_TRUE(job.complete);
    }
}

// Between the end and the deletion of the Node object nobody takes the node for one that could run a pod, whatever it
// tolerates.
TEST(NodeEnd, NothingIsPlacedOnIt) {
    TinyCluster c;
    c.add_nodes(2);
    const WorkloadIx web = c.add_deployment("web", 0, TinyCluster::daemon_pod());
    TinyRun run = c.start();
    run.until(61_s);
    const NodeId ended = run.node();
    run.end(ended);
    run.scale(web, 10);
    run.until(64_s);
    ASSERT_EQ(run.pods_of(web).size(), 10U);
    for (const PodId id : run.pods_of(web)) EXPECT_NE(run.pod(id).node, ended);
}

// SCHED-22: a removed node closes the gap, and the zones keep their turns.
TEST(NodeEnd, TheListOfNodesClosesTheGap) {
    TinyCluster c;
    c.add_zone(24);
    c.add_nodes(2, {.group = "a", .zone = 0, .subnet = 0});
    c.add_nodes(2, {.group = "b", .zone = 1, .subnet = 1});
    TinyRun run = c.start();
    const std::vector<NodeId> before = run.world().node_order;  // a0 b0 a1 b1
    run.until(61_s);
    run.end(before[0]);
    run.until(66_s);
    const std::vector<NodeId> after{before[2], before[1], before[3]};
    EXPECT_EQ(run.world().node_order, after);
}

// AWS-62: the group launches another one, after its reaction and through RunInstances.
TEST(NodeEnd, ItsGroupLaunchesAnother) {
    TwoNodes two;
    TinyRun run = two.c.start();
    run.until(61_s);
    run.end(run.node());
    run.until(61_s + 15_s);
    EXPECT_EQ(run.calls(Ec2Action::run_instances), 0);
    run.until(61_s + 15_s + 1_us);
    EXPECT_EQ(run.calls(Ec2Action::run_instances), 1);
    // Ten seconds to launch, 28 to register, 8 more until the CNI starts.
    run.until(61_s + 15_s + 47_s);
    std::size_t ready = 0;
    for (const NodeId id : run.world().node_order) ready += run.row(id).state == NodeState::ready ? 1 : 0;
    EXPECT_EQ(ready, 2U);
}

// IPAM-211: no address, no instance. Two are free, which the first node takes; the group asks for the second again each
// minute. When the first one ends there is an address for each of two.
TEST(NodeEnd, ALaunchIntoAFullSubnetIsTriedAgain) {
    TinyCluster c;
    c.set_subnet(28, 9);
    c.add_nodes(2, {.max_enis = 1, .ipv4_per_eni = 2});
    TinyRun run = c.start();
    ASSERT_EQ(run.world().nodes.size(), 1U);
    run.until(150_s);
    EXPECT_EQ(run.calls(Ec2Action::run_instances, Ec2Result::insufficient_free_addresses), 3);  // at 0, 60 and 120 s
    run.end(run.node());
    EXPECT_EQ(run.world().subnets[0].free, 2);
    run.until(150_s + 15_s + 1_us);
    EXPECT_EQ(run.world().subnets[0].free, 0);
    EXPECT_EQ(run.calls(Ec2Action::run_instances), 1);
    run.until(10_min, 1_s);
    EXPECT_EQ(run.world().node_order.size(), 2U);
    EXPECT_EQ(run.calls(Ec2Action::run_instances, Ec2Result::insufficient_free_addresses), 3);
}

// A node that was on its way has no Node object to be deleted, and nobody hears of it.
TEST(NodeEnd, AnInstanceThatEndsBeforeItsNodeIsRegisteredLeavesNothing) {
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.add_nodes(1);
    c.add_daemon_set("agent");
    TinyRun run = c.start();
    run.until(5_s);
    const NodeId first = run.world().nodes.id_at(0);
    run.end(first);
    EXPECT_EQ(run.world().subnets[0].free, run.spec().subnets[0].usable());
    run.until(10_min, 1_s);
    EXPECT_FALSE(run.world().nodes.contains(first));
    EXPECT_EQ(run.world().nodes.size(), 1U);
    EXPECT_EQ(run.world()[WorkloadIx::of(0)].desired, 1);
    EXPECT_EQ(run.the_node().state, NodeState::ready);
}

// IPAM-157: the controller deletes the branch ENIs of a node that is gone; they do not cool for traffic that cannot
// come.
TEST(NodeEnd, ItsBranchEnisAreDeletedWithoutCooling) {
    TinyCluster c;
    c.spec.cni.pod_enis = true;
    c.add_nodes(2);
    for (NodeShape& shape : c.spec.shapes) {
        shape.can_trunk = true;
        shape.allocatable.pod_enis = 9;
    }
    PodTemplate pod = TinyCluster::serving_pod();
    pod.containers[0].requests.pod_enis = 1;
    c.add_deployment("web", 6, pod);
    TinyRun run = c.start();
    run.until(1_min);
    const NodeId ended = run.node();
    const std::int32_t branches = run.row(ended).trunk.branches;
    ASSERT_EQ(branches, 3);
    run.end(ended);
    const sim::Duration since = run.now().since_origin();
    // The deletion queue is served each 30 s, one after the other with a call of 0.3 s.
    run.until(since + 30_s + 3 * 300_ms + 100_ms);
    EXPECT_EQ(run.row(ended).trunk.branches, 0);
    EXPECT_EQ(run.calls(Ec2Action::delete_network_interface), 3);
    run.until(since + 10_min, 5_s);
    EXPECT_FALSE(run.world().nodes.contains(ended));
}

// IPAM-321, IPAM-328: the operator's worker is free again, and an ENI that it made and did not attach is collected
// after five minutes.
TEST(NodeEnd, CiliumForgetsIt) {
    TwoNodes two(2);
    two.c.spec.cni_kind = CniKind::cilium_eni;
    two.c.spec.cilium.parallel_workers = 1;
    two.c.scale_at(1_min, two.web, 24);
    TinyRun run = two.c.start();
    NodeId victim;
    for (sim::Duration time = 1_min; !victim.valid(); time += 50_ms) {
        ASSERT_LT(time, 4_min);
        run.until(time);
        for (const auto& [id, node] : run.world().nodes) {
            if (node.cilium.step == CiliumStep::attaching) victim = id;
        }
    }
    const sim::Duration ended = run.now().since_origin();
    run.end(victim);
    EXPECT_EQ(leaks(run).size(), 1U);
    for (const auto& [id, node] : run.world().nodes) {
        EXPECT_TRUE(id == victim || node.cilium.step != CiliumStep::queued);
    }
    run.until(ended + 5_min + 1_s, 1_s);
    EXPECT_TRUE(leaks(run).empty());
    run.until(ended + 10_min, 1_s);
    EXPECT_EQ(run.world().cilium.busy, 0);
    EXPECT_EQ(ready_pods(run, two.web), 24U);
}

}  // namespace
}  // namespace eks::testing
