// Which instances a group with an instancesDistribution buys (AWS-26), and what becomes of a termination that EC2
// refuses.
#include "models/systems/capacity/market.hpp"
#include "tests/support/one_node.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <map>

namespace eks::testing {
namespace {

std::int32_t instances(const TinyRun& run, bool is_spot) {
    std::int32_t count = 0;
    for (const auto& [id, node] : run.world().nodes)
        count += node.has_instance() && run.spec()[node.shape].is_spot == is_spot ? 1 : 0;
    return count;
}

std::map<std::string, int> spot_types(const TinyRun& run) {
    std::map<std::string, int> types;
    for (const auto& [id, node] : run.world().nodes) {
        if (node.has_instance() && run.spec()[node.shape].is_spot) ++types[run.spec()[node.shape].instance_type];
    }
    return types;
}

// A group of on-demand instances to start with, and spot pools of these prices and monthly interruptions.
struct Mixed {
    TinyCluster c;
    NodeGroupIx group;

    explicit Mixed(std::int32_t base, std::int32_t percent, std::int32_t nodes = 0) {
        c.add_nodes(1, {.group = "others"});
        group = c.add_nodes(nodes, {.group = "mixed"});
        NodeGroup& row = c.spec.node_groups[group.value];
        row.purchase = {true, base, percent, SpotAllocation::lowest_price, 2};
        row.maximum = 50;
        add_pool("m5.large", 30'000, 150'000);
        add_pool("m5a.large", 32'000, 25'000);
        add_pool("m6i.large", 40'000, 75'000);
    }
    void add_pool(const std::string& type, MicroUsd price, std::int32_t interruptions_ppm) {
        NodeShape shape = c.spec.shapes[c.spec.node_groups[group.value].shapes.front().value];
        shape.instance_type = type;
        shape.price_per_hour_micro_usd = price;
        shape.is_spot = true;
        shape.interruptions_ppm_per_month = interruptions_ppm;
        c.spec.node_groups[group.value].shapes.push_back(NodeShapeIx::of(c.spec.shapes.size()));
        c.spec.shapes.push_back(shape);
    }
    TinyRun grown_to(std::int32_t size) {
        c.spec.ec2.interrupts_spot = false;
        TinyRun run = c.start();
        run.until(1_min);
        run.apply([&](const Spec& s, World& world, Turn& turn) { set_group_size(s, world, turn, group, size); });
        run.until(10_min);
        return run;
    }
};

// Two are on demand whatever follows; of the rest half, rounded up.
TEST(Purchases, FollowBaseAndPercentage) {
    const PurchaseMix mix{true, 2, 50, SpotAllocation::lowest_price, 2};
    std::int64_t on_demand = 0;
    std::string bought;
    for (std::int64_t n = 0; n < 8; ++n) {
        const bool is_spot = is_next_spot(mix, n, on_demand);
        on_demand += is_spot ? 0 : 1;
        bought += is_spot ? 's' : 'd';
    }
    EXPECT_EQ(bought, "dddsdsds");
    const TinyRun run = Mixed(2, 50).grown_to(8);
    EXPECT_EQ(instances(run, false) - 1, 5);  // beside the other group's
    EXPECT_EQ(instances(run, true), 3);
    EXPECT_EQ(instances(Mixed(0, 0).grown_to(6), true), 6);
    EXPECT_EQ(instances(Mixed(4, 0).grown_to(6), true), 2);
    EXPECT_EQ(instances(Mixed(0, 25).grown_to(8), true), 6);
}

// AWS-26: by the two cheapest pools in turn; by the one that is interrupted least.
TEST(Purchases, TakeSpotPoolsByTheStrategy) {
    using Types = std::map<std::string, int>;
    EXPECT_EQ(spot_types(Mixed(0, 0).grown_to(6)), (Types{{"m5.large", 3}, {"m5a.large", 3}}));
    // What is bought on demand between them does not count.
    EXPECT_EQ(spot_types(Mixed(2, 50).grown_to(8)), (Types{{"m5.large", 2}, {"m5a.large", 1}}));
    Mixed settled(0, 50, 8);
    settled.c.spec.ec2.interrupts_spot = false;
    TinyRun run = settled.c.start();
    run.until(1_s);
    EXPECT_EQ(spot_types(run), (Types{{"m5.large", 2}, {"m5a.large", 2}}));
    Mixed one_pool(0, 0);
    one_pool.c.spec.node_groups[one_pool.group.value].purchase.spot_pools = 1;
    EXPECT_EQ(spot_types(one_pool.grown_to(6)), (Types{{"m5.large", 6}}));
    Mixed deepest(0, 0);
    deepest.c.spec.node_groups[deepest.group.value].purchase.strategy = SpotAllocation::capacity_optimized;
    EXPECT_EQ(spot_types(deepest.grown_to(6)), (Types{{"m5a.large", 6}}));
}

// No instance on demand is launched for lack of a spot one; it is as small as it is until there is capacity again.
TEST(Purchases, OneMarketDoesNotStandInForTheOther) {
    Mixed mixed(1, 50);
    Fault fault;
    fault.kind = FaultKind::insufficient_capacity;
    fault.purchase = Purchase::spot;
    mixed.c.fault_at(30_s, 20_min, fault);
    TinyRun run = mixed.grown_to(6);
    EXPECT_EQ(instances(run, true), 0);
    EXPECT_EQ(instances(run, false) - 1, 2);
    run.until(40_min);
    EXPECT_EQ(instances(run, true), 2);
    EXPECT_EQ(instances(run, false) - 1, 4);
}

// What is there before the run is bought alike.
TEST(Purchases, OfASettledGroupAreAsTheyWouldHaveBeen) {
    Mixed mixed(2, 50, 8);
    mixed.c.spec.ec2.interrupts_spot = false;
    TinyRun run = mixed.c.start();
    run.until(1_s);
    EXPECT_EQ(instances(run, false) - 1, 5);
    EXPECT_EQ(instances(run, true), 3);
}

TEST(Purchases, AreReadOfTheDistribution) {
    const auto with = [](const std::string& distribution) {
        return scenario_test::load(
            {{"cluster.nodeGroups",
              R"([{"name": "mixed", "minSize": 0, "desiredCapacity": 2, "maxSize": 9, "privateNetworking": true,
                   "instancesDistribution": {"instanceTypes": ["m5.large", "m5a.large"])" +
                  distribution + "}}]"}});
    };
    const auto mixed = with(R"(, "onDemandBaseCapacity": 1, "onDemandPercentageAboveBaseCapacity": 40,
                               "spotAllocationStrategy": "capacity-optimized")");
    ASSERT_TRUE(mixed.ok()) << scenario_test::listed(mixed.error());
    const NodeGroup& group = mixed->spec->node_groups.front();
    ASSERT_EQ(group.name, "mixed");
    EXPECT_EQ(group.purchase, (PurchaseMix{true, 1, 40, SpotAllocation::capacity_optimized, 2}));
    ASSERT_EQ(group.shapes.size(), 8U);  // two types, two zones, two markets
    const NodeShape& on_demand = (*mixed->spec)[group.shapes[0]];
    const NodeShape& spot = (*mixed->spec)[group.shapes[2]];
    EXPECT_FALSE(on_demand.is_spot);
    EXPECT_TRUE(spot.is_spot);
    EXPECT_EQ(spot.instance_type, "m5.large");
    EXPECT_LT(spot.price_per_hour_micro_usd, on_demand.price_per_hour_micro_usd);
    EXPECT_GT(spot.interruptions_ppm_per_month, 0);

    const auto all_spot = with(R"(, "onDemandPercentageAboveBaseCapacity": 0)");
    ASSERT_TRUE(all_spot.ok()) << scenario_test::listed(all_spot.error());
    ASSERT_EQ(all_spot->spec->node_groups.front().shapes.size(), 4U);
    EXPECT_TRUE((*all_spot->spec)[all_spot->spec->node_groups.front().shapes[0]].is_spot);
    const auto managed = scenario_test::load(
        {{"cluster.managedNodeGroups[0].instancesDistribution", R"({"onDemandPercentageAboveBaseCapacity": 50})"}});
    ASSERT_FALSE(managed.ok());
    EXPECT_NE(scenario_test::find(managed.error(), Rule::contradictory_fields), nullptr);

    const auto all_on_demand = with("");
    ASSERT_TRUE(all_on_demand.ok()) << scenario_test::listed(all_on_demand.error());
    EXPECT_EQ(all_on_demand->spec->node_groups.front().shapes.size(), 4U);
    for (const auto& [distribution, rule] :
         {std::pair{R"(, "spotAllocationStrategy": "cheapest")", Rule::not_one_of},
          std::pair{R"(, "onDemandPercentageAboveBaseCapacity": 101)", Rule::out_of_range}}) {
        const auto bad = with(distribution);
        ASSERT_FALSE(bad.ok());
        EXPECT_NE(scenario_test::find(bad.error(), rule), nullptr) << scenario_test::listed(bad.error());
    }
}

// CA-28, IPAM-211: the group has given the instance up, so that one that ends meanwhile is replaced, and asks again.
TEST(GroupSize, DoesNotCountAnInstanceWhoseTerminationIsRefused) {
    TinyCluster c;
    const NodeGroupIx group = c.add_nodes(3);
    c.spec.node_groups[group.value].minimum = 0;
    c.fault_at(1_min, 20_min, throttling_of(Ec2Action::terminate_instances));
    TinyRun run = c.start();
    run.until(2_min);
    const NodeId given_up = run.node(0);
    run.apply([&](const Spec& s, World& world, Turn& turn) { terminate_in_group(s, world, turn, given_up); });
    run.until(3_min);
    EXPECT_EQ(run.row(given_up).exit, NodeExit::terminating);
    EXPECT_EQ(instances(run, false), 3);
    run.end(run.node(1));
    run.until(10_min);
    EXPECT_EQ(instances(run, false), 3);  // the refused one, one that was there, and the new one
    EXPECT_EQ(run.calls(Ec2Action::run_instances), 1);
    EXPECT_GT(run.calls(Ec2Action::terminate_instances, Ec2Result::request_limit_exceeded), 1);
    run.until(40_min);
    EXPECT_EQ(instances(run, false), 2);
    EXPECT_EQ(run.world().nodes.find(given_up), nullptr);
    EXPECT_EQ(run.world().groups[group.value].desired, 2);
}

}  // namespace
}  // namespace eks::testing
