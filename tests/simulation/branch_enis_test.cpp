// Security groups for pods in runs: trunks, branch ENIs, and the resource controller that makes and deletes them
// (IPAM-155 to IPAM-157).
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

PodTemplate guarded_pod() {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.containers[0].requests.pod_enis = 1;
    return pod;
}

// Nodes like m5.large, of which each may have nine branch ENIs.
struct Guarded {
    TinyCluster c;
    WorkloadIx web;

    explicit Guarded(std::int32_t pods_at_start = 0, std::int32_t nodes = 1, PodTemplate pod = guarded_pod()) {
        c.add_nodes(nodes);
        c.spec.shapes[0].can_trunk = true;
        c.spec.shapes[0].allocatable.pod_enis = 9;
        c.spec.cni.pod_enis = true;
        web = c.add_deployment("web", pods_at_start, pod);
    }
};

std::int64_t free_in(const TinyRun& run) { return run.world().subnets[0].free; }

std::size_t waiting_for(const TinyRun& run, WorkloadIx workload, WaitCause cause) {
    std::size_t found = 0;
    for (const PodId id : run.pods_of(workload)) found += run.pod(id).cause == cause ? 1 : 0;
    return found;
}

TEST(BranchEnis, ATrunkTakesOneSlotOfTheNode) {
    // IPAM-155: one of the three ENIs of an m5.large, so the pool never has more than two of nine addresses each.
    Guarded g;
    const WorkloadIx plain = g.c.add_deployment("plain", 0);
    TinyRun run = g.c.start();
    EXPECT_EQ(run.the_node().enis, 2);
    run.scale(plain, 30);
    run.until(5_min);
    EXPECT_EQ(run.the_node().enis, 3);
    EXPECT_EQ(run.the_pool().total, 18);
    EXPECT_EQ(waiting_for(run, plain, WaitCause::none), 18U);
    EXPECT_GT(waiting_for(run, plain, WaitCause::no_address), 0U);
}

TEST(BranchEnis, ANewNodeOffersThemWhenItsTrunkIsAttached) {
    // IPAM-62 (1), IPAM-118 (12): asked for at the start; IPAM-51: the pool leaves room for it meanwhile.
    Guarded g(3);
    g.c.spec.opening = Opening::empty;
    TinyRun run = g.c.start();
    run.until(2_min);
    const auto ready = run.all<NodeFact>();
    const auto scheduled = run.all<PodScheduledFact>();
    ASSERT_EQ(scheduled.size(), 3U);
    sim::Time ready_at;
    for (const auto& seen : ready) {
        if (seen.fact.to == NodeState::ready) ready_at = seen.at;
    }
    // Four calls of 0.3 s each lie between the request and the capacity of the node.
    for (const auto& seen : scheduled) EXPECT_GE(seen.at - ready_at, 800_ms);
    EXPECT_EQ(run.the_node().trunk.stage, TrunkStage::ready);
    // IPAM-105: each pass has a reconcile while the trunk is missing. It is not tagged (IPAM-108).
    const Eni& trunk = run.world().enis[run.the_node().trunk.eni];
    EXPECT_TRUE(trunk.is_trunk);
    EXPECT_LE(trunk.entered_store - trunk.visible_at, 10_s);
    EXPECT_EQ(run.calls(Ec2Action::create_tags), 0);
    EXPECT_EQ(run.calls(Ec2Action::associate_trunk_interface), 3);
    for (const PodId id : run.pods_of(g.web)) EXPECT_EQ(run.pod(id).stage, PodStage::ready);
}

TEST(BranchEnis, ApiServerThatAnswersDelaysNoStart) {
    // IPAM-117: with security groups for pods the daemon waits for the API server without limit. Here it always
    // answers, so a node is Ready at the same instant.
    Guarded with;
    with.c.spec.opening = Opening::empty;
    Guarded without;
    without.c.spec.opening = Opening::empty;
    without.c.spec.cni.pod_enis = false;
    TinyRun a = with.c.start();
    TinyRun b = without.c.start();
    a.until(3_min);
    b.until(3_min);
    EXPECT_EQ(a.the_node().ready_at, b.the_node().ready_at);
}

