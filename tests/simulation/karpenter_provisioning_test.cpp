// Karpenter adds nodes in a run: when it looks, what it launches, and what becomes of a launch.
#include "tests/support/pool_cluster.hpp"

namespace eks::testing {
namespace {

std::vector<std::string> of(std::initializer_list<const char*> names) { return {names.begin(), names.end()}; }

// Of the pods that are refused the first time, as none has been before.
sim::Time last_first_refusal(const TinyRun& run, std::size_t pods) {
    const auto refused = run.all<PodUnschedulableFact>();
    return refused.size() < pods ? sim::Time::never() : refused[pods - 1].at;
}

TEST(KarpenterProvisioning, AWindowEndsASecondAfterTheLastNewPod) {
    // KARP-2, KARP-4
    PoolCluster c;
    c.add_deployment("web", 3, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(5_s);
    const auto made = run.all<NodeClaimCreatedFact>();
    ASSERT_FALSE(made.empty());
    EXPECT_EQ(made.front().at, last_first_refusal(run, 3) + 1_s);
    EXPECT_EQ(made.front().fact.reason, ClaimReason::provisioned);
}

TEST(KarpenterProvisioning, AWindowIsClosedTenSecondsAfterItsFirstPod) {
    // KARP-2: a new pod each 0.9 s would keep it open for ever.
    PoolCluster c;
    const WorkloadIx web = c.add_deployment("web", 0, TinyCluster::serving_pod(1500));
    for (int i = 1; i <= 30; ++i) c.scale_at(1_s + i * 900_ms, web, i);
    TinyRun run = c.start();
    run.until(15_s);
    const auto refused = run.all<PodUnschedulableFact>();
    const auto made = run.all<NodeClaimCreatedFact>();
    ASSERT_FALSE(made.empty());
    EXPECT_EQ(made.front().at, refused.front().at + 10_s);
}

TEST(KarpenterProvisioning, ThePodsAreBoundByTheSchedulerOnceTheNodeIsReady) {
    // GEN-2. Six pods of 1.5 cores need nine: a machine of 8 and one of 2, or of others in the same sum; the solver
    // packs as many as fit into one claim.
    PoolCluster c;
    const WorkloadIx web = c.add_deployment("web", 5, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(30_s, 5_s);
    // One claim for all five, whose types are those that can hold 7.5 cores.
    EXPECT_EQ(instances(run), of({"large"}));
    for (const PodId pod : run.pods_of(web)) EXPECT_FALSE(run.pod(pod).node.valid());
    run.until(3_min, 5_s);
    for (const PodId pod : run.pods_of(web)) {
        ASSERT_TRUE(run.pod(pod).node.valid());
        EXPECT_GE(run.pod(pod).scheduled, run.row(run.pod(pod).node).ready_at);
    }
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 1U);
}

TEST(KarpenterProvisioning, WhatDaemonSetsRequestIsSetAside) {
    // KARP-11: 1.5 cores and 0.6 for the daemon do not go into two.
    PoolCluster c;
    PodTemplate agent = TinyCluster::daemon_pod();
    agent.containers[0].requests.cpu_milli = 600;
    c.add_daemon_set("agent", agent);
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(3_min, 10_s);
    EXPECT_EQ(instances(run), of({"medium"}));
}

TEST(KarpenterProvisioning, ANodeOnItsWayTakesPodsThatComeMeanwhile) {
    // KARP-8: of the small machine half is free for the second pod, which comes while it starts.
    PoolCluster c;
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(900));
    c.scale_at(20_s, web, 2);
    TinyRun run = c.start();
    run.until(3_min, 10_s);
    EXPECT_EQ(instances(run), of({"small"}));
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 1U);
}

TEST(KarpenterProvisioning, SpotIsTakenWhereItIsAllowed) {
    // KARP-30
    PoolCluster c;
    c.pool().requirements = {{PoolCluster::buying({"on-demand", "spot"}), 0}};
    for (const auto& [type, cores] : {std::pair{"small", 2}, std::pair{"medium", 4}}) c.add_type(0, type, cores, true);
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(1_min);
    ASSERT_EQ(instances(run).size(), 1U);
    for (const auto& [id, node] : run.world().nodes) EXPECT_TRUE(run.spec()[node.shape].is_spot);
}

TEST(KarpenterProvisioning, LimitsAreOfCapacityAndTakeTheLargestOfAClaimInAdvance) {
    // KARP-12: four cores. The first claim may become large, which is beyond the limit already, so that it may not; it
    // may become medium, and nothing is left for a second one in this round or the next.
    PoolCluster c;
    c.pool().limits = {{"cpu", 4000}};
    const WorkloadIx web = c.add_deployment("web", 4, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(5_min, 10_s);
    EXPECT_EQ(instances(run), of({"medium"}));
    std::size_t placed = 0;
    for (const PodId pod : run.pods_of(web)) placed += run.pod(pod).node.valid() ? 1U : 0U;
    EXPECT_EQ(placed, 2U);
    EXPECT_EQ(run.world().karpenter.unschedulable, 2);
}

TEST(KarpenterProvisioning, WhatEc2IsOutOfIsNotAskedForThreeMinutes) {
    // KARP-24, KARP-34: the claim is deleted, and its pod asks each ten seconds in vain.
    PoolCluster c;
    Fault out;
    out.kind = FaultKind::insufficient_capacity;
    c.fault_at(0_s, 30_s, out);
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(6_min, 10_s);
    const auto made = run.all<NodeClaimCreatedFact>();
    ASSERT_EQ(made.size(), 2U);
    EXPECT_EQ(run.count<NodeClaimTerminatedFact>(), 1U);
    EXPECT_GE(made[1].at - made[0].at, 180_s);
    EXPECT_LE(made[1].at - made[0].at, 192_s);
    EXPECT_EQ(instances(run), of({"small"}));
}

TEST(KarpenterProvisioning, AMachineThatNeverJoinsIsGivenUpAfterAQuarterOfAnHour) {
    // KARP-35
    PoolCluster c;
    Fault fails;
    fails.kind = FaultKind::launch_failure;
    fails.how = LaunchFailure::never_joins;
    fails.share_ppm = 1'000'000;
    c.fault_at(0_s, 5_min, fails);
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(14_min, 1_min);
    EXPECT_EQ(run.count<NodeClaimDisruptedFact>(), 0U);
    run.until(20_min, 1_min);
    const auto disrupted = run.all<NodeClaimDisruptedFact>();
    ASSERT_EQ(disrupted.size(), 1U);
    EXPECT_EQ(disrupted[0].fact.why, DisruptedFor::liveness);
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 2U);
    EXPECT_EQ(run.world().node_order.size(), 1U);
}

TEST(KarpenterProvisioning, WithoutItsOwnPodItDoesNothing) {
    PoolCluster c;
    c.add_nodes(1, {.cpu_milli = 1000});
    PodTemplate controller = TinyCluster::serving_pod(500);
    const WorkloadIx karpenter = c.add_deployment("karpenter", 0, controller);
    c.spec.karpenter.pods = karpenter;
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.scale_at(5_min, karpenter, 1);
    TinyRun run = c.start();
    run.until(5_min, 1_min);
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 0U);
    run.until(6_min);
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 1U);
}

