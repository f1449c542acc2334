// CA-43: how full a node is.
#include "models/systems/autoscaling/cluster_autoscaler/utilization.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks::cluster_autoscaler {
namespace {

PodOnNode asking(std::int64_t cpu, std::int64_t memory) {
    PodOnNode pod;
    pod.requests = {cpu, memory, 0};
    return pod;
}

TEST(CaUtilization, TheLargerShareDecides) {
    const std::vector<PodOnNode> pods{asking(500, 300), asking(500, 300)};
    const auto found = utilization({4000, 1000, 0}, pods, {});
    ASSERT_TRUE(found.has_value());
    EXPECT_DOUBLE_EQ(found->cpu, 0.25);
    EXPECT_DOUBLE_EQ(found->memory, 0.6);
    EXPECT_DOUBLE_EQ(found->share, 0.6);
    EXPECT_EQ(found->resource, DecisiveResource::memory);
    EXPECT_EQ(utilization({1000, 10'000, 0}, pods, {})->resource, DecisiveResource::cpu);
    EXPECT_EQ(utilization({4000, 4000, 0}, std::vector<PodOnNode>{asking(400, 400)}, {})->resource,
              DecisiveResource::memory);  // equal shares
}

TEST(CaUtilization, IgnoredPodsGiveUpTheirPartOfTheNode) {
    std::vector<PodOnNode> pods{asking(500, 100), asking(1000, 100), asking(1000, 100)};
    pods[1].is_of_daemon_set = true;
    pods[2].is_mirror = true;
    EXPECT_DOUBLE_EQ(utilization({4000, 1000, 0}, pods, {})->cpu, 2500.0 / 4000);
    EXPECT_DOUBLE_EQ(utilization({4000, 1000, 0}, pods, {true, false, false})->cpu, 1500.0 / 3000);
    EXPECT_DOUBLE_EQ(utilization({4000, 1000, 0}, pods, {true, true, false})->cpu, 500.0 / 2000);
    // Even where they take long to end; other pods then no longer count.
    for (PodOnNode& pod : pods) pod.is_long_terminating = true;
    EXPECT_DOUBLE_EQ(utilization({4000, 1000, 0}, pods, {true, true, false})->cpu, 0);
    EXPECT_DOUBLE_EQ(utilization({4000, 1000, 0}, pods, {true, true, false})->memory, 0);
    pods[0].is_long_terminating = false;
    EXPECT_DOUBLE_EQ(utilization({4000, 1000, 0}, pods, {true, true, false})->cpu, 500.0 / 2000);
}

TEST(CaUtilization, NothingToAllocateIsNotComputable) {
    EXPECT_FALSE(utilization({0, 1000, 0}, {}, {}).has_value());
    EXPECT_FALSE(utilization({1000, 0, 0}, {}, {}).has_value());
}

TEST(CaUtilization, OfANodeWithAcceleratorsOnlyTheseCount) {
    std::vector<PodOnNode> pods{asking(4000, 1000)};
    pods[0].requests.gpu = 1;
    const UtilizationOptions gpu{false, false, true};
    EXPECT_DOUBLE_EQ(utilization({4000, 1000, 4}, pods, gpu)->share, 0.25);
    EXPECT_EQ(utilization({4000, 1000, 4}, pods, gpu)->resource, DecisiveResource::gpu);
    EXPECT_DOUBLE_EQ(utilization({0, 0, 0}, pods, gpu)->share, 0);  // not advertised yet
}

TEST(CaUtilization, LongTerminatingIsGraceAndHalfAMinuteStrictly) {
    constexpr std::int64_t second = 1'000'000;
    EXPECT_FALSE(is_long_terminating(100 * second, default_grace_us, 160 * second));
    EXPECT_TRUE(is_long_terminating(100 * second, default_grace_us, 160 * second + 1));
}

}  // namespace
}  // namespace eks::cluster_autoscaler