TEST(BranchEnis, ATypeWithoutThemHasNone) {
    // IPAM-155: t-family none. The pods fit no node, and its pool keeps no slot free (IPAM-51).
    Guarded g;
    g.c.spec.shapes[0].can_trunk = false;
    g.c.spec.shapes[0].allocatable.pod_enis = 0;
    const WorkloadIx plain = g.c.add_deployment("plain", 0);
    TinyRun run = g.c.start();
    run.scale(g.web, 1);
    run.scale(plain, 27);
    run.until(10_min);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::unschedulable_node_resources_fit), 1U);
    EXPECT_EQ(run.the_pool().assigned, 27);
    EXPECT_EQ(run.world().branch_enis.size(), 0U);
}

TEST(BranchEnis, ATrunkIsAskedForOnlyWhileASlotIsFree) {
    // IPAM-62 (1): with MAX_ENI 1 the primary ENI leaves no room.
    Guarded g;
    g.c.spec.cni.max_eni = 1;
    TinyRun run = g.c.start();
    run.scale(g.web, 1);
    run.until(10_min);
    EXPECT_EQ(run.the_node().trunk.stage, TrunkStage::none);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::unschedulable_node_resources_fit), 1U);
}

TEST(BranchEnis, TheSchedulerCountsThem) {
    // IPAM-174: nine fit, the tenth fits no node.
    Guarded g;
    TinyRun run = g.c.start();
    run.scale(g.web, 10);
    run.until(2_min);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::none), 9U);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::unschedulable_node_resources_fit), 1U);
    EXPECT_EQ(run.the_node().trunk.branches, 9);
}

TEST(BranchEnis, AnAddFailsUntilTheAnnotationIsThere) {
    // IPAM-156: creation and association take 0.6 s, a sandbox 0.3 s: the first ADD comes too early, and the kubelet
    // tries again after ten to fifteen seconds (IPAM-173).
    Guarded g;
    TinyRun run = g.c.start();
    const std::int64_t free = free_in(run);
    run.scale(g.web, 1);
    run.until(30_s);
    const auto failures = run.all<AddFailedFact>();
    ASSERT_EQ(failures.size(), 1U);
    EXPECT_EQ(failures[0].fact.cause, WaitCause::branch_eni);
    const auto started = run.all<PodReadyFact>();
    ASSERT_EQ(started.size(), 1U);
    EXPECT_GE(started[0].at - failures[0].at, 10_s);
    EXPECT_LE(started[0].at - failures[0].at, 17_s);
    // It uses no address of the pool, and one of the subnet (IPAM-187).
    EXPECT_EQ(run.the_pool().assigned, 0);
    EXPECT_EQ(run.count<AddressAssignedFact>(), 0U);
    EXPECT_EQ(free_in(run), free - 1);
}

TEST(BranchEnis, WithoutATrunkInItsStoreTheDaemonFailsTheAdd) {
    // IPAM-156, IPAM-113: metadata that omits the trunk takes it out of the store.
    Guarded g;
    Fault stale;
    stale.kind = FaultKind::imds_stale;
    stale.age_us = (10_min).us();
    g.c.spec.opening = Opening::empty;
    g.c.fault_at(55_s, 5_min, stale);
    TinyRun run = g.c.start();
    run.until(2_min);
    ASSERT_EQ(run.the_node().trunk.stage, TrunkStage::ready);
    run.scale(g.web, 1);
    run.until(5_min);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::branch_eni), 1U);
    run.until(9_min);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::none), 1U);
}

TEST(BranchEnis, WaitOutTheirCooldownAndTheNextLook) {
    // IPAM-157: 60 s, then the next of the looks that come each 30 s; slot and address stay used meanwhile.
    for (const sim::Duration cooldown : {30_s, 60_s, 90_s}) {
        Guarded g(1);
        g.c.spec.cni.branch_eni_cooldown = cooldown;
        TinyRun run = g.c.start();
        const std::int64_t free = free_in(run);
        run.until(10_s);
        run.scale(g.web, 0);
        run.until(5_min, 1_s);
        const auto changes = run.all<BranchEniFact>(at(1_us));
        ASSERT_EQ(changes.size(), 2U);
        EXPECT_EQ(changes[0].fact.in_use, -1);
        EXPECT_EQ(changes[0].fact.cooling, 1);
        EXPECT_EQ(changes[1].fact.cooling, -1);
        const sim::Duration waited = changes[1].at - changes[0].at;
        EXPECT_GT(waited, cooldown + 300_ms);
        EXPECT_LE(waited, cooldown + 30_s + 300_ms);
        EXPECT_EQ(free_in(run), free + 1);
        EXPECT_EQ(run.the_node().trunk.branches, 0);
        EXPECT_EQ(run.calls(Ec2Action::delete_network_interface), 1);
    }
}

