// First fit and best fit decreasing, on instances of which one or the other packs less: found by going through small
// ones, and packed by hand below.
#include "models/sizing/packing/greedy_fleet.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace eks::testing {
namespace {

using namespace sizing;

constexpr Worth by_cpu{1.0};

// One pod of each size, on nodes of one type.
FleetProblem sizes(std::int64_t node, std::initializer_list<std::int64_t> pods) {
    FleetMix mix{{}, {{.name = "node", .room = {node, 0, 1000}, .usd_per_hour = 1.0}}};
    for (const std::int64_t size : pods) mix.workloads.push_back({.name = "pod", .each = {size, 0, 1}, .replicas = 1});
    return problem_of(mix);
}

std::vector<std::vector<std::int64_t>> sizes_by_node(const FleetProblem& problem, const DraftFleet& fleet) {
    std::vector<std::vector<std::int64_t>> nodes;
    for (const auto& pods : fleet.pods) {
        nodes.emplace_back();
        for (const FleetPods& some : pods)
            nodes.back().insert(nodes.back().end(), static_cast<std::size_t>(some.count),
                                problem.workloads[static_cast<std::size_t>(some.workload)].each[0]);
    }
    return nodes;
}

using Nodes = std::vector<std::vector<std::int64_t>>;

TEST(GreedyFleet, BestFitMayNeedFewerNodesThanFirstFit) {
    // The 4 goes onto the node with 14 rather than that with 12; so both 3 find room beside the 12.
    const FleetProblem problem = sizes(18, {12, 7, 7, 4, 3, 3});
    EXPECT_EQ(sizes_by_node(problem, *first_fit(problem, 0, by_cpu)), (Nodes{{12, 4}, {7, 7, 3}, {3}}));
    EXPECT_EQ(sizes_by_node(problem, *best_fit(problem, 0, by_cpu)), (Nodes{{12, 3, 3}, {7, 7, 4}}));
}

TEST(GreedyFleet, FirstFitMayNeedFewerNodesThanBestFit) {
    // Best fit puts the first 3 beside the two 7, where it leaves 1 that nothing fills; first fit fills both nodes.
    const FleetProblem problem = sizes(18, {12, 7, 7, 3, 3, 2, 2});
    EXPECT_EQ(sizes_by_node(problem, *first_fit(problem, 0, by_cpu)), (Nodes{{12, 3, 3}, {7, 7, 2, 2}}));
    EXPECT_EQ(sizes_by_node(problem, *best_fit(problem, 0, by_cpu)), (Nodes{{12, 3, 2}, {7, 7, 3}, {2}}));
}

TEST(GreedyFleet, ManyPodsOfAWorkloadArePlacedAsOneByOne) {
    // 9 is placed twice a node; 5 thrice beside nothing, and 2 fills the fullest nodes first.
    FleetMix mix{{{.name = "a", .each = {9, 0, 1}, .replicas = 3},
                  {.name = "b", .each = {5, 0, 1}, .replicas = 4},
                  {.name = "c", .each = {2, 0, 1}, .replicas = 3}},
                 {{.name = "node", .room = {20, 0, 1000}, .usd_per_hour = 1.0}}};
    const FleetProblem problem = problem_of(mix);
    EXPECT_EQ(sizes_by_node(problem, *best_fit(problem, 0, by_cpu)), (Nodes{{9, 9, 2}, {9, 5, 5}, {5, 5, 2, 2}}));
}

TEST(GreedyFleet, BestFitKeepsApartWhatMayNotShareANode) {
    FleetMix mix{{{.name = "apart", .each = {4, 0, 1}, .replicas = 3, .most_per_node = 1},
                  {.name = "any", .each = {3, 0, 1}, .replicas = 4}},
                 {{.name = "node", .room = {10, 0, 1000}, .usd_per_hour = 1.0}}};
    const FleetProblem problem = problem_of(mix);
    EXPECT_EQ(sizes_by_node(problem, *best_fit(problem, 0, by_cpu)), (Nodes{{4, 3, 3}, {4, 3, 3}, {4}}));
}

TEST(GreedyFleet, BestFitHoldsNothingOnATypeThatAPodMayNotRunOn) {
    FleetMix mix{{{.name = "arm", .each = {4, 0, 1}, .replicas = 3, .allowed = {false, true}},
                  {.name = "amd", .each = {4, 0, 1}, .replicas = 3, .allowed = {true, false}}},
                 {{.name = "amd64", .room = {10, 0, 10}, .usd_per_hour = 1.0},
                  {.name = "arm64", .room = {10, 0, 10}, .usd_per_hour = 1.0}}};
    EXPECT_FALSE(best_fit(problem_of(mix), 0, by_cpu));
}

}  // namespace
}  // namespace eks::testing
