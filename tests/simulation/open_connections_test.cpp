// What becomes of connections that are open when what they lead to goes: a target that a load balancer takes out, a pod
// that UDP goes on talking to, a machine that stops without a word (DPD-33, DPS-16). Expected values come from counting
// endpoints and from the rules' own times.
#include "models/systems/datapath/failure.hpp"
#include "models/systems/datapath/pod_stop.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "tests/support/path_cluster.hpp"

#include <array>
#include <cmath>

namespace eks::testing {
namespace {

using datapath::Mode;
using datapath::Protocol;

constexpr auto by_dead_endpoint = static_cast<std::size_t>(datapath::FailureCause::endpoint);

// Of the callers, where each connection has a hundred requests beyond its first (Little's law).
constexpr double open_share = 100.0 / 101;

double pooled(const TinyRun& run, std::size_t k = PathCluster::calls) {
    return datapath::pooled_at(class_of(run, k), run.now());
}

// --- targets of load balancers

// 100 requests a second through the first load balancer, on connections that are open for 1000 s.
void add_kept_connections(PathCluster& s) {
    TrafficClass traffic;
    traffic.to = {s.servers};
    traffic.rate.points = {{0_s, 100}};
    traffic.service = 0;
    traffic.balancer = 0;
    traffic.connections = {.is_said = true, .requests = 101, .hold = 1000_s};
    s.c.spec.traffic.classes.push_back(traffic);
}

// Four pods that go on answering for 200 s after they have been told to stop, and callers from outside.
struct Drained {
    PathCluster s{4, 0, 4};
    sim::Duration lost_at = 0_s;  // since one of them was taken away; 0: never
    double left = 0;              // of the callers with a connection, then
    double least_later = 1;