TEST(BranchEnis, APodThatFollowsTooSoonWaitsForTheDeletion) {
    // IPAM-157: the scheduler counts a slot as free as soon as the pod has gone, the controller when its ENI has.
    Guarded g(9);
    TinyRun run = g.c.start();
    run.until(10_s);
    run.delete_pod(run.pods_of(g.web).front());
    run.until(45_s);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::branch_eni_cooling), 1U);
    EXPECT_EQ(run.the_node().trunk.branches, 9);
    // Asked for again each 60 s; the place is free after 60 to 90 s.
    run.until(10_s + 60_s + 30_s + 60_s + 20_s);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::none), 9U);
    const auto failures = run.all<AddFailedFact>();
    ASSERT_FALSE(failures.empty());
    EXPECT_EQ(failures.front().fact.assigned, 9);
    EXPECT_EQ(failures.front().fact.addresses, 9);
}

TEST(BranchEnis, FinishedPodsGiveThemUp) {
    // IPAM-157, IPAM-175: the controller releases those of completed pods, not only of deleted ones.
    PodTemplate pod = TinyCluster::job_pod(5_s);
    pod.containers[0].requests.pod_enis = 1;
    Guarded g;
    g.c.add_job("batch", pod, 9, 9);
    TinyRun run = g.c.start();
    run.until(30_s);
    EXPECT_EQ(run.the_node().trunk.branches, 9);
    run.until(3_min);
    EXPECT_EQ(run.the_node().trunk.branches, 0);
    EXPECT_EQ(run.calls(Ec2Action::delete_network_interface), 9);
}

TEST(BranchEnis, ThirtyWorkersMakeThem) {
    // IPAM-157: 30 workers, and each creation takes two calls of 0.3 s and the write of the annotation (20 ms), so of
    // 100 pods that are bound within a moment the last has its own after four rounds.
    Guarded g(0, 12);
    for (Ec2Limit& limit : g.c.spec.ec2.limits) limit.bucket = 1000;
    g.c.spec.latencies.controller = g.c.spec.latencies.scheduler = {1000, 1000};
    TinyRun run = g.c.start();
    run.scale(g.web, 100);
    std::int32_t most_busy = 0;
    for (sim::Duration t = 100_ms; t < 5_s; t += 100_ms) {
        run.until(t);
        most_busy = std::max(most_busy, run.world().resource_controller.busy_workers);
    }
    EXPECT_EQ(most_busy, 30);
    run.until(1_min);
    EXPECT_EQ(run.calls(Ec2Action::associate_trunk_interface), 100);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::none), 100U);
}

TEST(BranchEnis, AnEmptySubnetIsTheCauseThatShows) {
    // IPAM-201, IPAM-202: a branch ENI takes an address of the subnet. A /28 has 11; the node holds its primary
    // address, nine for pods and the trunk.
    Guarded g;
    g.c.set_subnet(28);
    TinyRun run = g.c.start();
    ASSERT_EQ(free_in(run), 0);
    run.scale(g.web, 1);
    run.until(2_min);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::subnet_empty), 1U);
    EXPECT_GT(run.calls(Ec2Action::create_network_interface, Ec2Result::insufficient_free_addresses), 7);
}

TEST(BranchEnis, ThrottledCallsAreTriedAgainWithGrowingPauses) {
    // IPAM-157: 100 ms, times three, seven tries, at most 10 s.
    Guarded g;
    Fault storm;
    storm.kind = FaultKind::ec2_throttling;
    storm.load_milli_per_second = 1'000'000;
    g.c.fault_at(1_s, 1_min, storm);
    TinyRun run = g.c.start();
    run.until(5_s);
    run.scale(g.web, 1);
    run.until(50_s);
    EXPECT_EQ(run.calls(Ec2Action::create_network_interface), 0);
    EXPECT_GE(run.calls(Ec2Action::create_network_interface, Ec2Result::request_limit_exceeded), 9);
    run.until(3_min);
    EXPECT_EQ(waiting_for(run, g.web, WaitCause::none), 1U);
}

