// What one node does, each number computed by hand from the coefficients of the specification's section 3.
#include "models/systems/datapath/visit.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

Coefficients with_heat(double heat) {
    Coefficients c = defaults;
    c[Coefficient::heat] = heat;
    return c;
}

// Both ends on one node and the Service's address replaced there, as it was measured.
Visit measured_visit(double scanned = 0, double endpoints = 1) {
    Visit visit;
    visit.is_source = true;
    visit.is_translated = true;
    visit.scanned = scanned;
    visit.endpoints = endpoints;
    visit.ends = 1;
    return visit;
}

Visit stranger(double scanned) {
    Visit visit;
    visit.scanned = scanned;
    visit.ends = 0.5;
    return visit;
}

// Masquerading left out: what was measured had none.
DataPath bare(Mode mode) {
    DataPath path = plain_data_path(mode);
    if (!path.is_ebpf()) path.masquerade = Masquerade::none;
    return path;
}

double connection_us(Mode mode, const Visit& visit, const Coefficients& c = defaults, bool has_comments = true) {
    return connection_work(bare(mode), c, {visit.scanned, 1, has_comments}, {}, visit).total();
}

// DPC-10
TEST(Visit, PacketsOfAConnectionFollowFromItsRequests) {
    EXPECT_DOUBLE_EQ(packets_of({.requests = 1}), 10);
    EXPECT_DOUBLE_EQ(packets_of({.requests = 100}), 208);
    EXPECT_DOUBLE_EQ(packets_of({.protocol = Protocol::udp, .requests = 1}), 2);
}

// DPC-11
TEST(Visit, APacketCostsWhatItComesBy) {
    Visit visit = measured_visit();
    const auto cost = [&](const DataPath& path) { return packet_work(path, defaults, visit).total(); };
    EXPECT_NEAR(cost(bare(Mode::none)), 1.5, 1e-12);
    EXPECT_NEAR(cost(bare(Mode::iptables_legacy)), 1.5 + 1.12 + 0.33, 1e-12);
    EXPECT_NEAR(cost(bare(Mode::iptables_nft)), 1.5 + 1.12 + 0.33 + 0.3, 1e-12);
    EXPECT_NEAR(cost(bare(Mode::nftables)), 1.5 + 1.12 + 0.21, 1e-12);
    EXPECT_NEAR(cost(bare(Mode::ipvs)), 1.5 + 1.12 + 0.21 + 0.3, 1e-12);
    EXPECT_NEAR(cost(bare(Mode::ebpf_legacy)), 1.5 + 0.75, 1e-12);
    EXPECT_NEAR(cost(bare(Mode::ebpf_host_routing)), 0.95, 1e-12);
    DataPath chained = bare(Mode::ebpf_legacy);
    chained.chained = true;
    EXPECT_NEAR(cost(chained), 1.5 + 0.75 + 1.12, 1e-12);
    visit.is_masqueraded = true;
    EXPECT_NEAR(cost(bare(Mode::iptables_legacy)), 1.5 + 1.12 + 0.33 + 0.4, 1e-12);
}

// DPC-12, its terms one by one.
TEST(Visit, AConnectionCostsItsEntryItsScanAndItsPick) {
    const Coefficients warm = with_heat(0);
    const Visit visit = measured_visit(1000, 9);
    const Work work = setup_work(bare(Mode::iptables_legacy), warm, {1000, 9, true}, {}, visit);
    EXPECT_NEAR(work[Part::tracking], 7.5, 1e-12);
    EXPECT_NEAR(work[Part::translation], 3.0, 1e-12);
    EXPECT_NEAR(work[Part::scan], 6.8, 1e-12);       // 1000 of 6.8 ns
    EXPECT_NEAR(work[Part::pick], 0.08 * 5, 1e-12);  // of nine endpoints five tests on average
    EXPECT_NEAR(work.total(), 7.5 + 3.0 + 6.8 + 0.4, 1e-12);
    const Work nft = setup_work(bare(Mode::iptables_nft), warm, {1000, 9, true}, {}, visit);
    EXPECT_NEAR(nft[Part::translation], 3.0 + 2.5, 1e-12);
    EXPECT_NEAR(nft[Part::pick], 0.15 * 5, 1e-12);
    const Work ipvs = setup_work(bare(Mode::ipvs), warm, {1000, 9, true}, {}, visit);
    EXPECT_NEAR(ipvs[Part::translation], 2.2 + 10, 1e-12);
    EXPECT_EQ(ipvs[Part::scan] + ipvs[Part::pick], 0);
    const Flow udp{.protocol = Protocol::udp};
    EXPECT_NEAR(setup_work(bare(Mode::nftables), warm, {}, udp, visit).total(), 4.5 + 2.2, 1e-12);
}

