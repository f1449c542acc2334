// What `explain path` and `explain capacity` say of a small cluster. Expected values are the run's own sums, the rules'
// formulas, or counted.
#include "models/planning/explain_path.hpp"

#include "models/planning/autoscaler_story.hpp"
#include "models/planning/explain_capacity.hpp"
#include "models/systems/datapath/latency.hpp"
#include "tests/support/path_cluster.hpp"

#include <numeric>

namespace eks::testing {
namespace {

using datapath::Mode;

PathMoment moment_of(const TinyRun& run) { return {run.spec(), run.world(), run.simulation().key(), run.now()}; }

constexpr const char* from = "Deployment/default/callers";
constexpr const char* to = "Service/default/servers";

PathStory story_of(const TinyRun& run, std::string_view of = from) {
    const auto stories = explain_paths(moment_of(run), of, to);
    EXPECT_TRUE(stories) << (stories ? std::string() : stories.error());
    return stories ? stories->front() : PathStory{};
}

double sum_now(const StageStory& stage) {
    return std::accumulate(stage.hops.begin(), stage.hops.end(), 0.0,
                           [](double sum, const HopStory& hop) { return sum + hop.now_us; });
}

TEST(ExplainPath, TheHopsOfAllNodesMakeTheMeanThatTheRunHas) {
    for (const Mode mode : {Mode::iptables_legacy, Mode::iptables_nft, Mode::nftables, Mode::ipvs, Mode::ebpf_legacy,
                            Mode::ebpf_host_routing}) {
        PathCluster s(3, 2, 4, mode);
        s.set_other_services(3000, 2);
        s.add_calls(2000, {.requests = 3, .hold = 5_s, .layer7 = datapath::Layer7::two_sidecars});
        TinyRun run = s.c.start();
        run.until(1_min);
        const PathStory story = story_of(run);
        double nodes = 0;
        for (const StageStory& stage : story.stages) nodes += stage.share * sum_now(stage);
        // Two round trips for what leaves its node (DPC-18); nothing is lost.
        EXPECT_NEAR(story.network_us, 2 * class_of(run).between_nodes * 150, 1e-6);
        EXPECT_NEAR(nodes + story.network_us, class_of(run).connect_us, 1e-6) << text_of(mode);
        EXPECT_GT(nodes, 50);
    }
}

TEST(ExplainPath, DPC_15_WithoutLoadWorkTakesLongerThanSaturated) {
    PathCluster s(2, 1, 1);
    s.add_calls(10, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    const PathStory story = story_of(run);
    for (const HopStory& hop : story.stages.front().hops) EXPECT_NEAR(hop.idle_us, 1.45 * hop.cpu_us, 1e-9);
}

const StageStory& stage_of(const PathStory& story, std::string_view role) {
    const auto found = std::ranges::find(story.stages, role, &StageStory::role);
    EXPECT_NE(found, story.stages.end()) << role;
    return found != story.stages.end() ? *found : story.stages.front();
}

double rules_walked(const StageStory& stage) {
    for (const HopStory& hop : stage.hops)
        if (hop.place == "services chain") return hop.rules;
    return 0;
}

TEST(ExplainPath, PodsThatAskALoadBalancerMeetItBetweenTheirNodeAndItsTarget) {  // DPS-22
    PathCluster s(3, 2, 2);
    s.add_calls(100, {}).balancer = 0;
    s.c.spec.load_balancers = {{.name = "Service/default/servers",
                                .services = {0},
                                .target = BalancerTarget::instance,
                                .is_cross_zone = true}};
    TinyRun run = s.c.start();
    run.until(1_min);
    const PathStory story = story_of(run);
    EXPECT_FALSE(stage_of(story, "client of the load balancer").service);
    EXPECT_TRUE(stage_of(story, "entry").service);
    double nodes = 0;
    for (const StageStory& stage : story.stages) nodes += stage.share * sum_now(stage);
    // To the load balancer, from it to a node, and on for what leaves that; two round trips of each.
    EXPECT_NEAR(story.network_us, 2 * (2 + class_of(run).between_nodes) * 150, 1e-6);
    EXPECT_NEAR(nodes + story.network_us, class_of(run).connect_us, 1e-6);
    EXPECT_EQ(std::ranges::count(story.network, "network", &HopStory::place), 3);
    EXPECT_TRUE(story.failing.empty());  // it hides the client's address
}

TEST(ExplainPath, DPC_3_ItSaysWhereTheServiceStandsAndHowManyRulesAreWalked) {
    PathCluster s(2, 2, 2);
    s.set_other_services(999, 1);
    s.add_calls(10, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    const PathStory story = story_of(run);
    const StageStory& client = stage_of(story, "client");
    EXPECT_EQ(client.services, 1000);
    EXPECT_EQ(rules_walked(client), client.service->position);
    EXPECT_LE(client.service->position, 1000);
    EXPECT_EQ(rules_walked(stage_of(story, "server")), 1000);  // a stranger there meets them all (DPD-3)
    EXPECT_EQ(client.mode, "iptables-legacy");
    EXPECT_EQ(client.writer, "kube-proxy");
    EXPECT_EQ(client.rules, "live");
    EXPECT_EQ(client.service->known, 2);
}

TEST(ExplainPath, DPC_66_DPC_67_WhatFailsAndHowLongAClientWaits) {
    PathCluster s(2, 1, 1);
    s.add_calls(10, {.connect_timeout_seconds = 4});
    TinyRun run = s.c.start();
    run.until(1_min);
    EXPECT_TRUE(story_of(run).failing.empty());
    run.apply([](const Spec& spec, World& world, Turn& turn) {
        for (const NodeId id : world.node_order)
            migrate_data_path(spec, world, turn, id, datapath::MigrationState::rules_flushed);
    });
    run.until(1_min + 1_s);
    const PathStory story = story_of(run);
    ASSERT_EQ(story.failing.size(), 1U);
    EXPECT_EQ(story.failing.front().cause, "rule");
    EXPECT_EQ(story.failing.front().share, 1);
    EXPECT_EQ(story.failing.front().wait_seconds, 4);
    EXPECT_EQ(story.stages.front().rules, "none");
    EXPECT_EQ(story.stages.front().migration, "rules-flushed");
    const auto lines = to_lines(story);
    EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) {
        return line.find("100% of new connections fail by rule; a client knows after 4 s") != std::string::npos;
    }));
}

TEST(ExplainPath, DPC_53_AnEndpointThatIsGoneAndStillInTheRulesIsStale) {
    PathCluster s(3, 1, 4);
    s.set_other_services(20'000, 2);
    s.add_calls(100, {});
    s.c.scale_at(2_min, s.servers, 3);
    TinyRun run = s.c.start();
    run.until(2_min + 50_ms);
    const PathStory story = story_of(run);
    EXPECT_EQ(story.stages.front().service->known, 4);
    EXPECT_EQ(story.stages.front().service->stale, 1);
    EXPECT_NEAR(story.failing.front().share, 0.25, 1e-9);
    run.until(5_min);
    EXPECT_EQ(story_of(run).stages.front().service->known, 3);
    EXPECT_EQ(story_of(run).stages.front().service->stale, 0);
}

TEST(ExplainPath, DPC_30_DPC_38_ItSaysHowFullTheTablesAre) {
    // 100 short connections a second, for 120 s each, at both ends of one node: one entry each.
    PathCluster s(1, 1, 1);
    s.add_calls(100, {});
    TinyRun run = s.c.start();
    run.until(5_min);
    const std::vector<TableStory> tables = story_of(run).stages.front().tables;
    ASSERT_EQ(tables.size(), 1U);
    EXPECT_EQ(tables.front().table, "conntrack");
    EXPECT_NEAR(tables.front().entries, 12'000, 1);
    EXPECT_EQ(tables.front().limit, 131072);

    // A frontend and two endpoints for each of 3001 Services, in a map of 65536.
    PathCluster e(1, 1, 2, Mode::ebpf_host_routing);
    e.set_other_services(3000, 2);
    e.add_calls(100, {});
    TinyRun with_ebpf = e.c.start();
    with_ebpf.until(5_min);
    const std::vector<TableStory> maps = story_of(with_ebpf).stages.front().tables;
    ASSERT_EQ(maps.size(), 2U);
    EXPECT_EQ(maps[0].table, "BPF connection map");
    EXPECT_EQ(maps[1].table, "LB map");
    EXPECT_NEAR(maps[1].entries, 3001 * 3, 1e-6);
    EXPECT_EQ(maps[1].limit, 65536);
}

TEST(ExplainPath, FromANodeOnlyWhatBeginsThere) {
    PathCluster s(3, 2, 1);
    s.add_calls(100, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    const NodeId node = run.pod(run.pods_of(s.callers).front()).node;
    const std::string name = story_name(run.spec(), run.row(node));
    double share = 0;
    for (const StageStory& stage : story_of(run, name).stages) {
        if (stage.role == "server") continue;
        EXPECT_EQ(stage.nodes, std::vector{name});
        share += stage.share;
    }
    double on_it = 0;
    for (const PodId pod : run.pods_of(s.callers)) on_it += run.pod(pod).node == node ? 0.5 : 0;
    EXPECT_NEAR(share, on_it, 1e-12);
}

TEST(ExplainPath, DPA_6_WhoComparesEbpfIsToldOfTheContradiction) {
    for (const Mode mode : {Mode::iptables_legacy, Mode::ebpf_host_routing}) {
        PathCluster s(2, 1, 1, mode);
        s.add_calls(100, {});
        TinyRun run = s.c.start();
        run.until(1_min);
        const PathStory story = story_of(run);
        const bool says = std::ranges::any_of(
            story.assumptions, [](const std::string& line) { return line.find("DPA-6") != std::string::npos; });
        EXPECT_EQ(says, mode == Mode::ebpf_host_routing);
    }
}

TEST(ExplainPath, AMistypedNameIsAnsweredWithTheRightOne) {
    PathCluster s(2, 1, 1);
    s.add_calls(100, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    const auto wrong_from = explain_paths(moment_of(run), "Deployment/default/caller", to);
    ASSERT_FALSE(wrong_from);
    EXPECT_NE(wrong_from.error().find("did you mean \"Deployment/default/callers\""), std::string::npos)
        << wrong_from.error();
    const auto wrong_to = explain_paths(moment_of(run), from, "Service/default/server");
    ASSERT_FALSE(wrong_to);
    EXPECT_NE(wrong_to.error().find("did you mean \"Service/default/servers\""), std::string::npos);
    // That class says nothing of its connections.
    const auto unseen = explain_paths(moment_of(run), "outside", "default/callers");
    ASSERT_FALSE(unseen);
    EXPECT_NE(unseen.error().find("says nothing of its connections"), std::string::npos) << unseen.error();
}

TEST(ExplainCapacity, DPC_68_CoresByLayerAreThoseOfTheRun) {
    for (const Mode mode : {Mode::iptables_legacy, Mode::nftables, Mode::ebpf_host_routing}) {
        PathCluster s(3, 2, 4, mode);
        s.set_other_services(3000, 2);
        s.add_calls(2000, {.requests = 3, .hold = 5_s, .layer7 = datapath::Layer7::two_sidecars});
        TinyRun run = s.c.start();
        run.until(1_min);
        const auto story = capacity_story(moment_of(run), "");
        ASSERT_TRUE(story);
        EXPECT_EQ(story->nodes.size(), 3U);
        datapath::Work sum;
        for (const NodeDataPath& row : run.world().data_path.nodes) {
            for (const NodeCapacityStory& node : story->nodes) {
                if (node.node != story_name(run.spec(), run.row(row.node))) continue;
                for (std::size_t part = 0; part < datapath::part_count; ++part)
                    EXPECT_NEAR(node.own.cores.parts[part], row.cores[part], 1e-12) << text_of(mode) << part;
                EXPECT_NEAR(node.own.load, row.load, 1e-12);
            }
            for (std::size_t part = 0; part < datapath::part_count; ++part) sum.parts[part] += row.cores[part];
        }
        EXPECT_NEAR(story->cores.total(), sum.total(), 1e-12);
        EXPECT_GT(sum.total(), 0.05);
    }
}

TEST(ExplainCapacity, DPC_68_DPC_31_TheFirstLimitAndTheMultipleAtWhichItBreaks) {
    // 546 short connections a second on a node with callers: half of the 131072 / 120 that conntrack sustains.
    PathCluster s(2, 1, 1);
    s.add_calls(546, {});
    TinyRun run = s.c.start();
    run.until(5_min);
    const auto story = capacity_story(moment_of(run), "");
    ASSERT_TRUE(story);
    const datapath::Capacity& own = story->nodes.front().own;
    EXPECT_EQ(own.limits[own.first].kind, datapath::LimitKind::conntrack);
    EXPECT_NEAR(*own.limits[own.first].multiple, 131072.0 / (546 * 120), 1e-6);
    // Without kube-proxy's rules and its masquerading no connection is tracked there.
    for (const datapath::ModeCapacity& mode : story->modes) {
        const bool has_conntrack = std::ranges::any_of(mode.capacity.limits, [](const datapath::Limit& limit) {
            return limit.kind == datapath::LimitKind::conntrack;
        });
        EXPECT_EQ(has_conntrack, mode.mode != Mode::ebpf_legacy && mode.mode != Mode::ebpf_host_routing);
    }
    EXPECT_EQ(story->modes.size(), datapath::all_modes.size() - 1);
}

TEST(ExplainCapacity, DPS_20_SidecarsGrowWithPodsAndANodesProxyDoesNot) {
    // Eight pods on one node; 60 MB each (DPD-25).
    const auto proxies = [](datapath::Layer7 kind) {
        PathCluster s(1, 3, 5);
        s.add_calls(100, {.layer7 = kind});
        TinyRun run = s.c.start();
        run.until(1_min);
        return capacity_story(moment_of(run), "").value().nodes.front().proxies;
    };
    const auto sidecars = proxies(datapath::Layer7::two_sidecars);
    ASSERT_EQ(sidecars.size(), 1U);
    EXPECT_EQ(sidecars[0].proxies, 8);
    EXPECT_EQ(sidecars[0].memory_mb, 480);
    EXPECT_EQ(sidecars[0].pods_that_fail_together, 1);
    const auto one = proxies(datapath::Layer7::node_proxy);
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].proxies, 1);
    EXPECT_EQ(one[0].memory_mb, 60);
    EXPECT_EQ(one[0].pods_that_fail_together, 8);
    EXPECT_TRUE(proxies(datapath::Layer7::none).empty());
}

TEST(ExplainCapacity, DPD_30_TheResolverTakesSoManyPacketsFromAnEni) {
    // 60 lookups a second of four questions each that go to the VPC: 240 packets of 1024.
    PathCluster s(2, 1, 1);
    s.add_calls(10, {});
    DnsUse use;
    use.workload = s.callers;
    use.lookups_milli_per_second = 60'000;
    use.queries.asked = use.queries.forwarded = 4;
    use.asks_vpc = true;
    s.c.spec.dns.uses = {use};
    TinyRun run = s.c.start();
    run.until(1_min);
    const auto story = capacity_story(moment_of(run), "");
    ASSERT_TRUE(story);
    const NodeCapacityStory& node = story->nodes.front();
    EXPECT_EQ(node.node, story_name(run.spec(), run.row(run.pod(run.pods_of(s.callers).front()).node)));
    const datapath::Limit& first = node.own.limits[node.own.first];
    EXPECT_EQ(first.kind, datapath::LimitKind::resolver);
    EXPECT_NEAR(first.used, 240, 1e-9);
    EXPECT_NEAR(*first.multiple, 1024.0 / 240, 1e-9);
}

TEST(ExplainCapacity, ANodeThatIsNotThereIsAnsweredWithThoseThatAre) {
    PathCluster s(1, 1, 1);
    s.add_calls(100, {});
    TinyRun run = s.c.start();
    run.until(1_min);
    const std::string name = story_name(run.spec(), run.row(run.node()));
    const auto story = capacity_story(moment_of(run), name + "x");
    ASSERT_FALSE(story);
    EXPECT_NE(story.error().find(name), std::string::npos);
    const auto one = capacity_story(moment_of(run), name);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->nodes.size(), 1U);
}

}  // namespace
}  // namespace eks::testing
