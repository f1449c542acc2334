// Single requests drawn from a run: means, percentiles and failures against the closed forms, within sampling error.
// The seed is fixed, and bounds are four standard errors: of 10 000 seeds one would break one.
#include "models/planning/draw_requests.hpp"

#include "models/systems/datapath/latency.hpp"
#include "tests/support/path_cluster.hpp"

#include <algorithm>
#include <cmath>

namespace eks::testing {
namespace {

using datapath::FailureCause;

constexpr const char* calls = "callers -> servers";

DrawnRequests drawn_from(const TinyRun& run, std::string_view name = calls, std::int32_t count = most_drawn_requests) {
    const auto drawn = draw_requests({run.spec(), run.world(), run.simulation().key(), run.now()}, name, count);
    EXPECT_TRUE(drawn) << (drawn ? std::string() : drawn.error());
    return drawn ? *drawn : DrawnRequests{};
}

struct Sample {
    std::vector<double> us;
    double mean() const {
        double sum = 0;
        for (const double one : us) sum += one;
        return sum / static_cast<double>(us.size());
    }
    double error() const {
        double sum = 0;
        for (const double one : us) sum += (one - mean()) * (one - mean());
        return std::sqrt(sum / static_cast<double>(us.size() - 1) / static_cast<double>(us.size()));
    }
    double quantile(double share) {
        std::ranges::sort(us);
        return us[static_cast<std::size_t>(share * static_cast<double>(us.size()))];
    }
};

Sample sample_of(const DrawnRequests& drawn) {
    Sample sample;
    for (const DrawnRequest& one : drawn.requests)
        if (!one.failed_by) sample.us.push_back(one.us);
    return sample;
}

TEST(DrawRequests, DPC_65_OnOneNodeMeanAndPercentileAreTheClosedForms) {
    PathCluster s(1, 1, 1);
    s.add_calls(4000, {});
    TinyRun run = s.c.start();
    run.until(20_s);
    const ClassDataPath& one = class_of(run);
    EXPECT_GT(run.world().data_path.nodes[run.node().slot].load, 0.2);
    Sample sample = sample_of(drawn_from(run));
    ASSERT_EQ(sample.us.size(), static_cast<std::size_t>(most_drawn_requests));
    // The gamma's quantiles are approximate within about 1 %.
    EXPECT_NEAR(sample.mean(), one.connect_us, 4 * sample.error() + 0.01 * one.connect_us);
    // Of 5000 draws the 99th percentile lies between those of the ranks 0.99 -+ 4 sqrt(0.99 0.01 / 5000).
    const double spread = 4 * std::sqrt(0.99 * 0.01 / most_drawn_requests);
    EXPECT_LT(sample.quantile(0.99 - spread), one.connect_p99_us);
    EXPECT_GT(sample.quantile(0.99 + spread), one.connect_p99_us);
}

TEST(DrawRequests, DPC_65_OverSeveralNodesTheyAreSumsWithTheRunsMean) {
    PathCluster s(3, 2, 4);
    s.set_other_services(5000, 2);
    s.add_calls(1000, {});
    TinyRun run = s.c.start();
    run.until(30_s);
    const ClassDataPath& one = class_of(run);
    const DrawnRequests drawn = drawn_from(run);
    const Sample sample = sample_of(drawn);
    EXPECT_NEAR(sample.mean(), one.connect_us, 4 * sample.error() + 0.01 * one.connect_us);
    double leave = 0;
    for (const DrawnRequest& request : drawn.requests) leave += request.from_node != request.to_node ? 1 : 0;
    const double share = leave / most_drawn_requests;
    EXPECT_NEAR(share, one.between_nodes,
                4 * std::sqrt(one.between_nodes * (1 - one.between_nodes) / most_drawn_requests) + 1e-12);
    EXPECT_EQ(drawn.requests_per_second, 1000);
}

TEST(DrawRequests, DPC_65_FailuresComeByTheirCausesAndTakeAsLongAsAClientWaits) {
    PathCluster s(3, 1, 4);
    s.set_other_services(20'000, 2);
    s.add_calls(100, {.connect_timeout_seconds = 3});
    s.c.scale_at(2_min, s.servers, 3);
    TinyRun run = s.c.start();
    run.until(2_min + 50_ms);
    const DrawnRequests drawn = drawn_from(run);
    double failed = 0;
    for (const DrawnRequest& request : drawn.requests) {
        if (!request.failed_by) continue;
        failed += 1;
        EXPECT_EQ(*request.failed_by, FailureCause::endpoint);
        EXPECT_EQ(request.us, 3e6);
    }
    // One of four endpoints is gone and still in the rules (DPC-53).
    EXPECT_NEAR(failed / most_drawn_requests, 0.25, 4 * std::sqrt(0.25 * 0.75 / most_drawn_requests));
}

TEST(DrawRequests, OnOpenConnectionsMostRequestsDoNotConnect) {
    PathCluster s(2, 1, 1);
    s.add_calls(100, {.requests = 10, .hold = 60_s});
    TinyRun run = s.c.start();
    run.until(1_min);
    double connect = 0;
    for (const DrawnRequest& request : drawn_from(run).requests) connect += request.has_connected ? 1 : 0;
    EXPECT_NEAR(connect / most_drawn_requests, 0.1, 4 * std::sqrt(0.1 * 0.9 / most_drawn_requests));
}

// Another class, whose rate differs between two runs, before or behind the one that is drawn.
DrawnRequests beside_another(double rate, bool has_another) {
    PathCluster s(2, 1, 1);
    if (has_another) {
        TrafficClass other;
        other.name = "another";
        other.to = {s.servers};
        other.rate.points = {{0_s, rate}};
        other.connections.is_said = true;
        s.c.spec.traffic.classes.push_back(other);
    }
    s.add_calls(100, {.connect_timeout_seconds = 3});
    TinyRun run = s.c.start();
    run.until(30_s);
    return drawn_from(run, calls, 500);
}

TEST(DrawRequests, DPC_65_AnotherClassLeavesTheDrawsOfThisOne) {
    // What a request meets changes with the load of its nodes; the draws behind it, its ends and its rank among the
    // others do not.
    const DrawnRequests alone = beside_another(0, false);
    for (const double rate : {1.0, 3000.0}) {
        const DrawnRequests beside = beside_another(rate, true);
        ASSERT_EQ(beside.requests.size(), alone.requests.size());
        for (std::size_t i = 0; i < alone.requests.size(); ++i) {
            EXPECT_EQ(beside.nodes[static_cast<std::size_t>(beside.requests[i].to_node)],
                      alone.nodes[static_cast<std::size_t>(alone.requests[i].to_node)]);
            EXPECT_EQ(beside.requests[i].failed_by, alone.requests[i].failed_by);
        }
        if (rate > 1) {
            // Caches are warmer, and nobody waits for two cores yet (DPC-15).
            EXPECT_LT(sample_of(beside).mean(), 0.995 * sample_of(alone).mean());
            continue;
        }
        for (std::size_t i = 0; i < alone.requests.size(); ++i)
            EXPECT_NEAR(beside.requests[i].us / alone.requests[i].us, 1, 1e-3);
    }
}

TEST(DrawRequests, TheSameInstantGivesTheSameRequestsAndLeavesTheRunAlone) {
    PathCluster s(2, 1, 1);
    s.add_calls(100, {});
    TinyRun run = s.c.start();
    run.until(30_s);
    const auto before = sim::fingerprint(run.simulation());
    const DrawnRequests once = drawn_from(run, calls, 100);
    const DrawnRequests again = drawn_from(run, calls, 100);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(once.requests[i].us, again.requests[i].us);
    EXPECT_NE(once.requests[0].us, once.requests[1].us);
    EXPECT_EQ(sim::fingerprint(run.simulation()), before);
}

TEST(DrawRequests, WhatCannotBeDrawnIsSaid) {
    PathCluster s(2, 1, 1);
    s.add_calls(100, {});
    TinyRun run = s.c.start();
    run.until(30_s);
    const PathMoment moment{run.spec(), run.world(), run.simulation().key(), run.now()};
    const auto unknown = draw_requests(moment, "callers -> server", 10);
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().find("did you mean \"callers -> servers\""), std::string::npos);
    EXPECT_FALSE(draw_requests(moment, calls, 0));
    EXPECT_FALSE(draw_requests(moment, calls, most_drawn_requests + 1));
}

}  // namespace
}  // namespace eks::testing
