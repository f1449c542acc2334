// What EC2 gives, takes back and refuses: capacity of pools, quotas, fleets, spot interruptions, launches that fail
// (AWS-25 to AWS-33, AWS-62, KARP-33). Expected numbers come from the rules.
#include "tests/support/tiny_cluster.hpp"

#include <cmath>

namespace eks::testing {
namespace {

std::int32_t instances(const TinyRun& run, NodeGroupIx group) {
    std::int32_t count = 0;
    for (const auto& [id, node] : run.world().nodes)
        count += node.has_instance() && run.spec()[node.shape].group == group ? 1 : 0;
    return count;
}

std::int32_t in_zone(const TinyRun& run, std::uint32_t zone) {
    std::int32_t count = 0;
    for (const auto& [id, node] : run.world().nodes)
        count += node.has_instance() && run.spec()[node.shape].zone == ZoneIx::of(zone) ? 1 : 0;
    return count;
}

void resize(TinyRun& run, NodeGroupIx group, std::int32_t desired) {
    run.apply([&](const Spec& s, World& world, Turn& turn) { set_group_size(s, world, turn, group, desired); });
}

Fault fault_of(FaultKind kind) {
    Fault fault;
    fault.kind = kind;
    return fault;
}

// A second type of the group in the same zone.
NodeShapeIx add_type(TinyCluster& c, NodeGroupIx group, std::string type, MicroUsd price, bool is_spot = false) {
    NodeShape shape = c.spec.shapes[c.spec.node_groups[group.value].shapes.front().value];
    shape.instance_type = std::move(type);
    shape.price_per_hour_micro_usd = price;
    shape.is_spot = is_spot;
    const NodeShapeIx ix = NodeShapeIx::of(c.spec.shapes.size());
    c.spec.shapes.push_back(shape);
    c.spec.node_groups[group.value].shapes.push_back(ix);
    return ix;
}

// AWS-60: seconds to tens of seconds after it was asked; then launches and boot.
TEST(GroupSize, IsActedOnAfterTheReactionOfTheService) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(1);
    TinyRun run = c.start();
    run.until(1_min);
    resize(run, group, 4);
    run.until(1_min + run.spec().latencies.group_reaction - 1_s);
    EXPECT_EQ(instances(run, group), 1);
    run.until(1_min + run.spec().latencies.group_reaction + 1_us);
    EXPECT_EQ(instances(run, group), 4);
    EXPECT_EQ(run.world().groups[group.value].failed_at, sim::Time::never());
}

// CA-28: the instance ends undrained, and none is launched for it.
TEST(GroupSize, FallsWithAnInstanceThatIsTerminatedInTheGroup) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(3);
    TinyRun run = c.start();
    run.until(1_min);
    run.apply([&](const Spec& s, World& world, Turn& turn) { terminate_in_group(s, world, turn, run.node()); });
    run.until(10_min);
    EXPECT_EQ(instances(run, group), 2);
    EXPECT_EQ(run.world().groups[group.value].desired, 2);
    EXPECT_EQ(run.calls(Ec2Action::terminate_instances), 1);
}

// AWS-62: if a launch fails in one zone the group tries another; CA-29 sees a failed activity.
TEST(InsufficientCapacity, OfOneZoneSendsTheGroupToTheOther) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(2);
    const std::uint32_t second = c.add_zone(20);
    const NodeShapeIx there = add_type(c, group, "m5.large", 0);
    c.spec.shapes[there.value].zone = ZoneIx::of(second);
    c.spec.shapes[there.value].subnet = SubnetIx::of(second);
    Fault dry = fault_of(FaultKind::insufficient_capacity);
    dry.zone = ZoneIx::of(0);
    c.fault_at(1_min, 1_h, dry);
    TinyRun run = c.start();
    run.until(2_min);
    ASSERT_EQ(in_zone(run, 0), 1);
    resize(run, group, 6);
    run.until(3_min);
    EXPECT_EQ(in_zone(run, 0), 1);
    EXPECT_EQ(in_zone(run, second), 5);
    EXPECT_EQ(run.calls(Ec2Action::run_instances, Ec2Result::insufficient_capacity), 1);
    EXPECT_NE(run.world().groups[group.value].failed_at, sim::Time::never());
}