TEST(BranchEnis, ATrunkThatCannotBeAttachedIsDeletedAndMadeAnew) {
    Guarded g;
    g.c.spec.opening = Opening::empty;
    Fault broken;
    broken.kind = FaultKind::eni_attach_failure;
    g.c.fault_at(1_s, 2_min, broken);
    TinyRun run = g.c.start();
    run.until(110_s, 1_s);
    EXPECT_EQ(run.the_node().enis, 1);
    EXPECT_GT(run.calls(Ec2Action::attach_network_interface, Ec2Result::internal_error), 3);
    EXPECT_GT(run.calls(Ec2Action::delete_network_interface), 3);
    run.until(3_min);
    EXPECT_EQ(run.the_node().trunk.stage, TrunkStage::ready);
}

TEST(BranchEnis, OneThatCannotBeDeletedIsForgottenUntilTheCleanUp) {
    // IPAM-157: three tries of seven calls each, then the clean-up that comes every 30 min.
    Guarded g(1);
    Fault storm;
    storm.kind = FaultKind::ec2_throttling;
    storm.actions = 1U << static_cast<unsigned>(Ec2Action::delete_network_interface);
    storm.load_milli_per_second = 1'000'000;
    g.c.fault_at(1_s, 20_min, storm);
    TinyRun run = g.c.start();
    run.until(5_s);
    run.scale(g.web, 0);
    run.until(29_min, 10_s);
    EXPECT_EQ(run.the_node().trunk.branches, 1);
    EXPECT_EQ(run.calls(Ec2Action::delete_network_interface), 0);
    // Three attempts of the SDK a call.
    EXPECT_EQ(run.calls(Ec2Action::delete_network_interface, Ec2Result::request_limit_exceeded), 3 * 7 * 3);
    run.until(31_min);
    EXPECT_EQ(run.the_node().trunk.branches, 0);
}

// A checker that never speaks proves nothing: each law is broken once, and its own sentence must come.
TEST(BranchEnis, EachBrokenLawIsFoundByItsName) {
    Guarded g(2);
    TinyRun run = g.c.start();
    run.until(5_s);
    const PodId pod = run.pods_of(g.web).front();
    const BranchEniId branch = run.pod(pod).branch;
    const NodeId node = run.node();
    struct Case {
        const char* sentence;
        std::function<void(World&)> spoil;
    };
    const std::vector<Case> cases{
        {"a node's count of branch ENIs differs from its chain", [&](World& w) { ++w.nodes[node].trunk.branches; }},
        {"a branch ENI is in use by nobody", [&](World& w) { w.branch_enis[branch].pod = PodId::none(); }},
        {"a pod names a branch ENI that is not its own",
         [&](World& w) { w.pods[pod].branch = w.pods[run.pods_of(g.web).back()].branch; }},
        {"a subnet's free addresses differ from what is held of it",
         [&](World& w) { w.branch_enis[branch].address = 0; }},
        {"workers of the resource controller are lost", [](World& w) { ++w.resource_controller.busy_workers; }},
        {"two workers delete branch ENIs of one node", [&](World& w) { w.nodes[node].trunk.is_served = true; }},
        {"a node's count of ENIs differs from that of its network cards", [&](World& w) { ++w.nodes[node].enis; }},
        {"a branch ENI has no address, or has one before it is made",
         [&](World& w) { w.branch_enis[branch].address = 0; }},
        {"a branch ENI in a node's chain names another node",
         [&](World& w) { w.branch_enis[branch].node = NodeId::none(); }},
        {"a branch ENI is of a pod that does not know of it",
         [&](World& w) { w.pods[pod].branch = BranchEniId::none(); }},
        {"a branch ENI is on no node", [](World& w) { w.branch_enis.insert(BranchEni{}); }},
        {"a pod has a branch ENI and an address of the pool",
         [&](World& w) { w.pods[pod].eni = pool_of(w, w.nodes[node]).first_eni; }},
    };
    for (const Case& broken : cases) {
        World world = run.world();
        broken.spoil(world);
        const std::vector<std::string> found = broken_invariants(run.spec(), world);
        EXPECT_TRUE(std::ranges::any_of(found, [&](const std::string& sentence) {
            return sentence.starts_with(broken.sentence);
        })) << broken.sentence;
    }
    Spec narrow = run.spec();
    narrow.shapes[0].allocatable.pod_enis = 1;
    EXPECT_TRUE(std::ranges::any_of(broken_invariants(narrow, run.world()), [](const std::string& sentence) {
        return sentence.starts_with("a node has more branch ENIs than its type allows");
    }));
    EXPECT_TRUE(broken_invariants(run.spec(), run.world()).empty());
}

}  // namespace
}  // namespace eks::testing