TEST(KarpenterProvisioning, AHeavierPoolIsUsedThoughItIsDearer) {
    // KARP-7, KARP-65
    PoolCluster c;
    NodePool& dear = c.add_pool("dear");
    dear.weight = 50;
    for (const NodePoolOffer& offer : dear.offers) c.spec.shapes[offer.shape.value].price_per_hour_micro_usd *= 3;
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(1_min);
    const auto made = run.all<NodeClaimCreatedFact>();
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0].fact.pool, 1U);
}

TEST(KarpenterProvisioning, ClaimsThatAreAlikeAreLaunchedInOneCall) {
    // KARP-33: two pods of 6 cores go to two machines of 8.
    PoolCluster c;
    c.add_deployment("web", 2, TinyCluster::serving_pod(6000));
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(instances(run), of({"large", "large"}));
    EXPECT_EQ(run.calls(Ec2Action::create_fleet), 1);
}

TEST(KarpenterProvisioning, SpotThatIsDearerThanOnDemandIsNotAskedFor) {
    // KARP-31
    PoolCluster c;
    c.pool().requirements = {{PoolCluster::buying({"on-demand", "spot"}), 0}};
    c.add_type(0, "small", 2, true);
    c.add_type(0, "large", 8, true);
    for (NodeShape& shape : c.spec.shapes) {
        // Of the spot offers only the small one is cheaper than what is cheapest on demand, a small one for 0.10.
        if (shape.is_spot && shape.instance_type == "large") shape.price_per_hour_micro_usd = 110'000;
    }
    Fault out;
    out.kind = FaultKind::insufficient_capacity;
    out.instance_types = {"small"};
    out.purchase = Purchase::spot;
    c.fault_at(0_s, 1_min, out);
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(1_min);
    // So the claim fails with the small one, and the next one is bought on demand, the cheapest first.
    ASSERT_EQ(run.count<NodeClaimCreatedFact>(), 2U);
    EXPECT_EQ(run.count<NodeClaimTerminatedFact>(), 1U);
    EXPECT_EQ(instances(run).size(), 1U);
}

