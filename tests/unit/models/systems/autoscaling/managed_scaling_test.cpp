// DNS-6: how many replicas of CoreDNS EKS's own autoscaling wants, and how it comes down to them.
#include "models/systems/autoscaling/managed_scaling.hpp"

#include <gtest/gtest.h>

namespace eks {

TEST(ManagedScaling, TheLargerOfNodesAndCoresCountsWithinItsBounds) {
    ManagedScaling scaling;  // 2 to 10
    EXPECT_EQ(managed_replicas(scaling, {1, 4}), 2);
    EXPECT_EQ(managed_replicas(scaling, {48, 192}), 3);
    EXPECT_EQ(managed_replicas(scaling, {49, 196}), 4);
    EXPECT_EQ(managed_replicas(scaling, {10, 1280}), 5);
    EXPECT_EQ(managed_replicas(scaling, {1000, 4000}), 10);
    scaling.most = 100;
    EXPECT_EQ(managed_replicas(scaling, {1000, 4000}), 63);
}

TEST(ManagedScaling, AStepDownTakesAThirdAtMost) {
    EXPECT_EQ(shrunk_replicas(10, 2), 7);
    EXPECT_EQ(shrunk_replicas(7, 2), 5);
    EXPECT_EQ(shrunk_replicas(3, 2), 2);
    EXPECT_EQ(shrunk_replicas(10, 9), 9);
}

}  // namespace eks
