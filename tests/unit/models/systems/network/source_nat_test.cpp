// Who reaches whom, as the EKS User Guide (external-snat) says it, and the ports of one address.
#include "models/systems/network/source_nat.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

constexpr SnatSettings by_node{};
constexpr SnatSettings external{.external_snat = true};
constexpr SnatSettings before_1_8{.returns_replies = false};
constexpr PodPlace in_private{};
constexpr PodPlace in_public{.node_route = DefaultRoute::internet_gateway, .pod_route = DefaultRoute::internet_gateway};
constexpr PeerNetwork internet{.kind = Peer::internet};
constexpr PeerNetwork peered{.kind = Peer::peered_vpc};
constexpr PeerNetwork on_premises{.kind = Peer::on_premises};

TEST(SourceNat, TheNodesAddressStandsForPodsOutsideTheVpcOnly) {
    // IPAM-165
    EXPECT_EQ(reach_from_pod(by_node, in_private, {.kind = Peer::same_vpc}).source, SourceAddress::pod);
    EXPECT_EQ(reach_from_pod(by_node, in_private, peered).source, SourceAddress::node);
    EXPECT_EQ(reach_from_pod(external, in_private, peered).source, SourceAddress::pod);
    PeerNetwork excluded = peered;
    excluded.is_excluded = true;
    EXPECT_EQ(reach_from_pod(by_node, in_private, excluded).source, SourceAddress::pod);
}

TEST(SourceNat, AYoungRangeOfTheVpcCountsAsOutside) {
    // IPAM-167
    EXPECT_EQ(reach_from_pod(by_node, in_private, {.kind = Peer::new_vpc_range}).source, SourceAddress::node);
    EXPECT_EQ(reach_from_pod(external, in_private, {.kind = Peer::new_vpc_range}).source, SourceAddress::pod);
}

TEST(SourceNat, ExternalSnatNeedsANatGateway) {
    // User Guide: a node in a public subnet needs a public address; with external SNAT nodes must be in private subnets
    // with a NAT device.
    EXPECT_TRUE(reach_from_pod(by_node, in_public, internet).works());
    EXPECT_EQ(reach_from_pod(by_node, in_public, internet).source, SourceAddress::node_public);
    PodPlace without = in_public;
    without.node_has_public_address = false;
    EXPECT_EQ(reach_from_pod(by_node, without, internet).obstacle, Obstacle::no_public_address);
    EXPECT_EQ(reach_from_pod(external, in_public, internet).obstacle, Obstacle::no_public_address);
    EXPECT_EQ(reach_from_pod(external, in_private, internet).source, SourceAddress::nat_gateway);
    EXPECT_EQ(reach_from_pod(by_node, in_private, internet).source, SourceAddress::nat_gateway);
    PodPlace isolated = in_private;
    isolated.node_route = DefaultRoute::none;
    EXPECT_EQ(reach_from_pod(by_node, isolated, internet).obstacle, Obstacle::no_route);
    // What the node translates leaves by its own subnet, the rest by the pod's.
    EXPECT_TRUE(reach_from_pod(external, isolated, internet).works());
}

TEST(SourceNat, BeforeOneEightPeersCannotCallPodsBehindSecondaryEnis) {
    // FR-9, and the User Guide on plugins before 1.8.0; pods could call out all the same.
    for (const PeerNetwork& peer : {peered, on_premises}) {
        EXPECT_EQ(reach_to_pod(before_1_8, in_private, peer).obstacle, Obstacle::reply_is_lost);
        EXPECT_TRUE(reach_from_pod(before_1_8, in_private, peer).works());
        PodPlace on_primary = in_private;
        on_primary.is_on_primary_eni = true;
        EXPECT_TRUE(reach_to_pod(before_1_8, on_primary, peer).works());
        SnatSettings remedy = before_1_8;
        remedy.external_snat = true;
        EXPECT_TRUE(reach_to_pod(remedy, in_private, peer).works());
        PeerNetwork excluded = peer;
        excluded.is_excluded = true;
        EXPECT_TRUE(reach_to_pod(before_1_8, in_private, excluded).works());
        EXPECT_TRUE(reach_to_pod(by_node, in_private, peer).works());
    }
    EXPECT_TRUE(reach_to_pod(before_1_8, in_private, {.kind = Peer::same_vpc}).works());
}

TEST(SourceNat, APeerWithoutARouteToThePodsSeesOnlyTheNode) {
    PeerNetwork blind = peered;
    blind.routes_to_pods = false;
    EXPECT_TRUE(reach_from_pod(by_node, in_private, blind).works());
    EXPECT_EQ(reach_from_pod(external, in_private, blind).obstacle, Obstacle::no_route_back);
    EXPECT_EQ(reach_to_pod(by_node, in_private, blind).obstacle, Obstacle::no_route_back);
    EXPECT_EQ(reach_to_pod(by_node, in_public, internet).obstacle, Obstacle::not_addressable);
}

TEST(SourceNat, PortsRunOutAtTheRateThatFillsThem) {
    EXPECT_EQ(snat_ports_of_node, 64'512);
    EXPECT_EQ(snat_port_tries, 248);
    // 64,512 / 120 s = 537.6 a second.
    EXPECT_DOUBLE_EQ(connections_per_second_max(snat_ports_of_node, 120), 537.6);
    // Half of it: half of the ports, and 0.5^248 refused.
    const PortUse half = port_use(snat_ports_of_node, snat_port_tries, 268.8, 120);
    EXPECT_NEAR(half.in_use, 32'256, 0.01);
    EXPECT_EQ(half.refused_share, 0);
    // Twice as many: half at most can be served.
    const PortUse twice = port_use(snat_ports_of_node, snat_port_tries, 1075.2, 120);
    EXPECT_LE(twice.in_use, 64'512);
    EXPECT_NEAR(twice.refused_share, 0.5, 0.005);
    // In the steady state connections come as fast as they go, refused ones apart.
    EXPECT_NEAR(1075.2 * (1 - twice.refused_share) * 120, twice.in_use, 0.01);
    EXPECT_EQ(port_use(snat_ports_of_node, snat_port_tries, 0, 120).in_use, 0);
}

TEST(SourceNat, WhatPodsWithSecurityGroupsSendIsTranslatedUnderStandardOnly) {
    // User Guide, security-groups-for-pods: with POD_SECURITY_GROUP_ENFORCING_MODE=strict, the default, source NAT is
    // off for them, so that a public subnet gives them no way out; with standard they go by the rules of all others.
    constexpr SnatSettings standard{.is_strict = false};
    for (PodPlace place : {in_private, in_public}) {
        EXPECT_TRUE(is_translated(by_node, place, peered));
        place.is_on_branch_eni = true;
        EXPECT_FALSE(is_translated(by_node, place, peered));
        EXPECT_TRUE(is_translated(standard, place, peered));
    }
    PodPlace on_branch = in_public;
    on_branch.is_on_branch_eni = true;
    EXPECT_EQ(reach_from_pod(by_node, on_branch, internet).obstacle, Obstacle::no_public_address);
    EXPECT_TRUE(reach_from_pod(standard, on_branch, internet).works());
    EXPECT_EQ(reach_from_pod(by_node, on_branch, peered).source, SourceAddress::pod);
    EXPECT_EQ(reach_from_pod(standard, on_branch, peered).source, SourceAddress::node);
}

}  // namespace
}  // namespace eks