TEST(KarpenterProvisioning, MachinesWithAcceleratorsAreTheLastResort) {
    // KARP-31: the smallest and cheapest is one with an accelerator.
    PoolCluster c;
    c.spec.karpenter.types[0].is_exotic = true;
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(instances(run), of({"medium"}));
}

TEST(KarpenterProvisioning, APodGoesWhereItsVolumeIs) {
    // KARP-15: the claim is bound to a volume in the second zone.
    PoolCluster c;
    const std::uint32_t second = c.add_zone(20);
    for (const NodePoolOffer& offer : std::vector(c.pool().offers)) {
        NodeShape shape = c.spec.shapes[offer.shape.value];
        shape.zone = ZoneIx::of(second);
        shape.subnet = SubnetIx::of(second);
        for (Label& label : shape.labels) {
            if (label.key == "topology.kubernetes.io/zone") label.value = c.spec.zones[second];
        }
        // Dearer there, so that nobody goes there without a reason.
        shape.price_per_hour_micro_usd += 10'000;
        c.pool().offers.push_back({NodeShapeIx::of(c.spec.shapes.size()), offer.type});
        c.spec.shapes.push_back(shape);
    }
    VolumeClaim claim;
    claim.namespace_name = "default";
    claim.name = "data";
    claim.zone = ZoneIx::of(second);
    c.spec.claims = {claim};
    PodTemplate pod = TinyCluster::serving_pod(1500);
    pod.claims = {0};
    c.add_deployment("db", 1, pod);
    TinyRun run = c.start();
    run.until(1_min);
    ASSERT_EQ(instances(run).size(), 1U);
    for (const auto& [id, node] : run.world().nodes) EXPECT_EQ(run.spec()[node.shape].zone, ZoneIx::of(second));
}

TEST(KarpenterProvisioning, WhatANodeReallyHasIsKnownFromTheFirstOneOn) {
    // KARP-20: taken to have 7 GiB, it has 8; the second pod of 7.5 GiB goes to a small machine.
    PoolCluster c;
    NodePoolType& small = c.spec.karpenter.types[0];
    small.capacity.memory_bytes = small.allocatable.memory_bytes = 7 * gibibyte;
    PodTemplate pod = TinyCluster::serving_pod(100);
    pod.containers[0].requests.memory_bytes = 6 * gibibyte;
    PodTemplate larger = pod;
    larger.containers[0].requests.memory_bytes = 7 * gibibyte + 512 * mebibyte;
    c.add_deployment("first", 1, pod);
    const WorkloadIx second = c.add_deployment("second", 0, larger);
    c.scale_at(5_min, second, 1);
    TinyRun run = c.start();
    run.until(8_min, 30_s);
    EXPECT_EQ(instances(run), of({"small", "small"}));
}

}  // namespace
}  // namespace eks::testing
