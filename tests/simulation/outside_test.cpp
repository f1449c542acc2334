// What pods have to do with networks beyond the VPC: source ports on nodes and NAT gateways, and who reaches whom
// (FR-9, DPC-36, DPC-37, IPAM-165).
#include "models/systems/network/source_nat.hpp"
#include "tests/support/cilium_cluster.hpp"
#include "tests/support/one_node.hpp"

namespace eks::testing {
namespace {

// Two networks beside the internet, one NAT gateway, and nobody who uses them yet.
void add_networks(TinyCluster& c) {
    Outside& outside = c.spec.outside;
    outside.networks = {{.name = "internet", .kind = Peer::internet},
                        {.name = "office",
                         .kind = Peer::on_premises,
                         .first_address = 0xc0a80000U,  // 192.168.0.0/16
                         .prefix_length = 16},
                        {.name = "legacy",
                         .kind = Peer::peered_vpc,
                         .first_address = 0x0a010000U,  // 10.1.0.0/16
                         .prefix_length = 16,
                         .routes_to_pods = false}};
    outside.gateways = {{"nat", 1}};
    outside.gateway_of_zone.assign(c.spec.zones.size(), 0);
}

OutsideUse use_of(WorkloadIx workload, std::uint32_t network, std::int32_t per_second, sim::Duration hold) {
    return {workload, network, per_second * 1000, hold};
}

std::int64_t ports_of_nodes(const TinyRun& run) {
    std::int64_t sum = 0;
    for (const auto& seen : run.all<SnatFact>()) sum += seen.fact.ports;
    return sum;
}

// The sums of all changes so far.
NatGatewayFact gateway_now(const TinyRun& run) {
    NatGatewayFact now;
    for (const auto& seen : run.all<NatGatewayFact>()) {
        now.ports += seen.fact.ports;
        now.refused_ppm += seen.fact.refused_ppm;
    }
    return now;
}
UnreachableFact unreachable_now(const TinyRun& run, std::uint32_t use = 0) {
    UnreachableFact now;
    for (const auto& seen : run.all<UnreachableFact>()) {
        if (seen.fact.use != use) continue;
        now.from_pods += seen.fact.from_pods;
        now.to_pods += seen.fact.to_pods;
    }
    return now;
}
double refused_on_node(const TinyRun& run) { return run.world().outside_nodes[run.node().slot].refused_ppm / 1e6; }

TEST(Outside, ConnectionsHoldPortsOfTheirNodeAsLongAsTheyLiveAndTwoMinutesMore) {
    // DPC-36: used = rate x (life + hold); four pods with 5/s each, 2 s open and 120 s of conntrack: 2440.
    OneNode one(4);
    add_networks(one.c);
    one.c.spec.outside.uses = {use_of(one.web, 1, 5, 2_s)};
    TinyRun run = one.c.start();
    run.until(1_s);
    EXPECT_EQ(ports_of_nodes(run), 4 * 5 * (2 + 120));
    EXPECT_EQ(refused_on_node(run), 0);
    // Pods that stop let go of theirs.
    run.scale(one.web, 1);
    run.until(2_min);
    EXPECT_EQ(ports_of_nodes(run), 5 * (2 + 120));
}

TEST(Outside, OverTheCapTheExcessFailsAndTheRestIsUnaffected) {
    // DPC-36: 64512 ports over 122 s are 528.8 a second; of 1000 a second that many pass, but for those few that miss
    // the last free ports.
    OneNode one(10);
    add_networks(one.c);
    one.c.spec.outside.uses = {use_of(one.web, 1, 100, 2_s)};
    TinyRun run = one.c.start();
    run.until(1_s);
    EXPECT_LE(ports_of_nodes(run), snat_ports_of_node);
    EXPECT_NEAR(static_cast<double>(ports_of_nodes(run)), 64'512, 645);
    EXPECT_NEAR(refused_on_node(run), 1 - 528.8 / 1000, 0.005);
}

TEST(Outside, ExternalSnatMovesTheCapToTheGatewayThatAllNodesShare) {
    // DPC-37: 55000 ports over 62 s are 887 a second for all nodes. Four nodes with 400/s each pass by themselves and
    // not through one gateway.
    TinyCluster c;
    c.add_nodes(4);
    const WorkloadIx web = c.add_deployment("web", 4);
    add_networks(c);
    c.spec.outside.uses = {use_of(web, 0, 400, 2_s)};
    c.spec.cni.external_snat = true;
    TinyRun run = c.start();
    run.until(1_s);
    EXPECT_EQ(ports_of_nodes(run), 0);
    EXPECT_EQ(gateway_now(run).ports, 55'000);
    EXPECT_NEAR(gateway_now(run).refused_ppm / 1e6, 1 - 55'000.0 / (1600 * 62), 1e-5);
    // Nodes in public subnets pass with their own addresses, and no gateway hears of it.
    c.spec.subnets[0].is_private = false;
    c.spec.cni.external_snat = false;
    TinyRun on_public = c.start();
    on_public.until(1_s);
    EXPECT_EQ(ports_of_nodes(on_public), 1600 * 122);
    EXPECT_EQ(refused_on_node(on_public), 0);
    EXPECT_EQ(gateway_now(on_public).ports, 0);
    // The reverse: 800/s from one node fail on the node (64512 / 122 = 529 a second) and pass the gateway.
    for (const bool external : {false, true}) {
        OneNode one(1);
        add_networks(one.c);
        one.c.spec.outside.uses = {use_of(one.web, 0, 800, 2_s)};
        one.c.spec.cni.external_snat = external;
        TinyRun busy = one.c.start();
        busy.until(1_s);
        EXPECT_EQ(refused_on_node(busy) > 0, !external);
        EXPECT_EQ(gateway_now(busy).refused_ppm, 0);
        // In a private subnet the node's connections leave by the gateway too, as far as it lets them.
        const double passed = external ? 800 : 800 * (1 - refused_on_node(busy));
        EXPECT_NEAR(static_cast<double>(gateway_now(busy).ports), passed * 62, 100);
    }
}

TEST(Outside, ReachabilityFollowsTheSetting) {
    // FR-9. A network without a route to the pods can be called while the node stands for them, and can call none of
    // them ever; with external SNAT its answers are lost too.
    for (const bool external : {false, true}) {
        OneNode one(3);
        add_networks(one.c);
        one.c.spec.outside.uses = {use_of(one.web, 2, 1, 1_s), use_of(one.web, 1, 1, 1_s)};
        one.c.spec.cni.external_snat = external;
        TinyRun run = one.c.start();
        run.until(1_s);
        EXPECT_EQ(unreachable_now(run).from_pods, external ? 3 : 0);
        EXPECT_EQ(unreachable_now(run).to_pods, 3);
        EXPECT_EQ(unreachable_now(run, 1).from_pods, 0);
        EXPECT_EQ(unreachable_now(run, 1).to_pods, 0);
    }
}

TEST(Outside, BeforeOneEightPodsBehindFurtherEnisCannotBeCalledWhileTheNodeTranslates) {
    // FR-9: nine pods on the primary ENI can be, the others cannot; EXTERNALSNAT or an exclusion is the remedy.
    for (const int remedy : {0, 1, 2}) {
        OneNode one(20);
        add_networks(one.c);
        one.c.spec.outside.uses = {use_of(one.web, 1, 1, 1_s)};
        one.c.spec.cni.returns_replies = false;
        if (remedy == 1) one.c.spec.cni.external_snat = true;
        if (remedy == 2) one.c.spec.cni.excluded_from_snat = {{0xc0a80000U, 16}};
        TinyRun run = one.c.start();
        run.until(1_s);
        std::int32_t behind = 0;
        for (const PodId id : run.pods_of(one.web)) behind += run.world().enis[run.pod(id).eni].is_primary ? 0 : 1;
        ASSERT_GE(behind, 11);
        EXPECT_EQ(unreachable_now(run).to_pods, remedy == 0 ? behind : 0);
        EXPECT_EQ(unreachable_now(run).from_pods, 0);
    }
}

TEST(Outside, AChangeOfTheSettingHoldsNodeByNode) {
    // DS-4: when a node's daemon has its new settings.
    OneNode one(3);
    add_networks(one.c);
    one.c.spec.outside.uses = {use_of(one.web, 2, 1, 1_s)};
    one.c.change_at(1_min, [](Spec& s) { s.cni.external_snat = true; });
    TinyRun run = one.c.start();
    run.until(59_s);
    EXPECT_EQ(unreachable_now(run).from_pods, 0);
    EXPECT_GT(ports_of_nodes(run), 0);
    run.until(2_min);
    EXPECT_EQ(unreachable_now(run).from_pods, 3);
    EXPECT_EQ(ports_of_nodes(run), 0);
}

TEST(Outside, WithoutAGatewayAPrivateSubnetHasNoWayOut) {
    OneNode one(2);
    add_networks(one.c);
    one.c.spec.outside.gateways.clear();
    one.c.spec.outside.gateway_of_zone.assign(1, -1);
    one.c.spec.outside.uses = {use_of(one.web, 0, 1, 1_s)};
    TinyRun run = one.c.start();
    run.until(1_s);
    EXPECT_EQ(unreachable_now(run).from_pods, 2);
    EXPECT_EQ(unreachable_now(run).to_pods, 0);  // the internet calls no pod anyway
}

// --- under Cilium

struct UnderCilium {
    TinyCluster c = cilium_cluster();
    WorkloadIx web;

    UnderCilium(datapath::Masquerade by, std::int32_t pods, const OutsideUse& use) {
        c.add_nodes(1, {});
        web = c.add_deployment("web", pods);
        add_networks(c);
        c.spec.outside.cilium.by = by;
        c.spec.outside.uses = {use};
        c.spec.outside.uses.front().workload = web;
    }
    TinyRun run() {
        TinyRun run = c.start();
        run.until(5_min);
        return run;
    }
};

TEST(OutsideUnderCilium, ProgramsHaveThePortsAboveNodePorts) {
    // 32768 to 65535, each held for 2 s and 15 s more: 32768 / 17 = 1927.5 a second; of 4000 the others fail.
    UnderCilium cilium(datapath::Masquerade::ebpf, 4, use_of({}, 1, 1000, 2_s));
    cilium.c.spec.outside.node_hold = 15_s;
    TinyRun run = cilium.run();
    EXPECT_NEAR(static_cast<double>(ports_of_nodes(run)), 32'768, 400);
    EXPECT_NEAR(refused_on_node(run), 1 - 32'768.0 / 17 / 4000, 0.02);
}

TEST(OutsideUnderCilium, IptablesHasThoseOfLinux) {
    // 4 x 5/s x (2 s + 120 s), as under the VPC CNI (DPC-36).
    TinyRun run = UnderCilium(datapath::Masquerade::iptables, 4, use_of({}, 1, 5, 2_s)).run();
    EXPECT_EQ(ports_of_nodes(run), 4 * 5 * (2 + 120));
}

TEST(OutsideUnderCilium, WithoutMasqueradingPodsGoWithTheirOwnAddresses) {
    TinyRun run = UnderCilium(datapath::Masquerade::none, 4, use_of({}, 2, 5, 2_s)).run();  // where nobody knows them
    EXPECT_EQ(ports_of_nodes(run), 0);
    EXPECT_EQ(unreachable_now(run).from_pods, 4);
    TinyRun office = UnderCilium(datapath::Masquerade::none, 4, use_of({}, 1, 5, 2_s)).run();
    EXPECT_EQ(unreachable_now(office).from_pods, 0);
}

TEST(OutsideUnderCilium, NorAreThoseToTheNativeRoutingCidrTranslated) {
    UnderCilium cilium(datapath::Masquerade::ebpf, 4, use_of({}, 2, 5, 2_s));
    cilium.c.spec.outside.cilium.native = {{.first_address = 0x0a000000U, .prefix_length = 8}};  // 10.0.0.0/8
    TinyRun run = cilium.run();
    EXPECT_EQ(ports_of_nodes(run), 0);
    EXPECT_EQ(unreachable_now(run).from_pods, 4);
}

TEST(Outside, NothingIsWorkedOutWhereNobodyAsks) {
    OneNode one(3);
    add_networks(one.c);
    TinyRun run = one.c.start();
    run.until(1_min);
    EXPECT_TRUE(run.world().outside_nodes.empty());
}

}  // namespace
}  // namespace eks::testing
