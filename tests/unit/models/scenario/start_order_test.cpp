// Who can start, and the circles that keep the rest from it, on graphs of several shapes (FR-21, BOOT-1).
#include "models/scenario/start_order.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eks {
namespace {

// "a" needs all of the lists, each of which is met by any of its things.
struct Thing {
    std::vector<std::vector<std::size_t>> needs;
    std::string remedy_of_first;
};

std::vector<StartThing> graph_of(const std::vector<Thing>& things) {
    std::vector<StartThing> graph;
    for (const Thing& thing : things) {
        StartThing& made = graph.emplace_back();
        for (const auto& any_of : thing.needs) made.needs.push_back({any_of, "needs it", ""});
        if (!made.needs.empty()) made.needs.front().remedy = thing.remedy_of_first;
    }
    return graph;
}

std::vector<std::size_t> things_of(const StartDeadlock& deadlock) {
    std::vector<std::size_t> things;
    for (const StartStep& step : deadlock.circle) things.push_back(step.thing);
    return things;
}

using Circle = std::vector<std::size_t>;

TEST(StartOrder, WithoutThingsNobodyWaits) { EXPECT_TRUE(find_start_deadlocks({}).empty()); }

TEST(StartOrder, AChainStartsFromItsEnd) {
    const auto graph = graph_of({{{{1}}}, {{{2}}}, {}});
    EXPECT_EQ(who_starts(graph), std::vector<bool>({true, true, true}));
    EXPECT_TRUE(find_start_deadlocks(graph).empty());
}

TEST(StartOrder, ADiamondIsNoCircle) {
    const auto graph = graph_of({{{{1}, {2}}}, {{{3}}}, {{{3}}}, {}});
    EXPECT_TRUE(find_start_deadlocks(graph).empty());
}

TEST(StartOrder, TwoThatWaitForEachOtherNeverStart) {
    const auto graph = graph_of({{{{1}}}, {{{0}}}, {}});
    EXPECT_EQ(who_starts(graph), std::vector<bool>({false, false, true}));
    const auto deadlocks = find_start_deadlocks(graph);
    ASSERT_EQ(deadlocks.size(), 1U);
    EXPECT_EQ(things_of(deadlocks[0]), (Circle{0, 1}));
}

TEST(StartOrder, OneThatWaitsForItselfIsACircleOfOne) {
    const auto deadlocks = find_start_deadlocks(graph_of({{{{0}}}}));
    ASSERT_EQ(deadlocks.size(), 1U);
    EXPECT_EQ(things_of(deadlocks[0]), Circle{0});
}

// A second way to meet a need breaks the circle: CoreDNS may run on the other node group.
TEST(StartOrder, AnAlternativeOutsideOfTheCircleBreaksIt) {
    const auto graph = graph_of({{{{1}}}, {{{0, 2}}}, {}});
    EXPECT_EQ(who_starts(graph), std::vector<bool>({true, true, true}));
    EXPECT_TRUE(find_start_deadlocks(graph).empty());
}

TEST(StartOrder, ANeedThatNothingMeetsIsNoCircle) {
    const auto graph = graph_of({{{{}}}, {{{0}}}});
    EXPECT_EQ(who_starts(graph), std::vector<bool>({false, false}));
    EXPECT_TRUE(find_start_deadlocks(graph).empty());
}

// Whoever waits behind a circle is no part of it.
TEST(StartOrder, WhoWaitsBehindACircleIsNotNamed) {
    const auto deadlocks = find_start_deadlocks(graph_of({{{{1}}}, {{{2}}}, {{{1}}}}));
    ASSERT_EQ(deadlocks.size(), 1U);
    EXPECT_EQ(things_of(deadlocks[0]), (Circle{1, 2}));
}

TEST(StartOrder, TheShortestCircleIsNamedAndEachSetOfThingsOnce) {
    // 0 -> 1 -> 2 -> 0 and 0 -> 3 -> 0 hang together; 4 <-> 5 is another one.
    const auto deadlocks = find_start_deadlocks(graph_of({{{{1}, {3}}}, {{{2}}}, {{{0}}}, {{{0}}}, {{{5}}}, {{{4}}}}));
    ASSERT_EQ(deadlocks.size(), 2U);
    EXPECT_EQ(things_of(deadlocks[0]), (Circle{0, 3}));
    EXPECT_EQ(deadlocks[0].circle[0].need, 1U);
    EXPECT_EQ(things_of(deadlocks[1]), (Circle{4, 5}));
}

// A need that has been met by somebody outside is none of the circle's.
TEST(StartOrder, ANeedThatIsMetIsNoEdge) {
    const auto deadlocks = find_start_deadlocks(graph_of({{{{1, 2}, {1}}}, {{{0}}}, {}}));
    ASSERT_EQ(deadlocks.size(), 1U);
    EXPECT_EQ(deadlocks[0].circle[0].need, 1U);
}

TEST(StartOrder, OnlyARemedyThatIsEnoughByItselfIsNamed) {
    // 0 waits for 1 in two ways: taking the first away leaves the second.
    const auto two_ways = find_start_deadlocks(graph_of({{{{1}, {1}}, "tolerate"}, {{{0}}, "ask another"}}));
    ASSERT_EQ(two_ways.size(), 1U);
    EXPECT_EQ(two_ways[0].remedies, std::vector<std::string>{"ask another"});
    const auto one_way = find_start_deadlocks(graph_of({{{{1}}, "tolerate"}, {{{0}}, "ask another"}}));
    ASSERT_EQ(one_way.size(), 1U);
    EXPECT_EQ(one_way[0].remedies, (std::vector<std::string>{"tolerate", "ask another"}));
}

}  // namespace
}  // namespace eks
