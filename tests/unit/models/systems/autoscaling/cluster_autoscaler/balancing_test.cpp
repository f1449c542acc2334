// Groups that are alike and how they share new nodes (CA-25, CA-27), and how long a group is left alone (CA-34).
#include "models/systems/autoscaling/cluster_autoscaler/balancing.hpp"

#include "models/systems/autoscaling/cluster_autoscaler/backoff.hpp"

#include <gtest/gtest.h>

namespace eks::cluster_autoscaler {
namespace {

using namespace sim::literals;

ComparedNode some_node(std::span<const Label> labels = {}) {
    ComparedNode node;
    node.capacity.cpu_milli = 4000;
    node.capacity.memory_bytes = 16'000'000'000;
    node.allocatable = node.free = node.capacity;
    node.max_pods = node.free_pods = 58;
    node.labels = labels;
    return node;
}

// CA-25: memory may differ by 1.5 % of the larger, what is free by 5 %, anything else in capacity not at all.
TEST(Balancing, GroupsAreAlikeWithinTolerances) {
    const ComparedNode one = some_node();
    ComparedNode other = some_node();
    EXPECT_TRUE(are_similar(one, other, {}));
    other.capacity.memory_bytes = 16'243'000'000;  // 243 of 16243: just below 1.5 %
    EXPECT_TRUE(are_similar(one, other, {}));
    other.capacity.memory_bytes = 16'245'000'000;
    EXPECT_FALSE(are_similar(one, other, {}));
    other = some_node();
    other.capacity.cpu_milli = 4001;
    EXPECT_FALSE(are_similar(one, other, {}));
    other = some_node();
    other.free.cpu_milli = 3800;
    EXPECT_TRUE(are_similar(one, other, {}));
    other.free.cpu_milli = 3799;
    EXPECT_FALSE(are_similar(one, other, {}));
    other = some_node();
    other.max_pods = 59;
    EXPECT_FALSE(are_similar(one, other, {}));
}

// CA-25: zones and the names of groups are no difference; what the user names is none either.
TEST(Balancing, SomeLabelsAreNotCompared) {
    const std::vector<Label> one{
        {"eks.amazonaws.com/nodegroup", "a"}, {"team", "red"}, {"topology.kubernetes.io/zone", "1"}};
    const std::vector<Label> same{
        {"eks.amazonaws.com/nodegroup", "b"}, {"team", "red"}, {"topology.kubernetes.io/zone", "2"}};
    const std::vector<Label> other{{"eks.amazonaws.com/nodegroup", "b"}, {"team", "blue"}};
    EXPECT_TRUE(are_similar(some_node(one), some_node(same), {}));
    EXPECT_FALSE(are_similar(some_node(one), some_node(other), {}));
    const std::vector<std::string> further{"team"};
    EXPECT_TRUE(are_similar(some_node(one), some_node(other), further));
}

// CA-27: one after the other to the smallest, until it is full.
TEST(Balancing, NewNodesGoToTheSmallest) {
    const std::vector<BalancedGroup> groups{{3, 10}, {1, 10}, {1, 2}};
    EXPECT_EQ(balanced_sizes(groups, 0), (std::vector<std::int32_t>{3, 1, 1}));
    EXPECT_EQ(balanced_sizes(groups, 2), (std::vector<std::int32_t>{3, 2, 2}));
    EXPECT_EQ(balanced_sizes(groups, 4), (std::vector<std::int32_t>{4, 3, 2}));
    EXPECT_EQ(balanced_sizes(groups, 1000), (std::vector<std::int32_t>{10, 10, 2}));
}

// CA-34: doubled by a failure after the end, not by one before it; half an hour at most; forgotten after three hours.
TEST(Backoff, DoublesOnlyOnceItIsOver) {
    const ClusterAutoscaler settings;
    AutoscaledGroupState group;
    const auto at = [](sim::Duration since) { return sim::Time::at(since); };
    EXPECT_FALSE(is_backed_off(group, at(0_s)));
    back_off(group, settings, at(0_s));
    EXPECT_TRUE(is_backed_off(group, at(5_min)));  // the end counts
    EXPECT_FALSE(is_backed_off(group, at(5_min + 1_us)));
    back_off(group, settings, at(3_min));
    EXPECT_EQ(group.backed_off_until, at(8_min));
    back_off(group, settings, at(9_min));
    EXPECT_EQ(group.backed_off_until, at(19_min));
    back_off(group, settings, at(30_min));
    EXPECT_EQ(group.backed_off_until, at(50_min));
    back_off(group, settings, at(60_min));
    back_off(group, settings, at(100_min));
    EXPECT_EQ(group.backed_off_until, at(130_min));
    back_off(group, settings, at(281_min));
    EXPECT_EQ(group.backed_off_until, at(286_min));
}

}  // namespace
}  // namespace eks::cluster_autoscaler