// DPC-12: heat mixes warm and cold; DPD-4: without comments rules are shorter.
TEST(Visit, AScanCostsBetweenWarmAndCold) {
    const auto ns = [](Mode mode, bool comments, double heat, Protocol protocol = Protocol::tcp) {
        return 1000 * scan_us(mode, comments, protocol, with_heat(heat));
    };
    EXPECT_NEAR(ns(Mode::iptables_legacy, true, 0.7), 0.3 * 6.8 + 0.7 * 22, 1e-9);
    EXPECT_NEAR(ns(Mode::iptables_legacy, false, 0), 4.8, 1e-9);
    EXPECT_NEAR(ns(Mode::iptables_legacy, false, 1), 15, 1e-9);
    EXPECT_NEAR(ns(Mode::iptables_nft, true, 1), 21, 1e-9);
    EXPECT_NEAR(ns(Mode::iptables_nft, true, 1, Protocol::udp), 14, 1e-9);
    EXPECT_TRUE(keeps_comments(500, 2));
    EXPECT_FALSE(keeps_comments(501, 2));
}

// DPC-6
TEST(Visit, TheLoadBalancerInTheSocketCostsOneHook) {
    const DataPath path = bare(Mode::ebpf_host_routing);
    Visit visit = measured_visit();
    visit.is_translated = false;
    EXPECT_NEAR(setup_work(path, defaults, {}, {}, visit).total(), 4.0 + 0.7, 1e-12);
    visit.is_source = false;
    EXPECT_NEAR(setup_work(path, defaults, {}, {}, visit).total(), 4.0, 1e-12);
    visit.is_source = true;
    const Flow udp{.protocol = Protocol::udp, .requests = 3};
    EXPECT_NEAR(setup_work(path, defaults, {}, udp, visit)[Part::socket_lb], 3 * 1.5, 1e-12);
}

// DPC-1, DPA-6: behind another CNI all of eBPF's costs are multiplied, and nothing else.
TEST(Visit, ChainingMultipliesWhatEbpfCosts) {
    DataPath path = bare(Mode::ebpf_legacy);
    path.chained = true;
    Coefficients c = defaults;
    c[Coefficient::x_chain] = 10;
    Visit visit = measured_visit();
    const Work work = connection_work(path, c, {}, {}, visit);
    EXPECT_NEAR(work[Part::ebpf], 10 * (10 * 0.75 + 2.9), 1e-9);
    EXPECT_NEAR(work[Part::socket_lb], 10 * 0.7, 1e-9);
    EXPECT_NEAR(work[Part::hops], 15, 1e-9);
    EXPECT_NEAR(work[Part::tracking], 10 * 1.12 + 7.5, 1e-9);
}

// kube-proxy's rules that were left behind are walked by everything, DPC-55's second row.
TEST(Visit, RulesLeftBesideEbpfAreStillScanned) {
    DataPath path = bare(Mode::ebpf_legacy);
    path.kube_proxy_rules = KubeProxyRules::frozen;
    EXPECT_NEAR(setup_work(path, with_heat(0), {1000, 1, true}, {}, stranger(1000))[Part::scan], 6.8, 1e-9);
    path.rules_kind = Mode::nftables;
    EXPECT_EQ(setup_work(path, with_heat(0), {1000, 1, true}, {}, stranger(1000))[Part::scan], 0);
}

// DPC-12, DPD-21: events per connection, or for every packet.
TEST(Visit, HubbleCostsWhatItExports) {
    DataPath path = bare(Mode::ebpf_host_routing);
    path.hubble = Hubble::aggregated;
    const Flow kept_open{.requests = 100, .life_seconds = 50};
    EXPECT_NEAR(setup_work(path, defaults, {}, kept_open, stranger(0))[Part::events], (4 + 50.0 / 5) * (3.9 + 15.6),
                1e-9);
    path.hubble = Hubble::every_packet;
    EXPECT_NEAR(setup_work(path, defaults, {}, kept_open, stranger(0))[Part::events], 208 * (3.9 + 15.6), 1e-9);
}

