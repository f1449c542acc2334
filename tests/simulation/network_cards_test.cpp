// Nodes with several network cards, each with a store of its own (IPAM-158, IPAM-159), and nodes with IPv6, which have
// no pool at all (IPAM-61).
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

// Two cards with two ENIs of three addresses for pods each.
struct TwoCards {
    TinyCluster c;
    WorkloadIx web;

    explicit TwoCards(PodTemplate pod = TinyCluster::serving_pod()) {
        c.add_nodes(1, {.max_enis = 2, .ipv4_per_eni = 4});
        c.spec.shapes[0].enis_of_further_cards = {2};
        c.spec.cni.multi_nic = true;
        web = c.add_deployment("web", 0, pod);
    }
};

const AddressPool& card(const TinyRun& run, std::uint32_t index) {
    PoolId pool = run.the_node().first_pool;
    for (; index > 0; --index) pool = run.world().pools[pool].next_on_node;
    return run.world().pools[pool];
}

PodTemplate pod_on_every_card() {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.wants_every_card = true;
    return pod;
}

std::size_t ready_pods(const TinyRun& run, WorkloadIx workload) {
    std::size_t found = 0;
    for (const PodId id : run.pods_of(workload)) found += run.pod(id).stage == PodStage::ready ? 1 : 0;
    return found;
}

TEST(NetworkCards, FurtherOnesKeepOneFreeAddress) {
    // IPAM-40, IPAM-159: W = M = 1 there, whatever the first card's targets are.
    TwoCards two;
    TinyRun run = two.c.start();
    EXPECT_EQ(card(run, 0).total, 3);
    EXPECT_EQ(card(run, 1).total, 1);
    run.until(10_min);
    EXPECT_EQ(card(run, 1).total, 1);
}

TEST(NetworkCards, FurtherOnesAreNotRoundedToPrefixes) {
    // IPAM-159, IPAM-90: one address short asks for one prefix there. Its fifteen addresses too many are taken for as
    // many prefixes, so the empty one goes, and the next pass is short again: each release is followed by a request.
    TwoCards two;
    two.c.spec.cni.prefix_delegation = true;
    two.c.spec.cni.warm_prefix_target = 1;
    TinyRun run = two.c.start();
    EXPECT_EQ(card(run, 1).total, 16);
    run.until(10_min);
    EXPECT_GT(run.calls(Ec2Action::unassign_private_ip_addresses), 5);
    EXPECT_GT(run.calls(Ec2Action::assign_private_ip_addresses), 5);
    EXPECT_EQ(card(run, 0).total, 16);
}

TEST(NetworkCards, WithoutTheSettingOnlyTheFirstIsFilled) {
    // IPAM-152: what is on further cards is ignored.
    TwoCards two;
    two.c.spec.cni.multi_nic = false;
    TinyRun run = two.c.start();
    run.scale(two.web, 12);
    run.until(10_min);
    EXPECT_FALSE(run.world().pools[run.the_node().first_pool].next_on_node.valid());
    EXPECT_EQ(ready_pods(run, two.web), 6U);
}

TEST(NetworkCards, APodTakesFromTheLowestCardThatHasOne) {
    // IPAM-158: six pods fill the first card; the next ones come from the second.
    TwoCards two;
    TinyRun run = two.c.start();
    run.scale(two.web, 3);
    run.until(2_min);
    EXPECT_EQ(card(run, 0).assigned, 3);
    EXPECT_EQ(card(run, 1).assigned, 0);
    run.scale(two.web, 12);
    run.until(10_min);
    EXPECT_EQ(card(run, 0).assigned, 6);
    EXPECT_EQ(card(run, 1).assigned, 6);
    EXPECT_EQ(ready_pods(run, two.web), 12U);
    EXPECT_EQ(run.the_node().enis, 4);
}

TEST(NetworkCards, APodOfEveryCardHoldsAnAddressOfEach) {
    // IPAM-158
    TwoCards two(pod_on_every_card());
    TinyRun run = two.c.start();
    run.scale(two.web, 2);
    run.until(3_min);
    EXPECT_EQ(ready_pods(run, two.web), 2U);
    EXPECT_EQ(card(run, 0).assigned, 2);
    EXPECT_EQ(card(run, 1).assigned, 2);
    run.scale(two.web, 0);
    run.until(5_min);
    EXPECT_EQ(card(run, 0).all_assigned, 0);
    EXPECT_EQ(card(run, 1).all_assigned, 0);
}

