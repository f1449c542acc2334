// What Karpenter asks EC2 for when it launches a claim, and what EC2 lets it have.
#include "tests/support/pool_cluster.hpp"

#include <set>

namespace eks::testing {
namespace {

// What the first claim may be launched as, before it is sent.
std::vector<NodeShapeIx> choices_of_first_claim(TinyRun& run) {
    for (int millisecond = 0; run.world().karpenter.claims.empty() && millisecond < 10'000; ++millisecond)
        run.until(sim::Duration::milliseconds(millisecond));
    EXPECT_FALSE(run.world().karpenter.claims.empty());
    return run.world().karpenter.claims.empty() ? std::vector<NodeShapeIx>{}
                                                : run.world().karpenter.claims.front().choices;
}

// KARP-32: 80 types that the pod fits on, the larger the dearer, in two zones and in no order: the 60 cheapest are
// sent, cheapest first, each with both zones.
TEST(KarpenterLaunch, SixtyTypesAtMostAreSentTheCheapestFirst) {
    PoolCluster c;
    c.add_zone(20);
    c.pool().offers.clear();
    for (int i = 0; i < 80; ++i) {
        const std::int32_t cores = 2 + (i * 37) % 80;
        const std::string name = "of-" + std::to_string(cores);
        for (const std::uint32_t zone : {0U, 1U}) {
            c.add_type(0, name, cores, false);
            NodeShape& shape = c.spec.shapes.back();
            shape.zone = ZoneIx::of(zone);
            shape.subnet = SubnetIx::of(zone);
            shape.labels.back().value = c.spec.zones[zone];
        }
    }
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    TinyRun run = c.start();
    const std::vector<NodeShapeIx> choices = choices_of_first_claim(run);
    ASSERT_EQ(choices.size(), 120U);
    for (std::size_t i = 0; i < choices.size(); ++i)
        EXPECT_EQ(run.spec()[choices[i]].vcpus, 2 + static_cast<std::int32_t>(i / 2)) << i;
    for (std::size_t i = 0; i < choices.size(); i += 2)
        EXPECT_NE(run.spec()[choices[i]].zone, run.spec()[choices[i + 1]].zone) << i;
}

// The same types in a second subnet of the zone.
void add_subnet(PoolCluster& c, std::int32_t prefix_length) {
    Subnet subnet = c.spec.subnets[0];
    subnet.name += "-more";
    subnet.first_address = 0x0aff0000U;
    subnet.prefix_length = prefix_length;
    subnet.in_use = 0;
    const SubnetIx added = SubnetIx::of(c.spec.subnets.size());
    c.spec.subnets.push_back(subnet);
    for (NodePoolOffer& offer : c.pool().offers) {
        NodeShape shape = c.spec[offer.shape];
        shape.subnet = added;
        offer.elsewhere.push_back(NodeShapeIx::of(c.spec.shapes.size()));
        c.spec.shapes.push_back(shape);
    }
}

std::vector<std::uint32_t> subnets_of_instances(const TinyRun& run) {
    std::vector<std::pair<sim::Time, std::uint32_t>> found;
    for (const auto& [id, node] : run.world().nodes)
        found.emplace_back(node.launched, run.spec()[node.shape].subnet.value);
    std::ranges::sort(found);
    std::vector<std::uint32_t> subnets;
    for (const auto& [launched, subnet] : found) subnets.push_back(subnet);
    return subnets;
}

// KARP-32: 251 free addresses in the one subnet, 4,091 - 3,900 = 191 in the other. A node with pods for all its
// addresses holds far more than the 60 between them, so that the next one goes to the other.
TEST(KarpenterLaunch, TheSubnetWithTheMostFreeAddressesIsTaken) {
    PoolCluster c;
    c.set_subnet(20, 3900);
    add_subnet(c, 24);
    c.pool().offers.erase(c.pool().offers.begin(), c.pool().offers.begin() + 2);  // large ones alone
    c.spec.shapes[c.pool().offers[0].shape.value].ipv4_per_eni = 40;
    c.spec.shapes[c.pool().offers[0].elsewhere[0].value].ipv4_per_eni = 40;
    const WorkloadIx web = c.add_deployment("web", 1, TinyCluster::serving_pod(7000));
    c.scale_at(10_min, web, 2);
    TinyRun run = c.start();
    run.until(10_min, 1_min);
    EXPECT_EQ(subnets_of_instances(run), std::vector<std::uint32_t>{1});
    // Primary and secondary addresses of its first ENI, and of the next that is kept warm.
    ASSERT_LT(run.world().subnets[1].free, run.world().subnets[0].free);
    run.until(15_min, 1_min);
    EXPECT_EQ(subnets_of_instances(run), (std::vector<std::uint32_t>{1, 0}));
    for (const PoolNode& node : run.world().karpenter.nodes) {
        if (!node.node.valid()) continue;
        EXPECT_EQ(run.spec().karpenter.types[node.type].name, "large");
        EXPECT_EQ(node.drifted, sim::Time::never());
    }
}

// KARP-32: 507 free addresses in each of two subnets, and 40 claims of one round. Each launch counts those that the
// ones before are going to take, so that they take turns. A node takes an ENI of 15 addresses as it comes up, before it
// takes a spare one: 20 nodes have theirs, and 40 would find the one subnet empty.
TEST(KarpenterLaunch, LaunchesOfOneRoundTakeTurnsBetweenSubnets) {
    PoolCluster c;
    c.set_subnet(23);
    add_subnet(c, 23);
    c.pool().offers.erase(c.pool().offers.begin(), c.pool().offers.begin() + 2);  // large ones alone
    for (NodeShape& shape : c.spec.shapes) {
        shape.max_enis = 4;
        shape.ipv4_per_eni = 15;
        shape.max_pods = 58;
    }
    c.spec.karpenter.batch_idle = c.spec.karpenter.batch_longest = 10_s;
    const WorkloadIx web = c.add_deployment("web", 40, TinyCluster::serving_pod(7000));
    TinyRun run = c.start();
    run.until(10_min, 10_s);
    std::vector<int> nodes(2);
    for (const auto& [id, node] : run.world().nodes) ++nodes[run.spec()[node.shape].subnet.value];
    EXPECT_EQ(nodes, (std::vector<int>{20, 20}));
    EXPECT_EQ(run.world()[web].ready, 40);
    EXPECT_EQ(run.calls(Ec2Action::create_fleet), 2);
    EXPECT_TRUE(run.world().karpenter.unavailable.empty());
    for (const auto& waits : run.all<PodWaitsFact>()) EXPECT_NE(waits.fact.to, WaitCause::subnet_empty);
}

// The same for the nodes that a run begins with.
TEST(KarpenterLaunch, ASettledClusterIsInBothSubnets) {
    PoolCluster c;
    c.spec.opening = Opening::settled;
    c.set_subnet(23);
    add_subnet(c, 23);
    const WorkloadIx web = c.add_deployment("web", 16, TinyCluster::serving_pod(7000));
    const TinyRun run = c.start();
    std::vector<int> nodes(2);
    for (const auto& [id, node] : run.world().nodes) ++nodes[run.spec()[node.shape].subnet.value];
    EXPECT_EQ(nodes, (std::vector<int>{8, 8}));
    EXPECT_EQ(run.world()[web].ready, 16);
}

// KARP-32, KARP-60: who is in the other subnet has not drifted by it when the pool is looked at again.
TEST(KarpenterLaunch, TheOtherSubnetIsNoDrift) {
    PoolCluster c;
    c.set_subnet(24, 200);
    add_subnet(c, 24);
    c.add_deployment("web", 1, TinyCluster::serving_pod(1500));
    c.change_at(10_min, [](Spec& s) { s.karpenter.pools[0].weight = 7; });
    TinyRun run = c.start();
    run.until(20_min, 1_min);
    EXPECT_EQ(subnets_of_instances(run), std::vector<std::uint32_t>{1});
    EXPECT_EQ(run.count<NodesOutdatedFact>(), 0U);
}

// KARP-36: each instance takes a token of the bucket. Of five that are asked for at once two come at once, and one each
// 20 s, as the bucket has a token again; who is throttled asks each second.
TEST(KarpenterLaunch, InstancesBeyondTheBucketComeAsItIsRefilled) {
    PoolCluster c;
    c.spec.ec2[Ec2Action::run_instances].instances = 2;
    c.spec.ec2[Ec2Action::run_instances].instances_refill_milli_per_second = 50;
    c.add_deployment("web", 5, TinyCluster::serving_pod(7000));
    TinyRun run = c.start();
    run.until(3_min, 1_s);
    std::vector<sim::Time> launched;
    for (const auto& [id, node] : run.world().nodes) launched.push_back(node.launched);
    std::ranges::sort(launched);
    ASSERT_EQ(launched.size(), 5U);
    EXPECT_EQ(launched[1], launched[0]);
    for (const std::size_t i : {2U, 3U, 4U}) {
        const sim::Duration refilled = 20_s * static_cast<std::int64_t>(i - 1);
        EXPECT_GE(launched[i] - launched[0], refilled) << i;
        EXPECT_LE(launched[i] - launched[0], refilled + 1_s) << i;
    }
    // Nobody was told that EC2 is out of anything.
    EXPECT_TRUE(run.world().karpenter.unavailable.empty());
    EXPECT_EQ(run.count<NodeClaimCreatedFact>(), 5U);
    EXPECT_EQ(run.count<NodeClaimTerminatedFact>(), 0U);
    EXPECT_GT(run.calls(Ec2Action::create_fleet, Ec2Result::request_limit_exceeded), 0);
}

// KARP-36: by default a thousand at once, and two a second.
TEST(KarpenterLaunch, AThousandComeAtOnce) {
    PoolCluster c;
    c.set_subnet(16);
    c.spec.karpenter.batch_idle = c.spec.karpenter.batch_longest = 2_min;  // for all in one round
    c.add_deployment("web", 1030, TinyCluster::serving_pod(7000));
    TinyRun run = c.start();
    std::map<sim::Time, int> by_time;
    run.until(3_min);
    for (const auto& [id, node] : run.world().nodes) ++by_time[node.launched];
    ASSERT_FALSE(by_time.empty());
    EXPECT_EQ(by_time.begin()->second, 1000);
    for (auto next = std::next(by_time.begin()); next != by_time.end(); ++next) EXPECT_EQ(next->second, 2);
    EXPECT_EQ(run.world().nodes.size(), 1030U);
}

}  // namespace
}  // namespace eks::testing
