// Flows of pods to types, against sums and small fleets that a reader works out.
#include "models/sizing/packing/transport_bound.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace eks::testing {
namespace {

using namespace sizing;

FleetWorkload pods_of(std::int64_t cpu, std::int64_t memory, std::int64_t replicas, std::vector<bool> allowed = {}) {
    return {.name = "pods", .each = {cpu, memory, 1}, .replicas = replicas, .allowed = std::move(allowed)};
}

FleetType node_of(std::int64_t cpu, std::int64_t memory, double usd) {
    return {.name = "node", .room = {cpu, memory, 1000}, .usd_per_hour = usd};
}

constexpr std::int64_t many = 1'000'000;

TEST(TransportBound, WithManyNodesEachClassGoesWhereAUnitIsCheapest) {
    // 40 units that run anywhere go to the first type at 0.1 a unit, 60 to the second at 0.15: no limit binds, and the
    // flow falls apart.
    const FleetMix mix{{pods_of(4, 0, 10), pods_of(6, 0, 10, {false, true, true})},
                       {node_of(10, 0, 1.0), node_of(20, 0, 3.0), node_of(16, 0, 3.0)}};
    EXPECT_NEAR(transport_bound(problem_of(mix), many), 40 * 0.1 + 60 * 0.15, 1e-6);
}

TEST(TransportBound, TheResourceThatCostsMostBounds) {
    // 10 cores are a node of 10. Of 30 GiB a node holds three pods of 9, so that ten take 10 / 3 nodes.
    const FleetMix mix{{pods_of(1, 9, 10)}, {node_of(10, 30, 2.0)}};
    EXPECT_NEAR(transport_bound(problem_of(mix), many), 2.0 * 10 / 3, 1e-6);
}

TEST(TransportBound, AboveTheNodesThatMayBeTheRestIsDearer) {
    // Four units, small nodes of one for 1 and large ones of two for 3. Four small ones cost 4; of three nodes one must
    // be large, so 5; of two both are, so 6; one node is not enough.
    const FleetProblem problem = problem_of({{pods_of(1, 0, 4)}, {node_of(1, 0, 1.0), node_of(2, 0, 3.0)}});
    EXPECT_NEAR(transport_bound(problem, 4), 4.0, 1e-6);
    EXPECT_NEAR(transport_bound(problem, 3), 5.0, 1e-6);
    EXPECT_NEAR(transport_bound(problem, 2), 6.0, 1e-6);
    EXPECT_TRUE(std::isinf(transport_bound(problem, 1)));
}

TEST(TransportBound, FewestNodesAreOfTheLargestTypeThatPodsRunOn) {
    // 40 units on nodes of 20 are two; 30 units that run on nodes of 10 alone are three.
    const FleetMix mix{{pods_of(4, 0, 10), pods_of(3, 0, 10, {true, false})},
                       {node_of(10, 0, 1.0), node_of(20, 0, 3.0)}};
    const LeastNodes least = least_nodes(problem_of(mix));
    EXPECT_EQ(least.nodes, 5);
    EXPECT_EQ(least.room, Room::cpu_milli);
}

TEST(TransportBound, PodsThatMayNotShareANodeAreNodesToo) {
    FleetMix mix{{pods_of(1, 0, 7)}, {node_of(100, 0, 1.0)}};
    mix.workloads[0].most_per_node = 2;
    const LeastNodes least = least_nodes(problem_of(mix));
    EXPECT_EQ(least.nodes, 4);
    EXPECT_FALSE(least.room);
}

TEST(TransportBound, AmountsInBytesAreRoundedToTheSafeSide) {
    // Of sizes without a common unit, the flow counts in millionths.
    constexpr std::int64_t gib = std::int64_t{1} << 30;
    const FleetMix mix{{pods_of(0, gib + 1, 100), pods_of(0, 3 * gib - 7, 100)}, {node_of(0, 64 * gib, 2.0)}};
    const double exact = 2.0 * static_cast<double>(100 * (4 * gib - 6)) / static_cast<double>(64 * gib);
    EXPECT_LE(transport_bound(problem_of(mix), many), exact);
    EXPECT_NEAR(transport_bound(problem_of(mix), many), exact, 1e-4 * exact);
}

TEST(TransportBound, TypesThatTwoClassesShareCountOnce) {
    // One class runs on the first and second type, another on the second and third. A node of each has 10: each pair of
    // types holds the 15 of its class, but all three together not the 31.
    FleetMix mix{{pods_of(5, 0, 3, {true, true, false}), pods_of(4, 0, 4, {false, true, true})},
                 {node_of(10, 0, 1.0), node_of(10, 0, 1.0), node_of(10, 0, 1.0)}};
    const FleetProblem problem = problem_of(mix);
    ASSERT_EQ(problem.types.size(), 1U) << "the second does all that the others do";
    mix.types[0].usd_per_hour = 0.5;
    mix.types[2].usd_per_hour = 0.5;
    const FleetProblem three = problem_of(mix);
    ASSERT_EQ(three.types.size(), 3U);
    EXPECT_FALSE(may_hold(three, std::vector<std::int32_t>{0, 1, 2}));
    EXPECT_TRUE(may_hold(three, std::vector<std::int32_t>{0, 1, 1, 2}));
    EXPECT_FALSE(may_hold(three, std::vector<std::int32_t>{0, 0, 0, 2})) << "the second class has 10 for its 16";
}

}  // namespace
}  // namespace eks::testing
