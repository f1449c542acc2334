// Small mixes against every way to part their pods among nodes: the bound lies below the cheapest, the fleet seldom
// above.
#include "libsim/random.hpp"
#include "models/sizing/fleet.hpp"
#include "models/sizing/packing/transport_bound.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace eks::testing {
namespace {

using namespace sizing;

FleetMix small_mix(std::uint64_t seed) {
    std::uint32_t n = 0;
    const auto pick = [&](std::uint64_t below) {
        return static_cast<std::int64_t>(sim::draw_below(sim::RunKey{seed, 0}, {902, 0, 0, n++}, below));
    };
    FleetMix mix;
    for (int t = 0; t < 4; ++t)
        mix.types.push_back({"type-" + std::to_string(t),
                             {1000 + 1000 * pick(8), 1024 + 1024 * pick(16), 2 + pick(6)},
                             0.05 * static_cast<double>(1 + pick(20))});
    for (int w = 0; w < 3; ++w) {
        FleetWorkload workload{.name = "workload-" + std::to_string(w),
                               .each = {100 + 100 * pick(20), 128 + 128 * pick(30), 1},
                               .replicas = 1 + pick(2)};
        if (pick(4) == 0) workload.most_per_node = 1;
        if (pick(3) == 0) workload.allowed = {pick(2) == 0, true, pick(2) == 0, true};
        mix.workloads.push_back(workload);
    }
    return mix;
}

// The cheapest type that holds these pods, as counts by workload.
double cheapest_for(const FleetMix& mix, const std::vector<std::int64_t>& counts) {
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t t = 0; t < mix.types.size(); ++t) {
        Amounts load{};
        bool fits = true;
        for (std::size_t w = 0; w < counts.size(); ++w) {
            const FleetWorkload& workload = mix.workloads[w];
            if (counts[w] == 0) continue;
            fits = fits && counts[w] <= workload.most_per_node && (workload.allowed.empty() || workload.allowed[t]);
            for (std::size_t r = 0; r < room_kinds; ++r) load[r] += counts[w] * workload.each[r];
        }
        for (std::size_t r = 0; r < room_kinds; ++r) fits = fits && load[r] <= mix.types[t].room[r];
        if (fits) best = std::min(best, mix.types[t].usd_per_hour);
    }
    return best;
}

// Every way to part the pods: pod after pod joins one of the nodes there are, or opens one of at most so many.
double cheapest_of_all(const FleetMix& mix, const std::vector<std::int32_t>& misfits, std::size_t most_nodes = 100) {
    std::vector<std::size_t> pods;
    for (std::size_t w = 0; w < mix.workloads.size(); ++w)
        if (std::ranges::find(misfits, static_cast<std::int32_t>(w)) == misfits.end())
            pods.insert(pods.end(), static_cast<std::size_t>(mix.workloads[w].replicas), w);
    std::vector<std::vector<std::int64_t>> nodes;
    double best = std::numeric_limits<double>::infinity();
    const std::function<void(std::size_t)> part = [&](std::size_t p) {
        if (p == pods.size()) {
            double usd = 0.0;
            for (const auto& counts : nodes) usd += cheapest_for(mix, counts);
            best = std::min(best, usd);
            return;
        }
        for (std::size_t n = 0; n < nodes.size(); ++n) {
            ++nodes[n][pods[p]];
            part(p + 1);
            --nodes[n][pods[p]];
        }
        if (nodes.size() == most_nodes) return;
        nodes.emplace_back(mix.workloads.size(), 0);
        ++nodes.back()[pods[p]];
        part(p + 1);
        nodes.pop_back();
    };
    part(0);
    return pods.empty() ? 0.0 : best;
}

TEST(FleetProperty, LiesBetweenItsBoundAndNotFarAboveTheCheapestOfAllFleets) {
    const char* given = std::getenv("EKSSIM_SEED");
    const std::uint64_t first = given ? std::strtoull(given, nullptr, 10) : 1;
    const std::uint64_t last = given ? first : 150;
    int cheapest = 0;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        SCOPED_TRACE("again: EKSSIM_SEED=" + std::to_string(seed) + " ekssim_tests --gtest_filter='FleetProperty.*'");
        const FleetMix mix = small_mix(seed);
        const FleetPlan plan = cheapest_fleet(mix);
        const double best = cheapest_of_all(mix, plan.fleet.misfits);
        EXPECT_TRUE(holds(plan.fleet, mix));
        EXPECT_LE(plan.lower_bound_usd_per_hour, best + 1e-9);
        EXPECT_GE(plan.fleet.usd_per_hour, best - 1e-9);
        cheapest += plan.fleet.usd_per_hour < best + 1e-9;
    }
    if (!given) {
        EXPECT_GE(cheapest, 140) << "a heuristic may miss now and then, not often";
    }
}

