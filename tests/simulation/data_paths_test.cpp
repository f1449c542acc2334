// Data paths in a run: what a connection costs, what fails and for how long. Expected values come from the rules'
// formulas and from counting.
#include "models/systems/datapath/failure.hpp"
#include "models/systems/datapath/latency.hpp"
#include "tests/support/path_cluster.hpp"

#include <cmath>

namespace eks::testing {
namespace {

using datapath::FailureCause;
using datapath::MigrationState;
using datapath::Mode;

constexpr auto by_dead_endpoint = static_cast<std::size_t>(FailureCause::endpoint);
constexpr auto by_rule = static_cast<std::size_t>(FailureCause::rule);
constexpr auto by_table = static_cast<std::size_t>(FailureCause::table);

// 200 requests a second between pods of two nodes, each on a connection of its own.
double connect_us(Mode mode, double other_services, double heat) {
    PathCluster s(2, 1, 1, mode);
    s.c.spec.data_paths.coefficients[datapath::Coefficient::heat] = heat;
    s.set_other_services(other_services, 1);
    s.add_calls(200, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    return class_of(run).connect_us;
}

TEST(DataPaths, DPS_1_ConnectingTakesLongerWithEachService) {
    // The first packet walks to the Service's place on the client's node and past all of them on the other: with a
    // place drawn evenly between 0 and N, between N and 2 N rules. Far from saturation all work takes about (1 +
    // s_idle) of what it takes in the table (DPC-15).
    struct Row {
        Mode mode;
        double ns;  // warm
    };
    for (const Row& row : {Row{Mode::iptables_legacy, 4.8}, Row{Mode::iptables_nft, 19}, Row{Mode::nftables, 0},
                           Row{Mode::ebpf_host_routing, 0}}) {
        // Above 1000 endpoints kube-proxy writes no comments (DPD-4): both lie there.
        const double few = connect_us(row.mode, 2000, 0);
        const double many = connect_us(row.mode, 12'000, 0);
        const double per_service_ns = (many - few) / 10'000 * 1000 / 1.45;
        EXPECT_GE(per_service_ns, row.ns * 0.98) << static_cast<int>(row.mode);
        EXPECT_LE(per_service_ns, row.ns * 2 * 1.02 + 1e-9) << static_cast<int>(row.mode);
    }
}

TEST(DataPaths, DPS_2_AnOpenConnectionDoesNotCareHowManyServicesThereAre) {
    const auto request_us = [](double services) {
        PathCluster s(2, 1, 1);
        s.set_other_services(services, 1);
        s.add_calls(200, {.requests = 100, .hold = 60_s});
        TinyRun run = s.c.start();
        run.until(1_min);
        return class_of(run).request_us;
    };
    EXPECT_NEAR(request_us(30'000) / request_us(1), 1, 0.02);
}

TEST(DataPaths, DPS_10_OneOfTwoEndpointsThatIsSilentTakesHalfOfAllConnections) {
    PathCluster s(3, 1, 2);
    s.add_calls(100, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    EXPECT_EQ(class_of(run).failing_share(), 0);
    // The machine of one of them stops; the control plane misses it 40 s later (NODE-2).
    NodeId node;
    for (const PodId pod : run.pods_of(s.servers)) {
        const NodeId its = run.pod(pod).node;
        if (run.pod(run.pods_of(s.callers).front()).node != its) node = its;
    }
    run.apply([&](const Spec& spec, World& world, Turn& turn) { stop_machine(spec, world, turn, node); });
    run.until(70_s);
    EXPECT_NEAR(failing_by(run, by_dead_endpoint), 0.5, 1e-9);
    // A client waits for its SYNs: 1 + 2 + 4 + ... s (DPC-67).
    EXPECT_NEAR(class_of(run).wait_seconds, 127, 1e-6);
    run.until(3_min);
    EXPECT_EQ(failing_by(run, by_dead_endpoint), 0);
}

TEST(DataPaths, DPS_24_WithoutPreStopConnectionsFailUntilTheRulesAreWritten) {
    // 20000 Services with two endpoints: a sync takes 0.005 + 3.5e-6 R + 8e-6 N s with R = 8 N (DPC-50).
    PathCluster s(3, 1, 4);
    s.set_other_services(20'000, 2);
    s.add_calls(100, {});
    s.c.scale_at(2_min, s.servers, 3);
    TinyRun run = s.c.start();
    run.until(2_min + 50_ms);
    EXPECT_NEAR(failing_by(run, by_dead_endpoint), 0.25, 1e-9);  // of four endpoints one has stopped at once
    const double sync = 0.005 + 3.5e-6 * (20'001 * 8) + 8e-6 * 20'001;
    run.until(5_min);
    EXPECT_EQ(failing_by(run, by_dead_endpoint), 0);
    ASSERT_FALSE(run.all<RulesWrittenFact>().empty());  // once more when the pod is gone
    EXPECT_NEAR(run.all<RulesWrittenFact>().front().fact.took.in_seconds(), sync, 0.001);
    // Until then: the slice's own way to the nodes, and the sync.
    const double lag = run.all<RulesWrittenFact>().front().fact.lag.in_seconds();
    EXPECT_GT(lag, sync);
    EXPECT_LT(lag, sync + 0.2);
}

TEST(DataPaths, APreStopLongerThanTheLagSparesThemAll) {
    PathCluster s(3, 1, 4);
    s.c.pod_of(s.servers).containers.front().pre_stop = 10_s;
    s.set_other_services(20'000, 2);
    s.add_calls(100, {});
    s.c.scale_at(2_min, s.servers, 3);
    TinyRun run = s.c.start();
    for (sim::Duration t = 2_min; t < 3_min; t += 500_ms) {
        run.until(t);
        EXPECT_EQ(class_of(run).failing_share(), 0) << sim::to_text(t);
    }
}

TEST(DataPaths, DPS_12_WithoutRulesOpenConnectionsGoOnAndNewOnesFail) {
    // DPC-55: rules flushed. Of keep-alive callers those whose connection ends find no other: after as long as a
    // connection lasts, 1 - 1/e of them.
    PathCluster s(2, 2, 2);
    s.add_calls(100, {.requests = 101, .hold = 60_s});
    TinyRun run = s.c.start();
    run.until(2_min);
    EXPECT_EQ(class_of(run).requests_failing, 0);
    run.apply([](const Spec& spec, World& world, Turn& turn) {
        for (const NodeId id : world.node_order)
            migrate_data_path(spec, world, turn, id, MigrationState::rules_flushed);
    });
    run.until(2_min + 1_s);
    EXPECT_NEAR(failing_by(run, by_rule), 1, 1e-12);
    EXPECT_LT(class_of(run).requests_failing, 0.1);
    run.until(3_min);
    EXPECT_NEAR(class_of(run).requests_failing, 1 - std::exp(-1), 0.06);  // looked at each 15 s
    run.until(10_min);
    EXPECT_GT(class_of(run).requests_failing, 0.99);
    EXPECT_TRUE(run.all<ConnectionsResetFact>().empty());
    run.apply([](const Spec& spec, World& world, Turn& turn) {
        for (const NodeId id : world.node_order)
            migrate_data_path(spec, world, turn, id, MigrationState::kube_proxy_live);
    });
    run.until(12_min);
    EXPECT_EQ(class_of(run).failing_share(), 0);
    EXPECT_LT(class_of(run).requests_failing, 1e-3);
}

TEST(DataPaths, DPC_55_ARebootResetsThemToo) {
    PathCluster s(2, 2, 2);
    s.add_calls(100, {.requests = 101, .hold = 60_s});
    TinyRun run = s.c.start();
    run.until(2_min);
    run.apply([](const Spec& spec, World& world, Turn& turn) {
        for (const NodeId id : world.node_order)
            migrate_data_path(spec, world, turn, id, MigrationState::flushed_and_rebooted);
    });
    run.until(2_min + 1_s);
    EXPECT_GT(class_of(run).requests_failing, 0.98);
    // Little's law: 100/101 new ones a second, for 60 s each.
    double reset = 0;
    for (const auto& seen : run.all<ConnectionsResetFact>()) reset += static_cast<double>(seen.fact.connections);
    EXPECT_NEAR(reset, 100.0 / 101 * 60, 1.01);
}

TEST(DataPaths, DPS_13_SwitchingOverLiveConnectionsResetsAShareOfThem) {
    PathCluster s(2, 2, 2);
    s.c.spec.data_paths.picked_up_share = 0.25;
    s.add_calls(100, {.requests = 101, .hold = 60_s});
    TinyRun run = s.c.start();
    run.until(2_min);
    run.apply([](const Spec& spec, World& world, Turn& turn) {
        for (const NodeId id : world.node_order)
            migrate_data_path(spec, world, turn, id, MigrationState::replaced_over_live);
    });
    run.until(2_min + 1_s);
    double reset = 0;
    for (const auto& seen : run.all<ConnectionsResetFact>()) reset += static_cast<double>(seen.fact.connections);
    EXPECT_NEAR(reset, 0.25 * 100.0 / 101 * 60, 1.01);
    EXPECT_EQ(class_of(run).failing_share(), 0);
}

TEST(DataPaths, DPS_7_ATableThatIsFullRefusesNewConnectionsAlone) {
    // One node with callers, 5000 short connections a second, a limit of 131072: full after 26.2 s, nothing until the
    // first entries expire after 120 s, then 131072/120/5000 of them.
    PathCluster s(2, 1, 1);
    s.add_calls(5000, {});
    TinyRun run = s.c.start();
    const auto refused = [&] { return failing_by(run, by_table); };
    run.until(26_s);
    EXPECT_EQ(refused(), 0);
    run.until(27_s);
    EXPECT_NEAR(refused(), 1, 1e-9);
    run.until(119_s);
    EXPECT_NEAR(refused(), 1, 1e-9);
    run.until(3_min);
    // What finds no entry on the client's node never comes to the other one.
    EXPECT_NEAR(1 - refused(), 131072.0 / 120 / 5000, 0.01);
}

TEST(DataPaths, WhatATableHoldsIsToldWhileItFills) {
    PathCluster s(2, 1, 1);
    s.add_calls(1000, {});
    TinyRun run = s.c.start();
    run.until(10_min);
    std::int64_t sum = 0;
    std::int64_t most = 0;
    std::size_t looks = 0;
    const NodeId node = run.world().data_path.nodes[class_of(run).nodes.front()].node;
    for (const auto& seen : run.all<NodeNetworkFact>()) {
        if (seen.fact.node != node) continue;
        sum += seen.fact.table_entries[0];
        EXPECT_GE(sum, 0);
        most = std::max(most, sum);
        ++looks;
    }
    EXPECT_EQ(sum, 1000 * 120);
    EXPECT_EQ(most, sum);
    EXPECT_GE(looks, 12U);  // each 10 s of the 120
    EXPECT_LT(looks, 20U);
}

TEST(DataPaths, DPC_64_RetriesAndWhatTheyMakeFailAgree) {
    // A table that gives out C = 12000/120 entries a second, asked for 150 connections, each of which is tried once
    // more if it fails: f = 1 - C / (150 (1 + f)), so that (1 + f)(1 - f) = 2/3 and f = 1/sqrt(3).
    PathCluster s(2, 1, 1);
    s.c.spec.data_paths.kube_proxy.conntrack_min = 12'000;
    s.c.spec.data_paths.kube_proxy.conntrack_max_per_core = 0;
    s.add_calls(150, {}).request.retries = 1;
    TinyRun run = s.c.start();
    run.until(10_min);
    EXPECT_NEAR(failing_by(run, by_table), 1 / std::sqrt(3.0), 0.01);
    EXPECT_NEAR(class_of(run).attempts, 150 * (1 + 1 / std::sqrt(3.0)), 1.5);
}

TEST(DataPaths, DPC_54_ANodeThatJoinsReachesNoServiceBeforeItsFirstSync) {
    // nftables, 10000 Services with one endpoint: the formula of DPC-50 with M = 7 N.
    PathCluster s(1, 1, 1, Mode::nftables);
    const WorkloadIx proxy = s.c.add_daemon_set("kube-proxy");
    s.c.spec.dns.kube_proxy = proxy;
    s.set_other_services(10'000, 1);
    s.add_calls(10, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    EXPECT_EQ(class_of(run).failing_share(), 0);
    const NodeId first = run.node();
    run.end(first);
    sim::Time came = sim::Time::never();
    sim::Time worked = sim::Time::never();
    for (sim::Duration t = 1_min; t < 20_min; t += 100_ms) {
        run.until(t);
        for (const NodeDataPath& row : run.world().data_path.nodes) {
            if (row.node == first || !run.world().nodes.contains(row.node)) continue;
            if (row.services == ServicePath::coming) came = std::min(came, run.now());
            if (row.services == ServicePath::rules) worked = std::min(worked, run.now());
        }
    }
    ASSERT_NE(worked, sim::Time::never());
    const double n = 10'001;
    const double m = n * 7;
    EXPECT_NEAR((worked - came).in_seconds(), (25e-6 + 1.2e-8 * n) * m, 0.3);
}

TEST(DataPaths, DPS_17_ASyncLongerThanAnAddressRestsLeadsToStrangers) {
    // iptables-nft, 5000 Services: one changed service takes 50 to 110 us x N, so make a full resync of it: 30 us x R +
    // 3.3e-8 N R with R = 11 N takes longer than 30 s.
    PathCluster s(3, 1, 4, Mode::iptables_nft);
    s.set_other_services(10'000, 3);
    s.c.spec.data_paths.kube_proxy.full_sync_period = 0_s;  // each sync is a full one
    s.add_calls(100, {});
    s.c.scale_at(2_min, s.servers, 3);
    TinyRun run = s.c.start();
    run.until(2_min + 20_s);
    EXPECT_NEAR(failing_by(run, by_dead_endpoint), 0.25, 1e-9);
    EXPECT_EQ(class_of(run).wrong_pod, 0);
    run.until(2_min + 33_s);
    EXPECT_NEAR(class_of(run).wrong_pod, 0.25, 1e-9);
    run.until(10_min);
    EXPECT_EQ(class_of(run).wrong_pod, 0);
}

// What a reader found: each of these went wrong once.

TEST(DataPaths, DPS_21_CreditsAreSpentAndTheBaselineIsLeft) {
    // 100 MB/s each way where 50 MB/s last and 200 MB/s are sold: a credit of 150 MB/s x 5 min is spent 50 MB/s above
    // the baseline, in 15 minutes.
    PathCluster s(2, 1, 1);
    for (NodeShape& shape : s.c.spec.shapes) {
        shape.network_bytes_per_second = 200'000'000;
        shape.network_baseline_bytes_per_second = 50'000'000;
    }
    s.c.spec.data_paths.allowances.credit_minutes = 5;
    s.c.pod_of(s.callers).containers.front().requests.cpu_milli = 1100;
    s.c.pod_of(s.servers).containers.front().requests.cpu_milli = 1100;
    s.add_calls(100, {.requests = 1000, .hold = 60_s}).request.bytes_out = 1'000'000;
    TinyRun run = s.c.start();
    const auto lost = [&] {
        double most = 0;
        for (const NodeDataPath& row : run.world().data_path.nodes) most = std::max(most, row.lost_share);
        return most;
    };
    run.until(14_min);
    EXPECT_EQ(lost(), 0);
    run.until(16_min);
    EXPECT_NEAR(lost(), 0.5, 0.01);
    const std::uint64_t events = run.simulation().events();
    run.until(1_h);
    EXPECT_LT(run.simulation().events(), events + 1000);
}

TEST(DataPaths, ANodeThatGoesLeavesNothingBehind) {
    PathCluster s(3, 2, 2);
    s.add_calls(100, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    for (int round = 0; round < 6; ++round) {
        run.end(run.node());
        run.until(sim::Duration::minutes(10 * (round + 1)));
    }
    // A frozen group for each end of a kube-proxy would be a leak; there is none at all here, and rows are of live
    // nodes.
    EXPECT_LE(run.world().data_path.groups.size(), 3U);
    std::array<std::int64_t, datapath::part_count> told{};
    for (const auto& seen : run.all<NodeNetworkFact>())
        for (std::size_t i = 0; i < told.size(); ++i) told[i] += seen.fact.micro_cores[i];
    double cores = 0;
    std::int64_t sum = 0;
    for (const NodeDataPath& row : run.world().data_path.nodes)
        for (const double part : row.cores) cores += part;
    for (const std::int64_t part : told) sum += part;
    EXPECT_NEAR(static_cast<double>(sum) / 1e6, cores, 1e-4);
}

TEST(DataPaths, KernelsOfNodesThatComeAndGoAreNotKept) {
    PathCluster s(3, 2, 2);
    const WorkloadIx proxy = s.c.add_daemon_set("kube-proxy");
    s.c.spec.dns.kube_proxy = proxy;
    s.add_calls(100, {});
    for (int i = 1; i < 20; ++i) s.c.scale_at(sim::Duration::minutes(5 * i), s.servers, 2 + i % 2);
    TinyRun run = s.c.start();
    for (int round = 0; round < 15; ++round) {
        run.until(sim::Duration::minutes(5 * (round + 1)));
        run.end(run.node());
    }
    run.until(100_min);
    EXPECT_LE(run.world().data_path.groups.size(), 5U);
    EXPECT_EQ(class_of(run).failing_share(), 0);
    for (const EndpointCounts& counts : run.world().data_path.services) EXPECT_TRUE(counts.ends.empty());
}

TEST(DataPaths, PodsThatEndSlowlyDoNotHideThoseThatEndAtOnce) {
    // Two of six pods are told to stop and take 20 s for it; the machine of others stops in the meantime, of which the
    // control plane hears after 40 s, when the first two have long been forgotten by the rules.
    PathCluster s(6, 1, 6);
    s.c.pod_of(s.servers).containers.front().pre_stop = 90_s;
    s.c.pod_of(s.servers).termination_grace = 120_s;
    s.c.pod_of(s.servers).containers.front().requests.cpu_milli = 1100;
    s.add_calls(100, {});
    s.c.scale_at(1_min, s.servers, 4);
    TinyRun run = s.c.start();
    run.until(70_s);
    EXPECT_EQ(class_of(run).failing_share(), 0);
    const WorkloadState& state = run.world()[s.servers];
    ASSERT_EQ(state.ready, 4);
    NodeId node;
    for (const PodId pod : run.pods_of(s.servers)) {
        const NodeId its = run.pod(pod).node;
        const bool has_caller = run.pod(run.pods_of(s.callers).front()).node == its;
        if (run.pod(pod).stage == PodStage::ready && !has_caller) node = its;
    }
    run.apply([&](const Spec& spec, World& world, Turn& turn) { stop_machine(spec, world, turn, node); });
    run.until(80_s);
    EXPECT_NEAR(failing_by(run, by_dead_endpoint), 0.25, 1e-9);
}

TEST(DataPaths, DPC_55_AMachineThatComesBackHasNoRulesUntilKubeProxyHasWrittenThem) {
    PathCluster s(2, 2, 2, Mode::nftables);
    s.c.spec.dns.kube_proxy = s.c.add_daemon_set("kube-proxy");
    s.set_other_services(10'000, 1);
    s.add_calls(100, {.requests = 101, .hold = 60_s});
    TinyRun run = s.c.start();
    run.until(1_min);
    const NodeId node = run.node();
    run.apply([&](const Spec& spec, World& world, Turn& turn) { stop_machine(spec, world, turn, node); });
    run.until(70_s);
    EXPECT_EQ(run.world().data_path.nodes[node.slot].services, ServicePath::none);
    run.apply([&](const Spec& spec, World& world, Turn& turn) { start_machine(spec, world, turn, node); });
    bool was_coming = false;
    for (sim::Duration t = 70_s; t < 10_min; t += 500_ms) {
        run.until(t);
        was_coming = was_coming || run.world().data_path.nodes[node.slot].services == ServicePath::coming;
    }
    EXPECT_TRUE(was_coming);
    EXPECT_EQ(run.world().data_path.nodes[node.slot].services, ServicePath::rules);
}

TEST(DataPaths, NodesWithoutRulesAreTold) {
    PathCluster s(2, 1, 1);
    s.add_calls(100, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    const auto without = [&] {
        std::int64_t sum = 0;
        for (const auto& seen : run.all<NodeNetworkFact>()) sum += seen.fact.without_rules;
        return sum;
    };
    EXPECT_EQ(without(), 0);
    run.apply([](const Spec& spec, World& world, Turn& turn) {
        migrate_data_path(spec, world, turn, world.node_order.front(), MigrationState::rules_flushed);
    });
    run.until(2_min);
    EXPECT_EQ(without(), 1);
}

TEST(DataPaths, DPC_38_ServicesBeyondTheMapAreDead) {
    // 40000 x (1 + 4) entries where 65536 fit: 13107 Services are there, and ours is one of the others or not.
    int dead = 0;
    constexpr int seeds = 40;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        PathCluster s(2, 1, 1, Mode::ebpf_host_routing);
        s.set_other_services(40'000, 4);
        s.add_calls(10, {});
        TinyRun run = s.c.start(seed);
        run.until(1_min);
        dead += failing_by(run, by_rule) > 0.5 ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(dead) / seeds, 1 - 13107.0 / 40'001, 0.25);
}

TEST(DataPaths, DPC_60_61_EventsComeWithChangesAndNotWithRequests) {  // DPC-60, DPC-61
    const auto events = [](double per_second) {
        PathCluster s(3, 2, 2);
        s.add_calls(per_second, {});
        TinyRun run = s.c.start();
        run.until(1_h);
        return run.simulation().events();
    };
    // While a table fills it is looked at a dozen times in the hold of its entries.
    EXPECT_LE(events(10), 2U);
    EXPECT_LE(events(900), 2U + 12);
}

TEST(DataPaths, DPC_62_AChangeTouchesTheNodesOfItsClassesAlone) {  // DPC-62
    // Ten nodes, of which the callers and endpoints of the class are on few; another class has none of them.
    PathCluster s(10, 1, 1);
    s.add_calls(100, {});
    s.c.spec.traffic.classes[0].rate.points = {{0_s, 100}, {2_min, 200}};
    TinyRun run = s.c.start();
    run.until(1_min);
    const std::size_t before = run.all<NodeNetworkFact>().size();
    run.until(3_min);
    const std::vector<std::uint32_t>& nodes = class_of(run).nodes;
    EXPECT_LE(nodes.size(), 2U);
    const auto told = run.all<NodeNetworkFact>();
    EXPECT_GE(told.size(), before + nodes.size());
    for (std::size_t i = before; i < told.size(); ++i)
        EXPECT_TRUE(std::ranges::find(nodes, told[i].fact.node.slot) != nodes.end());
}

TEST(DataPaths, DPC_63_ATableKeepsRatesAndNoConnections) {  // DPC-63
    PathCluster s(2, 1, 1);
    s.add_calls(100, {});
    auto& points = s.c.spec.traffic.classes[0].rate.points;
    for (int i = 1; i < 100; ++i) points.push_back({sim::Duration::seconds(10 * i), 100.0 + i});
    TinyRun run = s.c.start();
    run.until(20_min);
    for (const NodeDataPath& row : run.world().data_path.nodes)
        // Twelve changes of rate in the two minutes that an entry stays, and the one that held before them.
        for (const TableFill& table : row.tables) EXPECT_LE(table.entered.size(), 14U);
}

TEST(DataPaths, DPC_2_DPC_34_AFullTableCostsNoTime) {  // DPC-2, DPC-34
    const auto connect_us = [](double limit) {
        PathCluster s(2, 1, 1);
        s.c.spec.data_paths.kube_proxy.conntrack_min = limit;
        s.c.spec.data_paths.kube_proxy.conntrack_max_per_core = 0;
        s.add_calls(100, {});
        TinyRun run = s.c.start();
        run.until(5_min);
        const NodeDataPath& row = run.world().data_path.nodes[class_of(run).nodes.front()];
        return std::pair(
            class_of(run).connect_us,
            datapath::entries_at(row.tables[static_cast<std::size_t>(NodeTable::conntrack)], run.now()) / limit);
    };
    const auto [empty_us, little] = connect_us(12'000'000);
    const auto [full_us, much] = connect_us(12'000.001);
    EXPECT_LT(little, 0.01);
    EXPECT_GT(much, 0.99);
    EXPECT_EQ(empty_us, full_us);
}

// The slow version: everything worked out anew. It must find what the changes have led to, to the last bit.
TEST(DataPaths, WhatChangesLeadToIsWhatALookAtEverythingFinds) {
    PathCluster s(6, 5, 7);
    s.set_other_services(3000, 2);
    s.add_calls(300, {.requests = 20, .hold = 30_s});
    s.c.spec.traffic.classes[0].rate.points = {{0_s, 300}, {90_s, 700}, {200_s, 100}};
    s.c.scale_at(1_min, s.servers, 12);
    s.c.scale_at(150_s, s.servers, 4);
    s.c.scale_at(4_min, s.callers, 9);
    TinyRun run = s.c.start();
    for (sim::Duration t = 10_s; t < 6_min; t += 7_s) {
        run.until(t);
        TinyRun by_change = run;
        TinyRun again = run;
        by_change.apply([](const Spec& spec, World& world, Turn& turn) { connections_change(spec, world, turn); });
        again.apply([](const Spec& spec, World& world, Turn& turn) {
            for (RuleGroup& group : world.data_path.groups) group.work.clear();
            for (ClassDataPath& one : world.data_path.classes) one.is_due = true;
            connections_change(spec, world, turn);
        });
        const DataPathState& before = by_change.world().data_path;
        const DataPathState& after = again.world().data_path;
        for (std::size_t i = 0; i < before.nodes.size(); ++i) {
            EXPECT_EQ(before.nodes[i].load, after.nodes[i].load) << sim::to_text(t);
            EXPECT_EQ(before.nodes[i].cores, after.nodes[i].cores) << sim::to_text(t);
            EXPECT_EQ(before.nodes[i].shares, after.nodes[i].shares) << sim::to_text(t);
        }
        for (std::size_t k = 0; k < before.classes.size(); ++k) {
            EXPECT_EQ(before.classes[k].connect_us, after.classes[k].connect_us) << sim::to_text(t);
            EXPECT_EQ(before.classes[k].failing, after.classes[k].failing) << sim::to_text(t);
        }
    }
}

}  // namespace
}  // namespace eks::testing