// Coefficient h_evt: the first part is in the path, the second in the agent, for which no connection waits.
TEST(Visit, NobodyWaitsForHubblesAgentOrForAProxysCpuTime) {
    Work work;
    work[Part::sockets] = 90;
    work[Part::events] = 4 * (3.9 + 15.6);
    work[Part::layer7] = 200;
    EXPECT_NEAR(waited_for_us(work, defaults), 90 + 4 * 3.9, 1e-9);
    Coefficients free = defaults;
    free[Coefficient::h_evt_path] = free[Coefficient::h_evt_agent] = 0;
    work[Part::events] = 0;
    EXPECT_EQ(waited_for_us(work, free), 90);
}

// DPC-13
TEST(Visit, AConnectionWithRequestsIsItsFirstAndTheOthers) {
    const DataPath path = bare(Mode::iptables_legacy);
    const Flow flow{.requests = 5, .request_bytes = 1024, .answer_bytes = 3072};
    Visit visit = measured_visit();
    visit.envoys = 1;
    const double packet = 1.5 + 1.12 + 0.33;
    const double first = 93.9 + 10 * packet + 7.5 + 3.0 + 0.08;
    const double more = 19.1 + 2 * packet;
    const double contents = 4 * 0.35 + 200;
    EXPECT_NEAR(connection_work(path, defaults, {}, flow, visit).total(), first, 1e-9);
    EXPECT_NEAR(request_work(path, defaults, visit).total(), more, 1e-9);
    EXPECT_NEAR(content_work(defaults, flow, visit).total(), contents, 1e-9);
    EXPECT_NEAR(whole_work(path, defaults, {}, flow, visit).total(), first + 4 * more + 5 * contents, 1e-9);
    // One end is half of the sockets.
    EXPECT_NEAR(connection_work(path, defaults, {}, {}, stranger(0))[Part::sockets], 93.9 / 2, 1e-9);
}

// DPA-5, measured with both ends on one node: a short connection costs 40 us beyond its sockets with kube-proxy and
// 14 us with eBPF and host routing; a request takes 24.1 and 20.4 us in all.
TEST(Visit, AddsUpToWhatWasMeasuredAsAWhole) {
    const Visit visit = measured_visit();
    Visit looked_up = visit;
    looked_up.is_translated = false;
    EXPECT_NEAR(connection_us(Mode::iptables_legacy, visit) - 93.9, 40, 0.5);
    EXPECT_NEAR(connection_us(Mode::ebpf_host_routing, looked_up) - 93.9, 14, 0.5);
    EXPECT_NEAR(request_work(bare(Mode::iptables_legacy), defaults, visit).total(), 24.1, 0.05 * 24.1);
    EXPECT_NEAR(request_work(bare(Mode::ebpf_host_routing), defaults, looked_up).total(), 20.4, 0.05 * 20.4);
}

// DPC-20: from so many services on the scan costs as much as the rest of the network.
TEST(Visit, TheScanOvertakesTheRestAtSomeThousandServices) {
    const double rest = connection_us(Mode::iptables_legacy, measured_visit()) - 93.9;
    EXPECT_NEAR(rest / scan_us(Mode::iptables_legacy, true, Protocol::tcp, with_heat(0)), 6000, 300);
    EXPECT_NEAR(rest / scan_us(Mode::iptables_nft, true, Protocol::tcp, with_heat(0)), 2000, 300);
    EXPECT_NEAR(rest / scan_us(Mode::iptables_legacy, true, Protocol::tcp, with_heat(1)), 2000, 300);
}