// AWS-26: groups on demand take the types in the listed order.
TEST(InsufficientCapacity, OfTheFirstTypeLeavesTheNextOfTheList) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(1);
    add_type(c, group, "m5a.large", 1);  // cheaper, but second
    Fault dry = fault_of(FaultKind::insufficient_capacity);
    dry.instance_types = {"m5.large"};
    c.fault_at(1_min, 10_min, dry);
    TinyRun run = c.start();
    run.until(2_min);
    resize(run, group, 2);
    run.until(5_min);
    EXPECT_EQ(run.spec()[run.row(run.node(1)).shape].instance_type, "m5a.large");
    run.until(12_min);
    resize(run, group, 3);
    run.until(15_min);
    EXPECT_EQ(run.spec()[run.row(run.node(2)).shape].instance_type, "m5.large");
}

// AWS-27: two vCPUs each; the quota has room for three instances.
TEST(VcpuQuota, RefusesWhatIsBeyondIt) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(1);
    c.spec.ec2.vcpus.on_demand = 7;
    TinyRun run = c.start();
    run.until(1_min);
    resize(run, group, 5);
    run.until(2_min);
    EXPECT_EQ(instances(run, group), 3);
    EXPECT_GE(run.calls(Ec2Action::run_instances, Ec2Result::vcpu_limit_exceeded), 1);
}

FleetAnswer ask_fleet(TinyRun& run, const std::vector<NodeShapeIx>& pools, std::int32_t count) {
    FleetAnswer answer;
    run.apply([&](const Spec& s, World& world, Turn& turn) { answer = create_fleet(s, world, turn, pools, count, 7); });
    return answer;
}

