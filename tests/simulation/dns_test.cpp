// The cluster's DNS in a run: load, the VPC resolver's limit for each ENI, caches on nodes, autoscalers.
#include "models/world/cluster_dns.hpp"
#include "tests/support/cilium_cluster.hpp"

namespace eks::testing {
namespace {

constexpr DnsQueries external{10, 4};  // DNS-2

struct DnsCluster {
    TinyCluster c;
    WorkloadIx dns;
    WorkloadIx web;
};

// `servers` pods of DNS, and ten pods that look up this many external names a second together.
DnsCluster dns_cluster(std::int32_t nodes, std::int32_t servers, std::int64_t lookups, TinyCluster c = TinyCluster()) {
    c.add_nodes(nodes, {.max_enis = 1, .ipv4_per_eni = 15});
    DnsCluster made;
    made.dns = c.add_deployment("coredns", servers);
    made.web = c.add_deployment("web", 10);
    c.spec.dns.servers = {made.dns};
    c.spec.dns.uses = {{.workload = made.web, .lookups_milli_per_second = lookups * 100, .queries = external}};
    made.c = std::move(c);
    return made;
}

// DNS-3: 4 of 10 questions go upstream, and 1024 packets a second pass: 256 lookups a second.
TEST(ClusterDns, OneEniPassesOnTwoHundredAndFiftySixExternalLookupsASecond) {
    DnsCluster within = dns_cluster(1, 1, 250);
    TinyRun run = within.c.start();
    run.until(1_min);
    EXPECT_EQ(run.world().dns.at_once, 250);
    EXPECT_EQ(run.world().dns.passed_on, 1000);
    EXPECT_EQ(run.world().dns.to_servers, 2500);
    EXPECT_EQ(run.world().dns.dropped, 0);

    DnsCluster beyond = dns_cluster(1, 1, 512);
    TinyRun over = beyond.c.start();
    over.until(1_min);
    EXPECT_EQ(over.world().dns.passed_on, 2048);
    EXPECT_EQ(over.world().dns.dropped, 1024);
    // Each of four questions is lost with one half, and twice in a row with one quarter.
    EXPECT_EQ(over.world().dns.at_once, 32);  // 512 / 2^4
    EXPECT_EQ(over.world().dns.failed, 350);  // 512 (1 - 0.75^4)
    EXPECT_EQ(over.world().dns.late, 130);
    EXPECT_EQ(over.world().dns.failed_ppm, 683'594);
}

// DNS-3: two servers on one ENI share its limit, two on two nodes do not.
TEST(ClusterDns, TwoServersOnOneEniShareItsLimit) {
    for (const std::int32_t nodes : {1, 2}) {
        DnsCluster cluster = dns_cluster(nodes, 2, 512);
        if (nodes == 2) {
            cluster.c.spec.placement.is_given = true;
            const NodeGroupIx group = NodeGroupIx::of(0);
            cluster.c.spec.placement.pods = {
                {cluster.dns, group, 0, 1}, {cluster.dns, group, 1, 1}, {cluster.web, group, 0, 10}};
        }
        TinyRun run = cluster.c.start();
        run.until(1_min);
        EXPECT_EQ(run.world().dns.dropped, nodes == 1 ? 1024 : 0);
        EXPECT_EQ(run.world().dns.failed > 0, nodes == 1);
    }
}

// DNS-4: what is cached is not passed on.
TEST(ClusterDns, WhatTheServersKnowTheyDoNotPassOn) {
    DnsCluster cluster = dns_cluster(1, 1, 512);
    cluster.c.spec.dns.uses[0].cached_ppm = 750'000;
    TinyRun run = cluster.c.start();
    run.until(1_min);
    EXPECT_EQ(run.world().dns.passed_on, 512);
    EXPECT_EQ(run.world().dns.at_once, 512);
}

// DNS-4: a server answers so many questions and no more.
TEST(ClusterDns, ServersThatAreAskedTooMuchLoseQuestions) {
    DnsCluster cluster = dns_cluster(1, 2, 100);
    cluster.c.spec.dns.uses[0].queries = {2, 0};
    cluster.c.spec.dns.queries_per_second_of_server = 50;
    TinyRun run = cluster.c.start();
    run.until(1_min);
    // 200 questions a second, 100 answered.
    EXPECT_EQ(run.world().dns.at_once, 25);
    EXPECT_EQ(run.world().dns.failed, 44);  // 100 (1 - 0.75²) = 43.75
}

// DNS-1: one server is a single point of failure.
TEST(ClusterDns, WithoutAReadyServerEveryLookupFails) {
    DnsCluster cluster = dns_cluster(2, 1, 100);
    cluster.c.scale_at(5_min, cluster.dns, 0);
    cluster.c.scale_at(10_min, cluster.dns, 1);
    TinyRun run = cluster.c.start();
    run.until(4_min);
    EXPECT_EQ(run.world().dns.failed, 0);
    run.until(6_min);
    EXPECT_EQ(run.world().dns.failed, 100);
    EXPECT_EQ(run.world().dns.failed_ppm, 1'000'000);
    run.until(11_min);
    EXPECT_EQ(run.world().dns.failed, 0);
}

TEST(ClusterDns, TheLoadFollowsThePodsThatLookNamesUp) {
    DnsCluster cluster = dns_cluster(2, 1, 100);
    cluster.c.scale_at(5_min, cluster.web, 4);
    TinyRun run = cluster.c.start();
    run.until(6_min);
    EXPECT_EQ(run.world().dns.at_once, 40);
}

// DNS-7: with a cache on each node the resolver's limit is each node's own, and a node without its cache has no names.
TEST(ClusterDns, ACacheOnEachNodeHasALimitOfItsOwn) {
    DnsCluster cluster = dns_cluster(4, 1, 512);
    const NodeGroupIx group = NodeGroupIx::of(0);
    cluster.c.spec.placement.is_given = true;
    cluster.c.spec.placement.pods = {
        {cluster.dns, group, 0, 1}, {cluster.web, group, 1, 5}, {cluster.web, group, 2, 5}};
    cluster.c.spec.dns.node_cache = cluster.c.add_daemon_set("node-local-dns");
    TinyRun run = cluster.c.start();
    run.until(1_min);
    // 256 lookups a node, whose four questions leave by the node's own ENI.
    EXPECT_EQ(run.world().dns.passed_on, 2048);
    EXPECT_EQ(run.world().dns.dropped, 0);
    EXPECT_EQ(run.world().dns.to_servers, 3072);  // six questions about the cluster's own names
    EXPECT_EQ(run.world().dns.at_once, 512);

    DnsCluster without = dns_cluster(4, 1, 512);
    without.c.spec.dns.node_cache = without.c.add_deployment("node-local-dns", 0);
    TinyRun none = without.c.start();
    none.until(1_min);
    EXPECT_EQ(none.world().dns.failed, 512);
}

// dnsPolicy Default: the servers are not asked at all.
TEST(ClusterDns, PodsThatAskTheVpcNeedNoServer) {
    DnsCluster cluster = dns_cluster(1, 0, 100);
    cluster.c.spec.dns.uses[0].queries = {2, 2};
    cluster.c.spec.dns.uses[0].asks_vpc = true;
    TinyRun run = cluster.c.start();
    run.until(1_min);
    EXPECT_EQ(run.world().dns.at_once, 100);
    EXPECT_EQ(run.world().dns.to_servers, 0);
}

// DNS-5, CPA-1: two nodes have two servers within a poll, three when the third node group's nodes are there.
TEST(ClusterDns, AProportionalAutoscalerFollowsTheNodes) {
    DnsCluster cluster = dns_cluster(3, 1, 100);
    ProportionalScaler scaler;
    scaler.pods = cluster.c.add_deployment("autoscaler", 1);
    scaler.target = cluster.dns;
    scaler.linear.nodes_per_replica = 1;
    cluster.c.spec.dns.scalers = {scaler};
    TinyRun run = cluster.c.start();
    run.until(9_s);
    EXPECT_EQ(run.world()[cluster.dns].desired, 1);
    run.until(11_s);
    EXPECT_EQ(run.world()[cluster.dns].desired, 3);

    DnsCluster without = dns_cluster(3, 1, 100);
    scaler.pods = without.c.add_deployment("autoscaler", 0);
    without.c.spec.dns.scalers = {scaler};
    TinyRun idle = without.c.start();
    idle.until(10_min);
    EXPECT_EQ(idle.world()[without.dns].desired, 1);
}

// CPA-1: a target that is not there yet is looked for again, and scaled when it has been made.
TEST(ClusterDns, AProportionalAutoscalerFindsATargetThatIsMadeLater) {
    DnsCluster cluster = dns_cluster(3, 1, 100);
    ProportionalScaler scaler;
    scaler.pods = cluster.c.add_deployment("autoscaler", 1);
    scaler.target = cluster.dns;
    scaler.linear.nodes_per_replica = 1;
    cluster.c.spec.dns.scalers = {scaler};
    cluster.c.spec.made_later = {cluster.dns};
    cluster.c.spec.timeline.push_back({.kind = TimelineKind::create, .at = 5_min, .workload = cluster.dns});
    TinyRun run = cluster.c.start();
    run.until(4_min, 10_s);
    EXPECT_EQ(run.world()[cluster.dns].desired, 0);
    run.until(5_min + 1_s);
    EXPECT_EQ(run.world()[cluster.dns].desired, 1);
    run.until(5_min + 11_s);
    EXPECT_EQ(run.world()[cluster.dns].desired, 3);
}

// DPC-55, FR-22: rules that kube-proxy left lead to the servers that there were; Cilium's agent takes over where it is
// told to.
TEST(ClusterDns, WithoutKubeProxyTheRulesStayAsTheyWere) {
    for (const bool is_replaced : {false, true}) {
        DnsCluster cluster = dns_cluster(2, 2, 100, is_replaced ? cilium_cluster() : TinyCluster{});
        TinyCluster& c = cluster.c;
        const WorkloadIx proxy = c.add_daemon_set("kube-proxy");
        c.spec.dns.kube_proxy = proxy;
        c.spec.cilium.replaces_kube_proxy = is_replaced;
        c.spec.timeline.push_back({.kind = TimelineKind::remove, .at = 5_min, .workload = proxy});
        c.scale_at(10_min, cluster.dns, 1);
        c.scale_at(15_min, cluster.dns, 2);
        c.scale_at(20_min, cluster.dns, 0);
        c.scale_at(25_min, cluster.dns, 2);
        TinyRun run = c.start();
        run.until(9_min);
        EXPECT_EQ(run.world().dns.failed_ppm, 0);
        run.until(16_min);
        // One of the two servers in the rules is still there: each of ten questions is lost with one half.
        EXPECT_EQ(run.world().dns.failed_ppm, is_replaced ? 0 : 943'686);  // 1 - 0.75^10
        run.until(26_min);
        EXPECT_EQ(run.world().dns.failed_ppm, is_replaced ? 0 : 1'000'000);
    }
}

// A node that joins without kube-proxy has no rules at all.
TEST(ClusterDns, ANodeWithoutRulesForServicesHasNoNames) {
    DnsCluster cluster = dns_cluster(1, 1, 100);
    cluster.c.spec.dns.kube_proxy = cluster.c.add_deployment("kube-proxy", 0);
    TinyRun run = cluster.c.start();
    run.until(1_min);
    EXPECT_EQ(run.world().dns.failed_ppm, 1'000'000);
}

// DNS-6: up at the next look, down when the peak is ten minutes old, by a third each three minutes.
TEST(ClusterDns, ManagedScalingFollowsThePeakOfTenMinutes) {
    TinyCluster c;
    c.spec.latencies.group_reaction = 24_h;  // nobody replaces what ends
    c.add_nodes(100);
    const WorkloadIx coredns = c.add_deployment("coredns", 2);
    c.spec.dns.servers = {coredns};
    c.spec.dns.managed_scaling.target = coredns;
    TinyRun run = c.start();
    const auto replicas = [&] { return run.world()[coredns].desired; };
    EXPECT_EQ(replicas(), 2);
    run.until(11_s);
    EXPECT_EQ(replicas(), 7);  // 100 / 16
    run.until(5_min);
    while (run.world().node_order.size() > 10) {
        run.end(run.node());
        run.until(run.now() - sim::Time::origin() + 10_s);
    }
    const sim::Duration ended = run.now() - sim::Time::origin();
    std::vector<std::int32_t> seen{replicas()};
    std::vector<sim::Duration> when{ended};
    for (sim::Duration t = ended; t < ended + 40_min; t = t + 5_s) {
        run.until(t);
        if (replicas() == seen.back()) continue;
        seen.push_back(replicas());
        when.push_back(t);
    }
    EXPECT_EQ(seen.back(), 2);
    for (std::size_t i = 1; i < seen.size(); ++i) {
        EXPECT_LT(seen[i], seen[i - 1]);
        EXPECT_LE(seen[i - 1] - seen[i], std::max(seen[i - 1] / 3, 1));
        if (i > 1) {
            EXPECT_GE(when[i] - when[i - 1], 3_min - 5_s);
        }
    }
    // Two replicas are enough once nobody remembers more than 32 nodes, of which the last went some 220 s before the
    // end.
    EXPECT_GE(when.back(), ended + 6_min);
    run.until(3_h);
    EXPECT_EQ(replicas(), 2);
}

TEST(ClusterDns, ManagedScalingStepsDownFromAPeakThatIsOver) {
    // DNS-6: 10 replicas for 160 nodes; all but one of them end at once, of which the control plane hears within
    // seconds.
    TinyCluster c;
    c.spec.latencies.group_reaction = 24_h;
    c.add_nodes(160, {.max_enis = 1, .ipv4_per_eni = 3});
    const WorkloadIx coredns = c.add_deployment("coredns", 2);
    c.spec.dns.managed_scaling.target = coredns;
    TinyRun run = c.start();
    run.until(1_min);
    ASSERT_EQ(run.world()[coredns].desired, 10);
    const std::vector<NodeId> nodes = run.world().node_order;
    for (std::size_t i = 1; i < nodes.size(); ++i) run.end(nodes[i]);
    run.until(11_min);
    EXPECT_EQ(run.world()[coredns].desired, 10);
    std::vector<std::int32_t> steps;
    for (const sim::Duration t : {11_min + 30_s, 14_min + 30_s, 17_min + 30_s, 20_min + 30_s, 23_min + 30_s}) {
        run.until(t);
        steps.push_back(run.world()[coredns].desired);
    }
    EXPECT_EQ(steps, (std::vector<std::int32_t>{7, 5, 4, 3, 2}));
}

}  // namespace
}  // namespace eks::testing
