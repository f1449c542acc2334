// The hops of a packet: what the graph's edges cost is what visit.hpp says of the node, for every data path and route.
#include "models/systems/datapath/hops.hpp"

#include "models/systems/datapath/path.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

struct Case {
    DataPath path;
    Call call;
    Flow flow;
};

// Every data path of DPC-1 that differs in what it costs, with every route and some flows.
std::vector<Case> all_cases() {
    std::vector<DataPath> paths;
    for (const Mode mode : all_modes) {
        for (const KubeProxyRules rules : {KubeProxyRules::absent, KubeProxyRules::live, KubeProxyRules::frozen}) {
            for (const Masquerade masquerade : {Masquerade::none, Masquerade::iptables, Masquerade::ebpf}) {
                for (const bool extra : {false, true}) {
                    DataPath path = plain_data_path(mode);
                    path.kube_proxy_rules = rules;
                    path.masquerade = masquerade;
                    path.socket_lb = extra;
                    path.chained = extra;
                    path.hubble = extra ? Hubble::aggregated : Hubble::off;
                    paths.push_back(path);
                }
            }
        }
    }
    std::vector<Case> cases;
    const Flow short_tcp{.request_bytes = 300, .answer_bytes = 5000};
    const Flow kept{.requests = 40, .life_seconds = 60};
    const Flow udp{.protocol = Protocol::udp, .requests = 2};
    for (const DataPath& path : paths) {
        for (const Route route :
             {Route::same_node, Route::cross_node, Route::ip_target, Route::instance_target, Route::egress}) {
            for (const Layer7 layer7 : {Layer7::none, Layer7::node_proxy, Layer7::two_sidecars, Layer7::ztunnel}) {
                Call call;
                call.route = route;
                call.endpoints = 7;
                call.layer7 = layer7;
                for (const Flow& flow : {short_tcp, kept, udp}) cases.push_back({path, call, flow});
            }
        }
    }
    return cases;
}

const RuleTable rules{.services = 500, .endpoints = 3, .has_comments = false};
constexpr double position = 123;

Work sum_of(const std::vector<Hop>& hops, Work Hop::* what) {
    Work sum;
    for (const Hop& hop : hops) sum += hop.*what;
    return sum;
}

void expect_same(const Work& sum, const Work& oracle, const char* what, const Case& one) {
    for (std::size_t part = 0; part < part_count; ++part)
        EXPECT_NEAR(sum.parts[part], oracle.parts[part], 1e-9)
            << what << ": " << text_of(static_cast<Part>(part)) << " with " << text_of(one.path.mode) << ", route "
            << static_cast<int>(one.call.route);
}

// DPC-11, DPC-12, DPC-13: the visit's sums are the oracle.
TEST(Hops, DPC_12_TheirSumIsWhatTheNodeTakes) {
    for (const Case& one : all_cases()) {
        for (const Visit& visit : path_of(one.path, rules, one.call, position)) {
            const NodeOnPath node{one.path, visit};
            const auto first = hops_of({&node, 1}, defaults, rules, one.flow, {}, Packet::first);
            const auto later = hops_of({&node, 1}, defaults, rules, one.flow, {}, Packet::later);
            const Work packet = packet_work(one.path, defaults, visit);
            expect_same(sum_of(first, &Hop::packet), packet, "first packet", one);
            expect_same(sum_of(later, &Hop::packet), packet, "later packet", one);
            expect_same(sum_of(first, &Hop::setup), setup_work(one.path, defaults, rules, one.flow, visit), "set-up",
                        one);
            Work opened;
            Work more;
            for (const Hop& hop : first) {
                opened += first_work(hop, one.flow);
                more += more_work(hop);
            }
            const Work contents = content_work(defaults, one.flow, visit);
            expect_same(opened, connection_work(one.path, defaults, rules, one.flow, visit) + contents, "opened", one);
            expect_same(more, request_work(one.path, defaults, visit) + contents, "a request more", one);
            if (HasFailure()) return;
        }
    }
}