TEST(NetworkCards, APodOfEveryCardFailsIfOneHasNone) {
    // IPAM-158: from every store or not at all. The second card can have no ENI that EC2 would attach.
    TwoCards two(pod_on_every_card());
    two.c.spec.shapes[0].enis_of_further_cards = {0};
    TinyRun run = two.c.start();
    run.scale(two.web, 1);
    run.until(5_min, 10_s);
    EXPECT_EQ(ready_pods(run, two.web), 0U);
    EXPECT_EQ(card(run, 0).all_assigned, 0);
    EXPECT_GT(run.count<AddFailedFact>(), 10U);
}

TEST(Ipv6, PodsNeverWaitForAddressesAndMaxPodsBinds) {
    // IPAM-61: no pool loop; one /80.
    TinyCluster c;
    c.add_nodes(1, {.max_pods = 60});
    c.spec.cni.ipv6 = true;
    const WorkloadIx web = c.add_deployment("web", 0);
    TinyRun run = c.start();
    run.scale(web, 70);
    run.until(2_min);
    EXPECT_EQ(ready_pods(run, web), 60U);
    EXPECT_EQ(run.count<AddFailedFact>(), 0U);
    EXPECT_EQ(run.the_node().enis, 1);
    run.scale(web, 0);
    run.until(1_h);
    for (std::size_t n = 0; n < ec2_action_count; ++n) EXPECT_EQ(run.calls(static_cast<Ec2Action>(n)), 0) << n;
    // The node's primary address is all that it takes of the subnet.
    EXPECT_EQ(run.world().subnets[0].free, (1 << 12) - 5 - 1);
}

TEST(Ipv6, ANewNodeAsksForOnePrefixBeforeItIsReady) {
    // IPAM-50: IPv6 -> 1
    TinyCluster c;
    c.add_nodes(1);
    c.spec.cni.ipv6 = true;
    c.spec.opening = Opening::empty;
    const WorkloadIx web = c.add_deployment("web", 20);
    TinyRun run = c.start();
    run.until(3_min);
    EXPECT_EQ(run.calls(Ec2Action::assign_ipv6_addresses), 1);
    EXPECT_EQ(run.count<Ec2CallFact>(), 2U);  // and RunInstances
    EXPECT_EQ(ready_pods(run, web), 20U);
}

TEST(Ipv6, ANodeWithoutAPrefixHealsItself) {
    // IPAM-61: the loop comes every 60 to 90 s.
    TinyCluster c;
    c.add_nodes(1);
    c.spec.cni.ipv6 = true;
    c.spec.opening = Opening::empty;
    Fault storm;
    storm.kind = FaultKind::ec2_throttling;
    storm.load_milli_per_second = 1'000'000;
    c.fault_at(10_s, 2_min, storm);
    const WorkloadIx web = c.add_deployment("web", 5);
    TinyRun run = c.start();
    run.until(2_min);
    ASSERT_EQ(run.the_node().state, NodeState::ready);
    EXPECT_EQ(ready_pods(run, web), 0U);
    run.until(5_min);
    EXPECT_EQ(ready_pods(run, web), 5U);
    const auto calls = run.all<Ec2CallFact>();
    const sim::Duration between = calls.back().at - run.the_node().ready_at;
    EXPECT_GE(between, 60_s);
}

TEST(Ipv6, WithPodEnisItWaitsForTheTrunk) {
    // IPAM-61: the trunk is looked for every 5 s.
    TinyCluster c;
    c.add_nodes(1);
    c.spec.shapes[0].can_trunk = true;
    c.spec.shapes[0].allocatable.pod_enis = 9;
    c.spec.cni.ipv6 = c.spec.cni.pod_enis = true;
    c.spec.opening = Opening::empty;
    TinyRun run = c.start();
    run.until(3_min);
    EXPECT_EQ(run.the_node().trunk.stage, TrunkStage::ready);
    EXPECT_TRUE(run.world().enis[run.the_node().trunk.eni].in_store);
    EXPECT_LE(run.world().enis[run.the_node().trunk.eni].entered_store - run.the_node().ready_at, 10_s);
}

TEST(Ipv6, ANodeThatNeverGetsATrunkRests) {
    // IPAM-61: without a pool loop nobody asks again for a trunk that was not to be had at the start.
    TinyCluster c;
    c.add_nodes(1);
    c.spec.cni.ipv6 = c.spec.cni.pod_enis = true;
    const WorkloadIx web = c.add_deployment("web", 3);
    TinyRun run = c.start();
    run.until(10_min);
    EXPECT_EQ(ready_pods(run, web), 3U);
    EXPECT_EQ(run.count<Ec2CallFact>(), 0U);
}

}  // namespace
}  // namespace eks::testing
