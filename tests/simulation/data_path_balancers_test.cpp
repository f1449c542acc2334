// Connections from outside: where load balancers bring them in, what a second node costs, and how long targets outlive
// their pods (DPD-33, DPC-5, DPS-4, DPS-22).
#include "models/systems/datapath/failure.hpp"
#include "tests/support/path_cluster.hpp"

namespace eks::testing {
namespace {

using datapath::FailureCause;
using datapath::Mode;

constexpr auto by_dead_endpoint = static_cast<std::size_t>(FailureCause::endpoint);

// Four nodes, two of which have a pod each; 100 requests a second from outside, each on a connection of its own.
struct FromOutside {
    PathCluster s{4, 0, 2, Mode::iptables_legacy};

    explicit FromOutside(const LoadBalancer& balancer) {
        s.c.spec.load_balancers.push_back(balancer);
        s.c.spec.load_balancers.back().services = {0};
        TrafficClass traffic;
        traffic.name = "outside -> servers";
        traffic.to = {s.servers};
        traffic.rate.points = {{0_s, 100}};
        traffic.service = 0;
        traffic.balancer = 0;
        traffic.connections.is_said = true;
        traffic.request.bytes_in = 1000;
        s.c.spec.traffic.classes.push_back(traffic);
        // One pod a node at most.
        s.c.pod_of(s.servers).containers.front().requests.cpu_milli = 1100;
    }
};

double sum_of(const TinyRun& run, NodeRole role) {
    double sum = 0;
    for (const NodeDataPath& row : run.world().data_path.nodes)
        for (const ClassShare& share : row.shares) sum += share.roles[static_cast<std::size_t>(role)];
    return sum;
}

TEST(LoadBalancers, DPS_22_SendToNodePortsOfAnyNodeWhichMayNotHaveThePod) {
    FromOutside f({.kind = BalancerKind::network, .target = BalancerTarget::instance, .is_cross_zone = true});
    TinyRun run = f.s.c.start();
    run.until(1_min);
    // Each of the four nodes gets a quarter, and half of what a node with a pod gets is for the other one: 1 - 1/4
    // takes a second node.
    EXPECT_NEAR(sum_of(run, NodeRole::entry), 0.75, 1e-12);
    EXPECT_NEAR(sum_of(run, NodeRole::server), 0.75, 1e-12);
    EXPECT_NEAR(sum_of(run, NodeRole::both), 0.25, 1e-12);
    EXPECT_NEAR(class_of(run, 0).between_nodes, 0.75, 1e-12);
    // Of the 100,000 bytes a second that come in, three quarters leave their first node again.
    double out = 0;
    for (const NodeDataPath& row : run.world().data_path.nodes) out += row.bytes_out;
    EXPECT_NEAR(out, 75'000, 1e-6);
}

TEST(LoadBalancers, DPS_22_ThatSendToPodsTakeNoSecondNode) {
    FromOutside f({.kind = BalancerKind::network, .target = BalancerTarget::ip, .is_cross_zone = true});
    TinyRun run = f.s.c.start();
    run.until(1_min);
    EXPECT_NEAR(sum_of(run, NodeRole::server), 1, 1e-12);
    EXPECT_EQ(sum_of(run, NodeRole::entry), 0);
    EXPECT_EQ(class_of(run, 0).between_nodes, 0);
    FromOutside instance({.kind = BalancerKind::network, .target = BalancerTarget::instance, .is_cross_zone = true});
    TinyRun other = instance.s.c.start();
    other.until(1_min);
    EXPECT_GT(class_of(other, 0).connect_us, class_of(run, 0).connect_us + 150);  // a round trip in the zone at least
}

TEST(LoadBalancers, ThatSendToNodesWithAPodAloneKeepConnectionsThere) {  // externalTrafficPolicy Local
    FromOutside f({.target = BalancerTarget::instance, .is_cross_zone = true, .is_local = true});
    TinyRun run = f.s.c.start();
    run.until(1_min);
    EXPECT_NEAR(sum_of(run, NodeRole::both), 1, 1e-12);
    EXPECT_EQ(sum_of(run, NodeRole::entry) + sum_of(run, NodeRole::server), 0);
}

TEST(LoadBalancers, DPS_4_ConnectionsToPodsThemselvesSlowDownWithServicesToo) {
    const auto connect_us = [](double services) {
        FromOutside f({.target = BalancerTarget::ip});
        f.s.c.spec.data_paths.coefficients[datapath::Coefficient::heat] = 0;
        f.s.set_other_services(services, 1);
        TinyRun run = f.s.c.start();
        run.until(1_min);
        return class_of(run, 0).connect_us;
    };
    // DPD-3: they match no Service and walk all N rules, 4.8 ns each where there are no comments, times 1 + s_idle at
    // low load.
    EXPECT_NEAR((connect_us(12'000) - connect_us(2000)) / 10'000 * 1000, 4.8 * 1.45, 0.1);
}

TEST(LoadBalancers, TargetsOutliveTheirPodsByTheLagOfTheBalancer) {
    FromOutside f({.target = BalancerTarget::ip});
    f.s.c.spec.data_paths.target_lag = 8_s;
    f.s.c.scale_at(2_min, f.s.servers, 1);
    TinyRun run = f.s.c.start();
    run.until(2_min + 5_s);
    EXPECT_NEAR(failing_by(run, by_dead_endpoint, 0), 0.5, 1e-9);
    run.until(2_min + 10_s);
    EXPECT_EQ(failing_by(run, by_dead_endpoint, 0), 0);
}

TEST(LoadBalancers, DPC_55_WithoutAReplacementInTheAgentNodePortsAreDeadAndClusterIpsAreNot) {
    FromOutside f({.target = BalancerTarget::instance, .is_cross_zone = true});
    TinyRun run = f.s.c.start();
    run.apply([](const Spec& spec, World& world, Turn& turn) {
        for (const NodeId id : world.node_order)
            migrate_data_path(spec, world, turn, id, datapath::MigrationState::no_replacement_in_agent);
    });
    run.until(1_min);
    EXPECT_GT(failing_by(run, static_cast<std::size_t>(FailureCause::rule), 0), 0.74);

    PathCluster inside(2, 1, 1);
    inside.add_calls(10, {});
    TinyRun other = inside.c.start();
    other.apply([](const Spec& spec, World& world, Turn& turn) {
        for (const NodeId id : world.node_order)
            migrate_data_path(spec, world, turn, id, datapath::MigrationState::no_replacement_in_agent);
    });
    other.until(1_min);
    EXPECT_EQ(class_of(other).failing_share(), 0);
}

}  // namespace
}  // namespace eks::testing