TEST(Hops, ThereIsOneWayForEachPacket) {
    for (const Case& one : all_cases()) {
        std::vector<NodeOnPath> nodes;
        for (const Visit& visit : path_of(one.path, rules, one.call, position)) nodes.push_back({one.path, visit});
        for (const Packet packet : {Packet::first, Packet::later})
            EXPECT_EQ(ways_of(nodes, defaults, rules, one.flow, {}, packet), 1U);
    }
}

std::vector<Place> places(const std::vector<Hop>& hops) {
    std::vector<Place> list;
    for (const Hop& hop : hops) list.push_back(hop.place);
    return list;
}

std::vector<Hop> across(Mode mode, Packet packet) {
    const DataPath path = plain_data_path(mode);
    std::vector<NodeOnPath> nodes;
    for (const Visit& visit : path_of(path, rules, {.route = Route::cross_node, .endpoints = 7}, position))
        nodes.push_back({path, visit});
    return hops_of(nodes, defaults, rules, {}, {.cross_zone_share = 0.5}, packet);
}

TEST(Hops, DPD_2_OnlyTheFirstPacketWalksRules) {
    using enum Place;
    EXPECT_EQ(places(across(Mode::iptables_legacy, Packet::first)),
              (std::vector{application, veth, host_stack, conntrack, services_chain, endpoint_pick, translation, eni,
                           network, eni, host_stack, conntrack, services_chain, veth, application}));
    EXPECT_EQ(places(across(Mode::iptables_legacy, Packet::later)),
              (std::vector{application, veth, host_stack, conntrack, translation, eni, network, eni, host_stack,
                           conntrack, veth, application}));
}

TEST(Hops, DPD_3_TheOtherNodeWalksThemAll) {
    std::vector<double> walked;
    for (const Hop& hop : across(Mode::iptables_legacy, Packet::first))
        if (hop.place == Place::services_chain) walked.push_back(hop.rules);
    EXPECT_EQ(walked, (std::vector<double>{123, 500}));
}

TEST(Hops, DPD_15_DPD_16_EbpfTranslatesInTheSocketAndPassesTheHostStackBy) {
    using enum Place;
    EXPECT_EQ(places(across(Mode::ebpf_host_routing, Packet::first)),
              (std::vector{application, socket_lb, veth, ebpf, eni, network, eni, ebpf, veth, application}));
    EXPECT_EQ(places(across(Mode::ebpf_host_routing, Packet::later)),
              (std::vector{application, veth, ebpf, eni, network, eni, ebpf, veth, application}));
}

TEST(Hops, DPD_32_TheNetworkBetweenZonesTakesLonger) {
    // Half of the connections cross: (0.15 + 0.7) / 2 ms.
    for (const Hop& hop : across(Mode::nftables, Packet::later)) {
        const double expected = hop.place == Place::network ? 425 : 0;
        EXPECT_NEAR(hop.latency_us, expected, 1e-9) << text_of(hop.place);
    }
}

TEST(Hops, DPC_5_AnInstanceTargetComesInByANodePortAndGoesOn) {
    using enum Place;
    const DataPath path = plain_data_path(Mode::iptables_legacy);
    std::vector<NodeOnPath> nodes;
    for (const Visit& visit : path_of(path, rules, {.route = Route::instance_target, .endpoints = 7}, position))
        nodes.push_back({path, visit});
    const auto hops = hops_of(nodes, defaults, rules, {},
                              {.comes_from_far = true, .has_balancer = true, .balancer_us = 80}, Packet::first);
    EXPECT_EQ(places(hops),
              (std::vector{balancer, network, eni, host_stack, conntrack, services_chain, endpoint_pick, translation,
                           masquerade, eni, network, eni, host_stack, conntrack, services_chain, veth, application}));
    EXPECT_EQ(hops.front().latency_us, 80);
    EXPECT_EQ(hops[1].node, 0U);
    EXPECT_EQ(hops.back().node, 1U);
}

}  // namespace
}  // namespace eks::datapath
