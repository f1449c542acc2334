// DNS-5, CPA-2, CPA-3: what a cluster-proportional autoscaler wants of a cluster.
#include "models/systems/autoscaling/proportional.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

LinearScaling usual() {
    LinearScaling law;
    law.cores_per_replica = 256;
    law.nodes_per_replica = 16;
    return law;
}

TEST(Proportional, TheLargerOfCoresAndNodesCounts) {
    EXPECT_EQ(linear_replicas(usual(), {1, 4}), 1);
    EXPECT_EQ(linear_replicas(usual(), {17, 68}), 2);
    EXPECT_EQ(linear_replicas(usual(), {16, 257}), 2);
    EXPECT_EQ(linear_replicas(usual(), {100, 400}), 7);  // ceil(100 / 16)
    EXPECT_EQ(linear_replicas(usual(), {10, 2560}), 10);
}

TEST(Proportional, APartThatIsNotSetGivesOneAndNotTheLeast) {
    LinearScaling law;
    law.nodes_per_replica = 16;
    law.least = 0;
    EXPECT_EQ(linear_replicas(law, {0, 1000}), 1);
    law.least = 3;
    EXPECT_EQ(linear_replicas(law, {1, 1000}), 3);
}

TEST(Proportional, LeastAndMostBindEachPart) {
    LinearScaling law = usual();
    law.least = 2;
    law.most = 5;
    EXPECT_EQ(linear_replicas(law, {1, 1}), 2);
    EXPECT_EQ(linear_replicas(law, {1000, 1}), 5);
    law.most = 0;
    EXPECT_EQ(linear_replicas(law, {1000, 1}), 63);
}

// CPA-2: behind the clamp.
TEST(Proportional, TwoNodesHaveTwoReplicasWhereASinglePointOfFailureIsPrevented) {
    LinearScaling law = usual();
    law.prevents_single_point_of_failure = true;
    EXPECT_EQ(linear_replicas(law, {1, 4}), 1);
    EXPECT_EQ(linear_replicas(law, {2, 8}), 2);
    law.most = 1;
    EXPECT_EQ(linear_replicas(law, {2, 8}), 2);
}

TEST(Proportional, ALadderTakesTheLastStepThatIsReached) {
    const std::vector<LadderStep> steps{{2, 1}, {10, 3}, {100, 7}};
    EXPECT_EQ(ladder_replicas(steps, 1), 1);  // below the first: the first
    EXPECT_EQ(ladder_replicas(steps, 2), 1);
    EXPECT_EQ(ladder_replicas(steps, 9), 1);
    EXPECT_EQ(ladder_replicas(steps, 10), 3);
    EXPECT_EQ(ladder_replicas(steps, 5000), 7);
    EXPECT_EQ(ladder_replicas({}, 5000), 0);
    ProportionalScaler scaler;
    scaler.is_ladder = true;
    scaler.by_nodes = steps;
    EXPECT_EQ(proportional_replicas(scaler, {12, 4}), 3);
    scaler.by_cores = {{1, 4}};
    EXPECT_EQ(proportional_replicas(scaler, {12, 4}), 4);
}

}  // namespace
}  // namespace eks
