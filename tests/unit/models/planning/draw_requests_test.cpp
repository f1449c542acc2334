// Single requests drawn from a run: means, percentiles and failures against the closed forms, within sampling error.
// The seed is fixed, and bounds are four standard errors: of 10 000 seeds one would break one.
#include "models/planning/draw_requests.hpp"

#include "models/systems/datapath/latency.hpp"
#include "models/systems/signals.hpp"
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

TEST(DrawRequests, DPS_16_OnConnectionsToNobodyTheyFailAfterTheAnswerTimeout) {
    PathCluster s(3, 1, 2);
    s.add_calls(100, {.requests = 101, .hold = 6000_s, .answer_timeout_seconds = 900});
    TinyRun run = s.c.start();
    run.until(1_min);
    const NodeId of_caller = run.pod(run.pods_of(s.callers).front()).node;
    NodeId node;
    for (const PodId pod : run.pods_of(s.servers))
        if (run.pod(pod).node != of_caller) node = run.pod(pod).node;
    run.apply([&](const Spec& spec, World& world, Turn& turn) { stop_machine(spec, world, turn, node); });
    // The node has been missed, so that new connections work.
    run.until(1_min + 90_s);
    ASSERT_EQ(class_of(run).failing_share(), 0);
    double failed = 0;
    for (const DrawnRequest& request : drawn_from(run).requests) {
        if (!request.failed_by) continue;
        failed += 1;
        EXPECT_EQ(*request.failed_by, FailureCause::endpoint);
        EXPECT_EQ(request.us, 900e6);
        EXPECT_FALSE(request.has_connected);
    }
    // One of two endpoints, and of the callers 100 of 101 had an open connection.
    EXPECT_NEAR(failed / most_drawn_requests, 0.5 * 100 / 101, 4 * std::sqrt(0.25 / most_drawn_requests) + 0.01);
    EXPECT_NEAR(failed / most_drawn_requests, class_of(run).requests_failing,
                4 * std::sqrt(0.25 / most_drawn_requests));
}

// --- through a load balancer that sends to pods

void send_round(PathCluster& s, BalancerTarget target) {
    s.c.spec.load_balancers.push_back(
        {.kind = BalancerKind::network, .services = {0}, .target = target, .is_cross_zone = true});
    s.c.spec.traffic.classes[PathCluster::calls].balancer = 0;
}

double share_that_returns(const DrawnRequests& drawn) {
    double returns = 0;
    for (const DrawnRequest& one : drawn.requests) returns += one.to_node >= 0 && one.from_node == one.to_node ? 1 : 0;
    return returns / most_drawn_requests;
}

TEST(DrawRequests, DPS_22_ALoadBalancerOfPodsMayChooseTheClientsNode) {
    PathCluster one_node(1, 1, 1);
    one_node.add_calls(100, {});
    send_round(one_node, BalancerTarget::ip);
    TinyRun run = one_node.c.start();
    run.until(30_s);
    const DrawnRequests drawn = drawn_from(run);
    EXPECT_EQ(share_that_returns(drawn), 1);
    const Sample sample = sample_of(drawn);
    EXPECT_NEAR(sample.mean(), class_of(run).connect_us, 4 * sample.error() + 0.01 * class_of(run).connect_us);

    PathCluster two(2, 1, 2);
    two.add_calls(100, {});
    two.c.pod_of(two.servers).containers.front().requests.cpu_milli = 1100;  // one a node
    send_round(two, BalancerTarget::ip);
    TinyRun other = two.c.start();
    other.until(30_s);
    EXPECT_NEAR(share_that_returns(drawn_from(other)), 0.5, 4 * std::sqrt(0.25 / most_drawn_requests));
}

TEST(DrawRequests, DPS_22_ZonesOnTheWayThroughALoadBalancerAreThoseOfTheRun) {
    for (const BalancerTarget target : {BalancerTarget::ip, BalancerTarget::instance}) {
        PathCluster s(0, 2, 2);
        s.c.add_zone(20);
        s.c.add_nodes(1, {.group = "a", .max_enis = 3, .ipv4_per_eni = 15});
        s.c.add_nodes(1, {.group = "b", .zone = 1, .subnet = 1, .max_enis = 3, .ipv4_per_eni = 15});
        for (NodeShape& shape : s.c.spec.shapes) shape.vcpus = 2;
        s.add_calls(100, {});
        s.c.pod_of(s.servers).containers.front().requests.cpu_milli = 1100;
        send_round(s, target);
        TinyRun run = s.c.start();
        run.until(1_min);
        // Into each zone half of the connections, and from NodePorts on once more.
        EXPECT_NEAR(class_of(run).between_zones, target == BalancerTarget::ip ? 0.5 : 1, 1e-12);
        const Sample sample = sample_of(drawn_from(run));
        EXPECT_NEAR(sample.mean(), class_of(run).connect_us, 4 * sample.error() + 0.01 * class_of(run).connect_us);
    }
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