// DPS-1: per service scanned 6.8 +- 0.5 ns warm with comments, 4.8 without, 19 with iptables-nft, 0 with nftables.
TEST(Symptoms, ScanSlopeIsThatOfTheRules) {
    const auto slope_ns = [](Mode mode, bool comments) {
        const Coefficients warm = with_heat(0);
        const double grown = connection_us(mode, stranger(20'000), warm, comments);
        return (grown - connection_us(mode, stranger(0), warm, comments)) / 20'000 * 1000;
    };
    EXPECT_NEAR(slope_ns(Mode::iptables_legacy, true), 6.8, 0.5);
    EXPECT_NEAR(slope_ns(Mode::iptables_legacy, false), 4.8, 0.5);
    EXPECT_NEAR(slope_ns(Mode::iptables_nft, true), 19, 0.5);
    for (const Mode mode : {Mode::nftables, Mode::ipvs, Mode::ebpf_legacy, Mode::ebpf_host_routing})
        EXPECT_NEAR(slope_ns(mode, true), 0, 0.5) << text_of(mode);
}

// DPS-1: the 99th percentiles of the published chart (DPD-12: 0.156, 0.262, 0.716 ms) rise by 21.2 to 22.7 ns a
// service; with cold caches the model does so within 15 %. A service port's place is random, so that 99 % lie before
// the last hundredth (DPC-3).
TEST(Symptoms, ScanTailIsThatOfThePublishedChart) {
    const double per_service = 0.99 * 1000 * scan_us(Mode::iptables_legacy, true, Protocol::tcp, with_heat(1));
    EXPECT_NEAR(per_service, (0.262 - 0.156) / 5'000 * 1e6, 0.15 * 21.2);
    EXPECT_NEAR(per_service, (0.716 - 0.262) / 20'000 * 1e6, 0.15 * 22.7);
    EXPECT_NEAR(per_service, 23.9, 0.15 * 23.9);  // 0.716 ms over 30000, the rule's upper figure
}

// DPS-2: under 2 % from 1 to 30000 services, in every mode.
TEST(Symptoms, OpenConnectionsDoNotSeeHowManyServicesThereAre) {
    for (const Mode mode : all_modes) {
        // Kept open for a hundred thousand requests.
        const Flow flow{.requests = 100'000};
        const double few = whole_work(bare(mode), defaults, {1, 1, true}, flow, stranger(1)).total();
        const double many = whole_work(bare(mode), defaults, {30'000, 1, true}, flow, stranger(30'000)).total();
        EXPECT_LT(many / few, 1.02) << text_of(mode);
        EXPECT_GE(many, few) << text_of(mode);
    }
}

// DPS-4, DPD-3: a connection that is to no Service at all slows down too.
TEST(Symptoms, ConnectionsToNoServiceSlowDownAsWell) {
    const double few = connection_us(Mode::iptables_legacy, stranger(1));
    const double many = connection_us(Mode::iptables_legacy, stranger(20'000));
    EXPECT_NEAR(many - few, 19'999 * (0.3 * 6.8 + 0.7 * 22) / 1000, 1e-6);
    EXPECT_EQ(connection_us(Mode::ebpf_host_routing, stranger(1)),
              connection_us(Mode::ebpf_host_routing, stranger(20'000)));
}

// DPS-5: one Service with 5000 endpoints: 190 us more with legacy iptables, within the 10 % of c_ep; none elsewhere.
TEST(Symptoms, ManyEndpointsOfOneServiceCostIptablesAlone) {
    const auto more = [](Mode mode) {
        return connection_us(mode, measured_visit(1, 5000)) - connection_us(mode, measured_visit(1, 1));
    };
    EXPECT_NEAR(more(Mode::iptables_legacy), 190, 19);
    EXPECT_EQ(more(Mode::nftables), 0);
    EXPECT_EQ(more(Mode::ebpf_legacy), 0);
    EXPECT_EQ(more(Mode::ebpf_host_routing), 0);
}

// DPS-20: sidecars cost twice what a proxy of the node costs, for each request.
TEST(Symptoms, SidecarsCostTwiceForEachRequest) {
    Visit one;
    one.envoys = 1;
    Visit two;
    two.envoys = 2;
    EXPECT_NEAR(content_work(defaults, {}, one).total(), 200, 1e-9);
    EXPECT_NEAR(content_work(defaults, {}, two).total(), 400, 1e-9);
}

// DPC-10, DPC-39: a message takes as many packets as it has segments; none is there without its first.
TEST(Visit, LargeMessagesAreSeveralPacketsOnTheWire) {
    Flow flow{.requests = 3};
    EXPECT_DOUBLE_EQ(packets_on_the_wire(flow, 1448), 14);
    flow.request_bytes = 1448;
    EXPECT_DOUBLE_EQ(packets_on_the_wire(flow, 1448), 14);
    flow.request_bytes = 1449;
    flow.answer_bytes = 10 * 1448;
    EXPECT_DOUBLE_EQ(packets_on_the_wire(flow, 1448), 14 + 3 * (1 + 9));
    // Their CPU time goes by bytes (DPC-10).
    EXPECT_DOUBLE_EQ(packets_of(flow), 14);
}

}  // namespace
}  // namespace eks::datapath
