#include "models/systems/datapath/path.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

const RuleTable thousand{1000, 2, false};

std::vector<Visit> way(Mode mode, Route route, bool is_to_service = true, double local_share = 0) {
    Call call;
    call.route = route;
    call.is_to_service = is_to_service;
    call.endpoints = 2;
    call.local_share = local_share;
    return path_of(plain_data_path(mode), thousand, call, mean_position(1000));
}

// DPC-3: in the middle on average.
TEST(Path, AServiceStandsInTheMiddleOnAverage) {
    EXPECT_DOUBLE_EQ(mean_position(1000), 500.5);
    EXPECT_DOUBLE_EQ(mean_position(1), 1);
    EXPECT_DOUBLE_EQ(mean_position(0), 0);
}

// DPC-5
TEST(Path, ACallToAServiceScansToItAtTheSourceAndPastAllAtTheDestination) {
    const auto visits = way(Mode::iptables_legacy, Route::cross_node);
    ASSERT_EQ(visits.size(), 2u);
    EXPECT_TRUE(visits[0].is_source && visits[0].is_translated);
    EXPECT_DOUBLE_EQ(visits[0].scanned, 500.5);
    EXPECT_DOUBLE_EQ(visits[0].endpoints, 2);
    EXPECT_FALSE(visits[1].is_source || visits[1].is_translated);
    EXPECT_DOUBLE_EQ(visits[1].scanned, 1000);
    EXPECT_DOUBLE_EQ(visits[0].ends + visits[1].ends, 1);
}

TEST(Path, OnOneNodeThereIsOneVisit) {
    const auto visits = way(Mode::iptables_legacy, Route::same_node);
    ASSERT_EQ(visits.size(), 1u);
    EXPECT_DOUBLE_EQ(visits[0].ends, 1);
    EXPECT_DOUBLE_EQ(visits[0].scanned, 500.5);
}

// DPC-5, DPD-33
TEST(Path, AnAddressTargetIsItsDestinationAlone) {
    const auto visits = way(Mode::iptables_legacy, Route::ip_target, false);
    ASSERT_EQ(visits.size(), 1u);
    EXPECT_FALSE(visits[0].is_translated);
    EXPECT_DOUBLE_EQ(visits[0].scanned, 1000);
    EXPECT_DOUBLE_EQ(visits[0].ends, 0.5);
}

// DPC-5, DPS-22: a NodePort is translated and masqueraded where it comes in, and goes on to a second node unless the
// pod is there.
TEST(Path, AnInstanceTargetMayTakeASecondNode) {
    const auto visits = way(Mode::iptables_legacy, Route::instance_target, false, 0.25);
    ASSERT_EQ(visits.size(), 2u);
    EXPECT_TRUE(visits[0].is_translated && visits[0].is_masqueraded);
    EXPECT_DOUBLE_EQ(visits[0].scanned, 1000);
    EXPECT_DOUBLE_EQ(visits[1].share, 0.75);
    EXPECT_DOUBLE_EQ(visits[0].ends + visits[1].share * visits[1].ends, 0.5);
    EXPECT_EQ(way(Mode::iptables_legacy, Route::instance_target, false, 1).size(), 1u);
    EXPECT_DOUBLE_EQ(second_hop_share(4), 0.75);
    EXPECT_DOUBLE_EQ(second_hop_share(1), 0);
}

// DPC-6, DPD-15
TEST(Path, WithTheLoadBalancerInTheSocketNothingIsTranslatedOnTheWay) {
    const auto visits = way(Mode::ebpf_host_routing, Route::cross_node);
    EXPECT_TRUE(visits[0].is_source);
    EXPECT_FALSE(visits[0].is_translated);
    DataPath per_packet = plain_data_path(Mode::ebpf_host_routing);
    per_packet.socket_lb = false;
    Call call;
    EXPECT_TRUE(path_of(per_packet, thousand, call, 1)[0].is_translated);
    // Rules that kube-proxy has left see an address that is replaced already, and match nothing.
    EXPECT_DOUBLE_EQ(path_of(per_packet, thousand, call, 1)[0].scanned, 1000);
    // From outside there is no socket of ours.
    EXPECT_TRUE(way(Mode::ebpf_host_routing, Route::instance_target, false)[0].is_translated);
}

TEST(Path, WhatLeavesTheVpcIsMasqueradedIfAnythingIs) {
    EXPECT_TRUE(way(Mode::nftables, Route::egress, false)[0].is_masqueraded);
    EXPECT_FALSE(way(Mode::none, Route::egress, false)[0].is_masqueraded);
}

double envoys(Layer7 layer7, Route route, double local_share = 0) {
    Call call;
    call.route = route;
    call.layer7 = layer7;
    call.local_share = local_share;
    double sum = 0;
    for (const Visit& visit : path_of(plain_data_path(Mode::nftables), thousand, call, 1))
        sum += visit.share * (visit.envoys + visit.ztunnels);
    return sum;
}

// DPC-1, DPC-13: how many proxies a request passes, whichever way it takes.
TEST(Path, ProxiesStandWhereTheirKindStands) {
    for (const Route route : {Route::same_node, Route::cross_node}) {
        EXPECT_DOUBLE_EQ(envoys(Layer7::node_proxy, route), 1);
        EXPECT_DOUBLE_EQ(envoys(Layer7::one_sidecar, route), 1);
        EXPECT_DOUBLE_EQ(envoys(Layer7::two_sidecars, route), 2);
        EXPECT_DOUBLE_EQ(envoys(Layer7::ztunnel, route), 2);
    }
    // From outside there is no client's proxy, and the server's stands where the server is.
    EXPECT_DOUBLE_EQ(envoys(Layer7::two_sidecars, Route::ip_target), 1);
    for (const double local : {0.0, 0.25, 1.0})
        EXPECT_DOUBLE_EQ(envoys(Layer7::one_sidecar, Route::instance_target, local), 1) << local;
    EXPECT_DOUBLE_EQ(envoys(Layer7::ingress_proxy, Route::instance_target), 1);
    EXPECT_DOUBLE_EQ(envoys(Layer7::two_sidecars, Route::egress), 1);
}

TEST(Path, LeanSidecarsCostMoreThanALeanProxyAlone) {
    Call call;
    call.proxy = Proxy::lean;
    call.layer7 = Layer7::two_sidecars;
    EXPECT_DOUBLE_EQ(path_of(plain_data_path(Mode::nftables), thousand, call, 1)[1].lean_sidecars, 1);
    call.layer7 = Layer7::ingress_proxy;
    EXPECT_DOUBLE_EQ(path_of(plain_data_path(Mode::nftables), thousand, call, 1)[0].lean_proxies, 1);
}

// masqueradeAll of kube-proxy: w_masq for each packet and n_masq for the connection, on the node of the client alone.
TEST(Path, MasqueradingAllIsPaidByTheClientsNode) {
    DataPath path = plain_data_path(Mode::iptables_legacy);
    path.masquerades_all = true;
    const auto visits = path_of(path, {10, 1, true}, {}, 5);
    ASSERT_EQ(visits.size(), 2U);
    EXPECT_TRUE(visits[0].is_masqueraded);
    EXPECT_FALSE(visits[1].is_masqueraded);
    const Coefficients c = default_coefficients();
    EXPECT_NEAR(setup_work(path, c, {10, 1, true}, {}, visits[0])[Part::masquerade], 2.7, 1e-9);
    EXPECT_NEAR(packet_work(path, c, visits[0])[Part::masquerade], 0.4, 1e-9);
}

}  // namespace
}  // namespace eks::datapath