    explicit Drained(LoadBalancer balancer) {
        balancer.kind = BalancerKind::network;
        balancer.services = {0};
        s.c.spec.load_balancers.push_back(balancer);
        add_kept_connections(s);
        s.c.pod_of(s.servers).containers.front().pre_stop = 200_s;
        s.c.pod_of(s.servers).termination_grace = 300_s;
        s.c.scale_at(2_min, s.servers, 3);
        TinyRun run = s.c.start();
        for (sim::Duration t = 2_min; t < 8_min; t += 250_ms) {
            run.until(t);
            const double now = pooled(run, 0);
            if (lost_at == 0_s && now < 0.9) {
                lost_at = t - 2_min;
                left = now;
            }
            if (lost_at != 0_s && t - 2_min > lost_at + 100_s) least_later = std::min(least_later, now);
        }
    }
};

TEST(Deregistration, EndsWhatIsOpenAfterTheTargetsLagAndItsDelay) {
    const Drained d({.target = BalancerTarget::ip, .deregistration_delay = 60_s});
    // 5 s until the target is taken out (target_lag), and 60 s.
    EXPECT_GE(d.lost_at, 65_s);
    EXPECT_LE(d.lost_at, 66_s);
    EXPECT_NEAR(d.left, 0.75 * open_share, 0.02);  // one of four
    EXPECT_GT(d.least_later, 0.98);                // and no more when the pod ends
}

TEST(Deregistration, ThePodsEndComesFirstWhereTheDelayIsLonger) {
    const Drained d({.target = BalancerTarget::ip, .deregistration_delay = 300_s});
    EXPECT_GE(d.lost_at, 200_s);
    EXPECT_LE(d.lost_at, 204_s);
    EXPECT_NEAR(d.left, 0.75 * open_share, 0.02);
}

TEST(Deregistration, ANetworkLoadBalancerLeavesThemAloneUnlessItIsToldToEndThem) {
    const Drained d({.target = BalancerTarget::ip, .deregistration_delay = 60_s, .ends_connections = false});
    EXPECT_GE(d.lost_at, 200_s);
}

TEST(Deregistration, TakesNoNodeOutForTheSakeOfAPod) {
    const Drained d({.target = BalancerTarget::instance, .is_cross_zone = true, .deregistration_delay = 60_s});
    EXPECT_GE(d.lost_at, 200_s);
}

TEST(Deregistration, OfTwoTargetsInOneInstantBothAreDrainedWhicheverStepTakesThemOut) {
    PathCluster s(4, 0, 4);
    s.c.spec.load_balancers.push_back({.target = BalancerTarget::ip, .deregistration_delay = 0_s});
    s.c.spec.load_balancers.back().services = {0};
    add_kept_connections(s);
    TinyRun run = s.c.start();
    run.until(1_min);
    run.apply([](const Spec& spec, World& world, Turn& turn) {
        EndpointCounts& counts = world.data_path.services[0];
        for (const std::uint32_t number : {1U, 2U}) {
            counts.removed = number;
            counts.answering.push_back({number, turn.now()});
            datapath::drain_targets(spec, world, turn.now());
        }
        datapath::drain_targets(spec, world, turn.now() + 1_ms);
        EXPECT_EQ(datapath::next_drained(spec, world.data_path), sim::Time::never());
    });
    EXPECT_NEAR(pooled(run, 0), 0.5 * open_share, 0.01);  // two of four
}

// --- what a pod's end costs

// Connections of the class that have failed by a dead endpoint: the integral of what is told.
double failed(const TinyRun& run) {
    double sum = 0;
    double per_second = 0;
    double share = 0;
    sim::Time since;
    for (const auto& seen : run.all<ConnectionsFact>()) {
        if (seen.fact.of_class != PathCluster::calls) continue;
        sum += per_second * share * (seen.at - since).in_seconds();
        since = seen.at;
        per_second += static_cast<double>(seen.fact.attempts_milli) / 1e3;
        share += static_cast<double>(seen.fact.failing_ppm[by_dead_endpoint]) / 1e6;
    }
    return sum;
}

TEST(PodStop, DPS_24_ARunLosesWhatTheClosedFormSays) {
    for (const sim::Duration pre_stop : {0_ms, 300_ms}) {
        PathCluster s(3, 1, 4);
        s.set_other_services(20'000, 2);
        s.c.pod_of(s.servers).containers.front().pre_stop = pre_stop;
        s.add_calls(100, {});
        s.c.scale_at(2_min, s.servers, 3);
        TinyRun run = s.c.start();
        run.until(5_min);
        // DPC-50, one changed Service among many, without comments (DPD-4): 5 ms + 3.5 us x R + 8 us x N.
        const double rules = 20'000 * (2 + 3 * 2) + (2 + 3 * 3);
        const std::array lag{0.005 + 3.5e-6 * rules + 8e-6 * 20'001};
        const double expected = datapath::stop_failures({.pre_stop_seconds = pre_stop.in_seconds()}, lag, 100, 1, 4);
        EXPECT_GT(expected, 5);
        EXPECT_NEAR(failed(run), expected, 0.1 * expected) << sim::to_text(pre_stop);
    }
}

// --- flows that lead to nobody

TEST(StaleFlows, DPS_16_UdpGoesOnUntilKubeProxyCleansUp) {
    // 20000 Services with two endpoints: the sync that removes the endpoint takes most of a second (DPC-50).
    PathCluster s(3, 1, 4);
    s.set_other_services(20'000, 2);
    s.add_calls(100, {.requests = 101, .hold = 60_s, .protocol = Protocol::udp});
    s.c.scale_at(2_min, s.servers, 3);
    TinyRun run = s.c.start();
    run.until(2_min + 50_ms);
    EXPECT_NEAR(class_of(run).stale_share, 0.25 * open_share, 0.005);
    // Beside them, of those that look for an endpoint now a quarter find the dead one.
    EXPECT_NEAR(class_of(run).requests_failing, 0.25, 0.01);
    run.until(2_min + 2_s);
    EXPECT_EQ(class_of(run).stale_share, 0);
    std::int64_t told = 0;
    std::int64_t most = 0;
    for (const auto& seen : run.all<ConnectionsFact>()) {
        if (seen.fact.of_class == PathCluster::calls) told += seen.fact.stale_ppm;
        most = std::max(most, told);
    }
    EXPECT_EQ(told, 0);
    EXPECT_NEAR(static_cast<double>(most) / 1e6, 0.25 * open_share, 0.005);
}

TEST(StaleFlows, DPS_16_NobodyCleansUpBehindSockets) {
    PathCluster s(3, 1, 4, Mode::ebpf_host_routing);
    s.add_calls(100, {.requests = 101, .hold = 60_s, .protocol = Protocol::udp});
    s.c.scale_at(2_min, s.servers, 3);
    TinyRun run = s.c.start();
    run.until(2_min + 30_s);
    // They end as they come of age, and are looked at eight times in an age.
    EXPECT_GE(class_of(run).stale_share, 0.25 * open_share * std::exp(-31.0 / 60));
    EXPECT_LE(class_of(run).stale_share, 0.25 * open_share * std::exp(-20.0 / 60));
}

TEST(StaleFlows, APodThatEndsClosesItsTcpConnections) {
    PathCluster s(3, 1, 4);
    s.set_other_services(20'000, 2);
    s.add_calls(100, {.requests = 101, .hold = 60_s});
    s.c.scale_at(2_min, s.servers, 3);
    TinyRun run = s.c.start();
    for (sim::Duration t = 2_min; t < 3_min; t += 100_ms) {
        run.until(t);
        EXPECT_EQ(class_of(run).stale_share, 0);
    }
}

// Two endpoints, of which the machine of one stops after a minute; it is not the caller's.
struct StoppedMachine {
    PathCluster s{3, 1, 2};
    NodeId node;

    explicit StoppedMachine(std::optional<double> answer_timeout) {
        s.add_calls(100, {.requests = 101, .hold = 6000_s, .answer_timeout_seconds = answer_timeout});
    }
    TinyRun run_for_a_minute() {
        TinyRun run = s.c.start();
        run.until(1_min);
        for (const PodId pod : run.pods_of(s.servers)) {
            const NodeId its = run.pod(pod).node;
            if (run.pod(run.pods_of(s.callers).front()).node != its) node = its;
        }
        run.apply([&](const Spec& spec, World& world, Turn& turn) { stop_machine(spec, world, turn, node); });
        return run;
    }
};

TEST(StaleFlows, DPS_16_TcpClientsKeepADeadEndpointUntilTheirOwnTimeout) {
    StoppedMachine m(100);
    TinyRun run = m.run_for_a_minute();
    run.until(1_min + 1_s);
    EXPECT_NEAR(class_of(run).stale_share, 0.5 * open_share, 0.005);
    EXPECT_GT(class_of(run).requests_failing, 0.49);
    // The control plane has missed the node for long, and new connections all work; these know nothing of it.
    run.until(1_min + 99_s);
    EXPECT_EQ(class_of(run).failing_share(), 0);
    EXPECT_NEAR(class_of(run).requests_failing, 0.5 * open_share, 0.02);
    run.until(1_min + 101_s);
    EXPECT_EQ(class_of(run).stale_share, 0);
    run.until(20_min);
    EXPECT_LT(class_of(run).requests_failing, 1e-3);
}

TEST(StaleFlows, DPS_16_CallersThatComeHaveNone) {
    StoppedMachine m({});
    m.s.c.scale_at(150_s, m.s.callers, 9);
    TinyRun run = m.run_for_a_minute();
    run.until(149_s);
    EXPECT_GT(class_of(run).stale_share, 0.45);
    // Eight of nine callers have come since; connections end as they come of age.
    run.until(260_s);
    EXPECT_NEAR(class_of(run).stale_share, 0.5 * open_share * std::exp(-200.0 / 6000) / 9, 0.003);
}

TEST(StaleFlows, DPS_16_CallersThatAreReplacedTookTheirsAlong) {
    StoppedMachine m({});
    TinyRun run = m.run_for_a_minute();
    run.until(150_s);
    ASSERT_GT(class_of(run).stale_share, 0.45);
    run.delete_pod(run.pods_of(m.s.callers).front());
    run.until(260_s);
    EXPECT_EQ(class_of(run).stale_share, 0);
}

TEST(StaleFlows, DPS_16_EachMachineIsMissedByItself) {
    PathCluster s(4, 1, 3);
    s.add_calls(100, {.requests = 101, .hold = 6000_s, .protocol = Protocol::udp});
    s.c.pod_of(s.servers).containers.front().requests.cpu_milli = 1100;  // one a node
    TinyRun run = s.c.start();
    run.until(1_min);
    std::vector<NodeId> nodes;
    for (const PodId pod : run.pods_of(s.servers)) {
        const NodeId its = run.pod(pod).node;
        if (run.pod(run.pods_of(s.callers).front()).node != its) nodes.push_back(its);
    }
    ASSERT_GE(nodes.size(), 2U);
    const auto removed = [&] { return run.world().data_path.services[0].removed; };
    const auto stop = [&](NodeId node) {
        run.apply([&](const Spec& spec, World& world, Turn& turn) { stop_machine(spec, world, turn, node); });
    };
    stop(nodes[0]);
    run.until(80_s);
    stop(nodes[1]);
    sim::Duration t = 80_s;
    for (; removed() < 1 && t < 5_min; t += 1_s) run.until(t);
    t += 2_s;
    run.until(t);
    ASSERT_EQ(removed(), 1U);
    // kube-proxy has cleaned up behind the first; the second still counts as an endpoint.
    ASSERT_EQ(class_of(run).stale.size(), 1U);
    EXPECT_EQ(class_of(run).stale.front().machine, nodes[1]);
    EXPECT_GT(class_of(run).stale_share, 0.15);
    for (; removed() < 2 && t < 5_min; t += 1_s) run.until(t);
    t += 2_s;
    run.until(t);
    ASSERT_EQ(removed(), 2U);
    EXPECT_EQ(class_of(run).stale_share, 0);
}

TEST(StaleFlows, AMachineThatComesBackTellsThemThatThereIsNothing) {
    StoppedMachine m({});
    TinyRun run = m.run_for_a_minute();
    run.until(1_min + 10_s);
    EXPECT_NEAR(class_of(run).stale_share, 0.5 * open_share, 0.005);
    run.apply([&](const Spec& spec, World& world, Turn& turn) { start_machine(spec, world, turn, m.node); });
    run.until(1_min + 11_s);
    EXPECT_EQ(class_of(run).stale_share, 0);
}

}  // namespace
}  // namespace eks::testing