// KARP-33: on demand the cheapest pool with capacity.
TEST(Fleet, OnDemandTakesTheCheapestPoolThatHasCapacity) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(0);
    c.spec.node_groups[0].is_node_pool = true;
    c.spec.shapes[0].price_per_hour_micro_usd = 96'000;
    const NodeShapeIx cheap = add_type(c, group, "m5a.large", 86'000);
    const NodeShapeIx dear = add_type(c, group, "m6i.large", 99'000);
    Fault dry = fault_of(FaultKind::insufficient_capacity);
    dry.instance_types = {"m5a.large"};
    c.fault_at(1_min, 10_min, dry);
    TinyRun run = c.start();
    const std::vector<NodeShapeIx> pools{dear, NodeShapeIx::of(0), cheap};
    const FleetAnswer before = ask_fleet(run, pools, 1);
    ASSERT_EQ(before.launched.size(), 1U);
    EXPECT_EQ(run.row(before.launched[0]).shape, cheap);
    EXPECT_TRUE(before.refused.empty());
    EXPECT_EQ(before.answered, at(300_ms));
    run.until(2_min);
    const FleetAnswer during = ask_fleet(run, pools, 2);
    ASSERT_EQ(during.launched.size(), 2U);
    EXPECT_EQ(run.row(during.launched[1]).shape, NodeShapeIx::of(0));
    EXPECT_EQ(during.refused, std::vector{cheap});
    const FleetAnswer nothing = ask_fleet(run, {cheap}, 1);
    EXPECT_TRUE(nothing.launched.empty());
    EXPECT_EQ(run.calls(Ec2Action::create_fleet, Ec2Result::insufficient_capacity), 1);
}

// AWS-40: the bucket of CreateFleet holds 50 calls and gets 5 a second.
TEST(Fleet, CallsBeyondTheBucketAreRefused) {
    TinyCluster c;
    c.add_nodes(0);
    TinyRun run = c.start();
    int throttled = 0;
    for (int i = 0; i < 60; ++i) throttled += ask_fleet(run, {NodeShapeIx::of(0)}, 1).is_throttled ? 1 : 0;
    EXPECT_EQ(throttled, 10);
}

struct SpotGroup {
    TinyCluster c;
    NodeGroupIx group;
    WorkloadIx web;
    SpotGroup(std::int32_t nodes, bool is_managed) {
        group = c.add_nodes(nodes);
        c.spec.shapes[0].is_spot = true;
        c.spec.node_groups[0].is_managed = is_managed;
        web = c.add_deployment("web", nodes);
    }
};

// AWS-30, AWS-32, AWS-33: the notice comes two minutes before the end. A managed group drains at once and launches
// another instance; a pod that stops in 30 s is gone long before the machine is.
TEST(SpotInterruption, AManagedGroupDrainsAndReplacesBeforeTheEnd) {
    SpotGroup spot(2, true);
    Fault one = fault_of(FaultKind::spot_interruption);
    one.count = 1;
    spot.c.fault_at(10_min, 1_s, one);
    TinyRun run = spot.c.start();
    run.until(10_min + 1_us);
    NodeId victim;
    for (const auto& [id, node] : run.world().nodes) {
        if (node.interrupted_at != sim::Time::never()) victim = id;
    }
    ASSERT_TRUE(victim.valid());
    EXPECT_EQ(run.row(victim).interrupted_at, at(12_min));
    EXPECT_TRUE(run.row(victim).cordoned);
    run.until(10_min + run.spec().latencies.group_reaction + 1_us);
    EXPECT_EQ(instances(run, spot.group), 3);
    run.until(13_min);
    EXPECT_EQ(instances(run, spot.group), 2);
    EXPECT_EQ(run.count<InterruptionFact>(), 1U);
    for (const PodId pod : run.pods_of(spot.web)) EXPECT_EQ(run.pod(pod).stage, PodStage::ready);
}

// AWS-33: with rebalancing off the group replaces only after the interruption.
TEST(SpotInterruption, AnUnmanagedGroupReplacesAfterTheEnd) {
    SpotGroup spot(2, false);
    Fault one = fault_of(FaultKind::spot_interruption);
    one.count = 1;
    spot.c.fault_at(10_min, 1_s, one);
    TinyRun run = spot.c.start();
    run.until(12_min - 1_us);
    EXPECT_EQ(instances(run, spot.group), 2);
    run.until(12_min + 1_s);
    EXPECT_EQ(instances(run, spot.group), 1);
    run.until(12_min + run.spec().latencies.group_reaction + 1_us);
    EXPECT_EQ(instances(run, spot.group), 2);
}

// AWS-25: with a constant hazard a share of 1 - (1 - p)^t has been interrupted by the fraction t of a month.
TEST(SpotInterruption, ComesAsOftenAsTheAdvisorSays) {
    constexpr int nodes = 400;
    SpotGroup spot(nodes, false);
    spot.c.spec.shapes[0].interruptions_ppm_per_month = 900'000;
    TinyRun run = spot.c.start();
    run.until(73_h, 1_h);                                      // a tenth of a month of 730 hours
    const double expected = nodes * (1 - std::pow(0.1, 0.1));  // 82.3
    const double deviation = std::sqrt(expected * (1 - expected / nodes));
    EXPECT_NEAR(static_cast<double>(run.count<InterruptionFact>()), expected, 4 * deviation);
}

TEST(SpotStorm, TakesItsShareAndLetsNothingOfItsKindBeLaunched) {
    SpotGroup spot(20, false);
    Fault storm = fault_of(FaultKind::spot_storm);
    storm.share_ppm = 500'000;
    storm.spread_us = 600'000'000;
    spot.c.fault_at(10_min, 10_min, storm);
    TinyRun run = spot.c.start();
    run.until(20_min);
    EXPECT_EQ(run.count<InterruptionFact>(), 10U);
    const auto seen = run.all<InterruptionFact>();
    EXPECT_LT(seen.front().at, seen.back().at);
    EXPECT_GE(run.calls(Ec2Action::run_instances, Ec2Result::insufficient_capacity), 1);
    run.until(25_min);
    EXPECT_EQ(instances(run, spot.group), 20);
}

TEST(LaunchFailure, EndsInstancesBeforeTheyJoinAndTheGroupTriesAgain) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(1);
    c.fault_at(1_min, 4_min, fault_of(FaultKind::launch_failure));
    TinyRun run = c.start();
    run.until(90_s);
    resize(run, group, 2);
    run.until(5_min);
    EXPECT_EQ(run.world().node_order.size(), 1U);
    EXPECT_NE(run.world().groups[group.value].failed_at, sim::Time::never());
    EXPECT_GE(run.calls(Ec2Action::run_instances), 3);
    run.until(10_min);
    EXPECT_EQ(run.world().node_order.size(), 2U);
}

TEST(LaunchFailure, MayLeaveAnInstanceThatNeverJoins) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(1);
    Fault fault = fault_of(FaultKind::launch_failure);
    fault.how = LaunchFailure::never_joins;
    c.fault_at(1_min, 4_min, fault);
    TinyRun run = c.start();
    run.until(90_s);
    resize(run, group, 2);
    run.until(1_h, 1_min);
    EXPECT_EQ(instances(run, group), 2);  // it is there, and paid for
    EXPECT_EQ(run.world().node_order.size(), 1U);
}

}  // namespace
}  // namespace eks::testing
