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

TEST(LoadBalancers, DPS_22_BytesThatGoOnToAnotherZoneAreOnTheBill) {
    // Two zones with a node each, the pod in one of them: half of all connections come in at the other.
    FromOutside f({.target = BalancerTarget::instance, .is_cross_zone = true});
    f.s.c.spec.node_groups.clear();
    f.s.c.spec.shapes.clear();
    f.s.c.add_zone(20);
    f.s.c.add_nodes(1, {.group = "a", .max_enis = 3, .ipv4_per_eni = 15});
    f.s.c.add_nodes(1, {.group = "b", .zone = 1, .subnet = 1, .max_enis = 3, .ipv4_per_eni = 15});
    for (NodeShape& shape : f.s.c.spec.shapes) shape.vcpus = 2;
    f.s.c.at(f.s.servers).replicas = 1;
    TinyRun run = f.s.c.start();
    run.until(1_min);
    EXPECT_NEAR(class_of(run, 0).between_zones, 0.5, 1e-12);
    EXPECT_NEAR(run.world().traffic.transfer.cross_zone, 0.5 * 100 * 1000, 1e-6);
}

TEST(LoadBalancers, DPS_22_BytesOfPodsThatAskOneAreBilledOnBothLegs) {
    // Clients in both zones, the pod in one of them. Half come in at the other zone's node, and half go on to the pod
    // from there: a whole crossing for each, where pods that ask the pod itself cross in half of the cases.
    for (const bool is_sent_round : {true, false}) {
        PathCluster s(0, 2, 1);
        s.c.add_zone(20);
        s.c.add_nodes(1, {.group = "a", .max_enis = 3, .ipv4_per_eni = 15});
        s.c.add_nodes(1, {.group = "b", .zone = 1, .subnet = 1, .max_enis = 3, .ipv4_per_eni = 15});
        for (NodeShape& shape : s.c.spec.shapes) shape.vcpus = 2;
        s.c.pod_of(s.callers).containers.front().requests.cpu_milli = 1100;
        s.add_calls(100, {}).request.bytes_in = 1000;
        if (is_sent_round) {
            s.c.spec.load_balancers.push_back({.target = BalancerTarget::instance, .is_cross_zone = true});
            s.c.spec.load_balancers.back().services = {0};
            s.c.spec.traffic.classes[PathCluster::calls].balancer = 0;
        }
        TinyRun run = s.c.start();
        run.until(1_min);
        EXPECT_NEAR(run.world().traffic.transfer.cross_zone, (is_sent_round ? 1 : 0.5) * 100 * 1000, 1e-6);
    }
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

TEST(LoadBalancers, BringConnectionsInAtNodesThatJoin) {
    FromOutside f({.target = BalancerTarget::instance, .is_cross_zone = true});
    TinyRun run = f.s.c.start();
    run.until(1_min);
    // A node without a pod of the Service ends; its group launches another, which may get the same row.
    NodeId idle;
    for (const NodeId id : run.world().node_order) {
        bool has_pod = false;
        for (const PodId pod : run.pods_of(f.s.servers)) has_pod = has_pod || run.pod(pod).node == id;
        if (!has_pod) idle = id;
    }
    run.end(idle);
    run.until(20_min);
    ASSERT_EQ(run.world().node_order.size(), 4U);
    for (const NodeId id : run.world().node_order) {
        const NodeDataPath& row = run.world().data_path.nodes[id.slot];
        ASSERT_EQ(row.node, id);
        ASSERT_EQ(row.shares.size(), 1U);
        const auto& roles = row.shares.front().roles;
        EXPECT_NEAR(roles[static_cast<std::size_t>(NodeRole::entry)] + roles[static_cast<std::size_t>(NodeRole::both)],
                    0.25, 1e-12);
    }
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

// FR-30: without its controller a load balancer finds out by its own checks who is gone, after 30 s, and nobody tells
// it who has come; that waits until the controller is back.
TEST(LoadBalancers, WithoutTheirControllerNobodyRegistersTargets) {
    FromOutside f({.target = BalancerTarget::ip});
    f.s.c.add_nodes(1);
    const WorkloadIx controller = f.s.c.add_deployment("controller", 1);
    f.s.c.spec.identity.balancer_controller = controller;
    f.s.c.scale_at(1_min, controller, 0);
    f.s.c.scale_at(2_min, f.s.servers, 1);
    f.s.c.scale_at(4_min, f.s.servers, 3);
    f.s.c.scale_at(10_min, controller, 1);
    TinyRun run = f.s.c.start();
    const auto targets = [&] { return run.world().data_path.groups.front().kernel[0].endpoints(); };
    run.until(2_min + 20_s);
    EXPECT_NEAR(failing_by(run, by_dead_endpoint, 0), 0.5, 1e-9);
    run.until(2_min + 40_s);
    EXPECT_EQ(failing_by(run, by_dead_endpoint, 0), 0);
    run.until(9_min);
    EXPECT_EQ(run.world()[f.s.servers].ready, 3);
    EXPECT_EQ(targets(), 1U);
    run.until(11_min);
    EXPECT_EQ(targets(), 3U);
}

// Pods that ask their own Service by its load balancer, which keeps their address: one for each of two nodes of four.
struct SentRound {
    FromOutside f;
    explicit SentRound(const LoadBalancer& balancer) : f(balancer) {
        TrafficClass& outside = f.s.c.spec.traffic.classes.front();
        outside.connections.is_said = false;
        TrafficClass call = outside;
        call.from = f.s.servers;
        call.per_request = 0.5;
        call.rate = {};
        call.connections.is_said = true;
        f.s.c.spec.traffic.classes.push_back(call);
    }
    double failing() {
        TinyRun run = f.s.c.start();
        run.until(1_min);
        return failing_by(run, by_dead_endpoint, 1);
    }
};

TEST(LoadBalancers, DPS_22_AClientThatIsItsOwnTargetCannotReachItself) {
    const LoadBalancer nodes{.target = BalancerTarget::instance, .is_cross_zone = true, .keeps_client_address = true};
    EXPECT_NEAR(SentRound(nodes).failing(), 0.25, 1e-12);  // each node takes a quarter, the client's too
    const LoadBalancer pods{.target = BalancerTarget::ip, .is_cross_zone = true, .keeps_client_address = true};
    EXPECT_NEAR(SentRound(pods).failing(), 0.5, 1e-12);  // one of two pods is the client
    for (LoadBalancer hides : {nodes, pods}) {
        hides.keeps_client_address = false;
        EXPECT_EQ(SentRound(hides).failing(), 0);
    }
    // And what comes from other pods' nodes is not lost: the share of each connection at its client, entry and server.
    SentRound round(nodes);
    TinyRun run = round.f.s.c.start();
    run.until(1_min);
    double clients = 0;
    double entries = 0;
    for (const NodeDataPath& row : run.world().data_path.nodes)
        for (const ClassShare& share : row.shares) {
            clients += share.roles[static_cast<std::size_t>(NodeRole::client)];
            entries += share.roles[static_cast<std::size_t>(NodeRole::entry)] +
                       share.roles[static_cast<std::size_t>(NodeRole::both)];
        }
    EXPECT_NEAR(clients, 1, 1e-12);
    EXPECT_NEAR(entries, 1, 1e-12);
}

TEST(LoadBalancers, DPD_33_CapacityUnitsCountConnectionsToo) {
    // 100 connections a second: 4 units of an ALB, of which bytes would be 0.36; 0.125 of an NLB's, so that bytes
    // count.
    FromOutside application({.kind = BalancerKind::application, .target = BalancerTarget::ip});
    TinyRun run = application.s.c.start();
    run.until(1_min);
    EXPECT_NEAR(run.world().traffic.transfer.balanced[static_cast<std::size_t>(BalancerKind::application)],
                4 * 1e9 / 3600, 1);
    FromOutside network({.kind = BalancerKind::network, .target = BalancerTarget::ip});
    TinyRun other = network.s.c.start();
    other.until(1_min);
    EXPECT_NEAR(other.world().traffic.transfer.balanced[static_cast<std::size_t>(BalancerKind::network)], 100'000,
                1e-6);
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