TEST(FleetProperty, OfFewNodesFlowsSayNoMoreThanEveryFleetShows) {
    const char* given = std::getenv("EKSSIM_SEED");
    const std::uint64_t first = given ? std::strtoull(given, nullptr, 10) : 1;
    const std::uint64_t last = given ? first : 150;
    int refused = 0;
    int sharper = 0;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        SCOPED_TRACE("again: EKSSIM_SEED=" + std::to_string(seed) + " ekssim_tests --gtest_filter='FleetProperty.*'");
        const FleetMix mix = small_mix(seed);
        const FleetProblem problem = problem_of(mix);
        if (problem.workloads.empty()) continue;
        for (std::size_t most = 1; most <= 4; ++most) {
            const double best = cheapest_of_all(mix, problem.misfits, most);
            const double bound = transport_bound(problem, static_cast<std::int64_t>(most));
            EXPECT_LE(bound, best * (1.0 + 1e-9)) << most << " nodes";
            if (std::isfinite(best)) {
                EXPECT_LE(least_nodes(problem).nodes, static_cast<std::int64_t>(most));
            }
            refused += std::isinf(bound);
            sharper += std::isfinite(bound) && bound > transport_bound(problem, 1000) * (1.0 + 1e-6);
        }
    }
    if (!given) {
        EXPECT_GE(refused, 10) << "too few nodes are seldom seen";
        EXPECT_GE(sharper, 10) << "the limit seldom counts";
    }
}

// Workloads without a processor request, free types, pods that may not share a node, types of their own: what people do
// have, many at once.
FleetMix odd_mix(std::uint64_t seed) {
    std::uint32_t n = 0;
    const auto pick = [&](std::uint64_t below) {
        return static_cast<std::int64_t>(sim::draw_below(sim::RunKey{seed, 0}, {903, 0, 0, n++}, below));
    };
    FleetMix mix;
    const auto types = static_cast<std::size_t>(1 + pick(8));
    for (std::size_t t = 0; t < types; ++t)
        mix.types.push_back({"type-" + std::to_string(t),
                             {100 * pick(40), 100 * pick(40), 1 + pick(30)},
                             0.1 * static_cast<double>(pick(6))});
    const auto workloads = static_cast<std::size_t>(4 + pick(10));
    for (std::size_t w = 0; w < workloads; ++w) {
        FleetWorkload workload{.name = "workload-" + std::to_string(w),
                               .each = {pick(3) == 0 ? 0 : 10 * pick(100), pick(4) == 0 ? 0 : 10 * pick(100), 1},
                               .replicas = pick(40)};
        if (pick(5) == 0) workload.most_per_node = 1 + pick(3);
        if (pick(3) == 0)
            for (std::size_t t = 0; t < types; ++t) workload.allowed.push_back(pick(2) == 0);
        mix.workloads.push_back(workload);
    }
    return mix;
}

TEST(FleetProperty, HoldsOddMixesAboveItsBoundAndNoSingleTypeIsBelowIt) {
    const char* given = std::getenv("EKSSIM_SEED");
    const std::uint64_t first = given ? std::strtoull(given, nullptr, 10) : 1;
    const std::uint64_t last = given ? first : 25;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        SCOPED_TRACE("again: EKSSIM_SEED=" + std::to_string(seed) + " ekssim_tests --gtest_filter='FleetProperty.*'");
        const FleetMix mix = odd_mix(seed);
        const FleetPlan plan = cheapest_fleet(mix);
        EXPECT_TRUE(holds(plan.fleet, mix));
        EXPECT_LE(plan.lower_bound_usd_per_hour, plan.fleet.usd_per_hour + 1e-9);
        for (std::size_t t = 0; t < mix.types.size(); ++t) {
            const FleetPlan one = homogeneous_fleet(mix, static_cast<std::int32_t>(t));
            if (one.fleet.nodes.empty()) continue;
            EXPECT_TRUE(holds(one.fleet, mix));
            EXPECT_LE(one.lower_bound_usd_per_hour, one.fleet.usd_per_hour + 1e-9);
            EXPECT_GE(one.fleet.usd_per_hour, plan.lower_bound_usd_per_hour - 1e-9);
            EXPECT_LE(plan.fleet.usd_per_hour, one.fleet.usd_per_hour + 1e-9)
                << mix.types[t].name << " alone is cheaper";
        }
    }
}

}  // namespace
}  // namespace eks::testing
