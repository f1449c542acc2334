// What Cilium's settings say of packets.
#include "tests/unit/models/scenario/data_path_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace cilium_path {

using data_path_test::Changes;
using data_path_test::is_complained_of;
using data_path_test::load;
using datapath::Hubble;
using datapath::Masquerade;
using scenario_test::listed;
using enum datapath::Coefficient;

Changes without_aws_node() {
    return {{"patches", R"([{"target": "DaemonSet/kube-system/aws-node",
                             "merge": {"spec": {"template": {"spec": {"nodeSelector": {"no": "node"}}}}}}])"}};
}

std::string chart(std::string_view more) {
    return R"({"chart": "cilium", "helmValues": {"eni": {"enabled": true}, "ipam": {"mode": "eni"})" +
           std::string(more.empty() ? "" : ", ") + std::string(more) + "}}";
}

CiliumPath path_of(const std::string& manifests) {
    const auto scenario = load(manifests, without_aws_node());
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return scenario.ok() ? scenario->spec->data_paths.cilium : CiliumPath{};
}

TEST(CiliumPath, IsThereWithItsAgents) {
    EXPECT_TRUE(path_of(chart("")).is_there);
    const auto without = load();
    ASSERT_TRUE(without.ok());
    EXPECT_FALSE(without->spec->data_paths.cilium.is_there);
}

// The chart of 1.18 masquerades nothing in ENI mode, so that nothing of DPD-16 is missing once kube-proxy is replaced.
TEST(CiliumPath, RoutesOnTheHostWhereAllThatItTakesIsThere) {  // DPD-16
    EXPECT_FALSE(path_of(chart("")).has_host_routing);
    EXPECT_TRUE(path_of(chart(R"("kubeProxyReplacement": true)")).has_host_routing);
    EXPECT_FALSE(
        path_of(chart(R"("kubeProxyReplacement": true, "bpf": {"hostLegacyRouting": true})")).has_host_routing);
    EXPECT_FALSE(path_of(chart(R"("kubeProxyReplacement": true, "enableIPv4Masquerade": true)")).has_host_routing);
    EXPECT_TRUE(
        path_of(chart(R"("kubeProxyReplacement": true, "enableIPv4Masquerade": true, "bpf": {"masquerade": true})"))
            .has_host_routing);
    EXPECT_FALSE(
        path_of(chart(R"("kubeProxyReplacement": true, "cni": {"chainingMode": "aws-cni"})")).has_host_routing);
}

TEST(CiliumPath, MasqueradesByVersionAndSettings) {
    EXPECT_EQ(path_of(chart("")).masquerade, Masquerade::none);
    EXPECT_EQ(path_of(chart(R"("image": {"tag": "v1.17.4"})")).masquerade, Masquerade::iptables);
    EXPECT_EQ(path_of(chart(R"("upgradeCompatibility": "1.16")")).masquerade, Masquerade::iptables);
    EXPECT_EQ(path_of(chart(R"("enableIPv4Masquerade": true)")).masquerade, Masquerade::iptables);
    EXPECT_EQ(path_of(chart(R"("enableIPv4Masquerade": true, "bpf": {"masquerade": true})")).masquerade,
              Masquerade::ebpf);
}

constexpr const char* outside_use = R"([{"for": "Deployment/shop/cart", "ready": "2s",
    "outside": {"to": "internet", "connections": "5/s", "hold": "2s"}}])";

// What leaves for networks outside, whether anybody looks at data paths or not.
Outside outside_of(const std::string& more, const std::string& traffic = "[]") {
    Changes changes = without_aws_node();
    changes.push_back({"traffic", traffic});
    changes.push_back({"behaviour", outside_use});
    const auto scenario = load(chart(more), changes);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return scenario.ok() ? scenario->spec->outside : Outside{};
}

TEST(CiliumPath, SaysHowPodsLeaveTheVpc) {
    EXPECT_EQ(outside_of("").cilium.by, Masquerade::none);
    EXPECT_EQ(outside_of(R"("enableIPv4Masquerade": true)").cilium.by, Masquerade::iptables);
    EXPECT_EQ(outside_of(R"("enableIPv4Masquerade": true)").node_hold, sim::Duration::seconds(120));
    const Outside programs = outside_of(
        R"("enableIPv4Masquerade": true, "bpf": {"masquerade": true}, "ipv4NativeRoutingCIDR": "10.0.0.0/8",
           "conntrackGCInterval": "60s")");
    EXPECT_EQ(programs.cilium.by, Masquerade::ebpf);
    ASSERT_EQ(programs.cilium.native.size(), 1U);
    EXPECT_EQ(programs.cilium.native[0].first_address, 0x0a000000U);
    EXPECT_EQ(programs.cilium.native[0].prefix_length, 8);
    // 10 s until a closed connection's entry expires, and half of the time between two passes.
    EXPECT_EQ(programs.node_hold, sim::Duration::seconds(40));
}

TEST(CiliumPath, AHoldThatIsSaidStaysAndIsNoGuess) {
    Changes changes = without_aws_node();
    changes.push_back({"traffic", "[]"});
    changes.push_back({"assume.snatHold", "60s"});
    changes.push_back({"behaviour", outside_use});
    const auto scenario = load(chart(R"("enableIPv4Masquerade": true, "bpf": {"masquerade": true})"), changes);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->outside.node_hold, sim::Duration::seconds(60));
    EXPECT_EQ(scenario_test::assumed(*scenario, "ports of closed connections (Cilium's conntrack-gc-interval)"),
              nullptr);
}

// Chained, Linux translates by the VPC CNI's rules: TIME_WAIT is 120 s.
TEST(CiliumPath, LeavesTheVpcCnisPortsAloneWhereItIsChained) {
    const auto scenario = load(R"({"chart": "cilium", "helmValues": {"cni": {"chainingMode": "aws-cni"},
                                  "enableIPv4Masquerade": true, "bpf": {"masquerade": true}}})",
                               {{"traffic", "[]"}, {"behaviour", outside_use}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->cni_kind, CniKind::vpc_cni);
    EXPECT_EQ(scenario->spec->outside.node_hold, sim::Duration::seconds(120));
}

TEST(CiliumPath, HowPodsLeaveTheVpcCannotChangeInTheMiddleOfARun) {
    for (const char* data : {R"("enable-bpf-masquerade": "false")", R"("enable-ipv4-masquerade": "false")",
                             R"("ipv4-native-routing-cidr": "10.0.0.0/8")", R"("conntrack-gc-interval": "60s")",
                             R"("enable-hubble": "false")"}) {
        Changes changes = without_aws_node();
        changes.push_back({"traffic", "[]"});
        changes.push_back({"behaviour", outside_use});
        changes.push_back(
            {"timeline", R"([{"at": "1h", "apply": "ConfigMap/kube-system/cilium-config", "merge": {"data": {)" +
                             std::string(data) + "}}}]"});
        const auto scenario = load(chart(R"("enableIPv4Masquerade": true, "bpf": {"masquerade": true})"), changes);
        // Nobody looks at what Hubble costs here.
        const bool may_change = std::string_view(data).find("hubble") != std::string_view::npos;
        EXPECT_EQ(scenario.ok(), may_change) << data;
        if (scenario.ok()) continue;
        EXPECT_TRUE(is_complained_of(scenario.error(), Rule::not_yet_modelled, "/timeline/0")) << data;
    }
}

TEST(CiliumPath, HasItsLoadBalancerInSockets) {  // DPD-15
    EXPECT_FALSE(path_of(chart("")).has_socket_lb);
    EXPECT_TRUE(path_of(chart(R"("kubeProxyReplacement": "true")")).has_socket_lb);
    EXPECT_TRUE(path_of(chart(R"("socketLB": {"enabled": true})")).has_socket_lb);
    EXPECT_FALSE(
        path_of(chart(R"("kubeProxyReplacement": true, "socketLB": {"hostNamespaceOnly": true})")).has_socket_lb);
}

TEST(CiliumPath, IsChainedBehindAnotherCni) {
    EXPECT_FALSE(path_of(chart("")).is_chained);
    const std::string chained =
        R"({"chart": "cilium", "helmValues": {"cni": {"chainingMode": "aws-cni"}, "routingMode": "native"}})";
    const auto scenario = load(chained);
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_TRUE(scenario->spec->data_paths.cilium.is_chained);
    EXPECT_FALSE(scenario->spec->data_paths.cilium.has_host_routing);
}

TEST(CiliumPath, HubbleSeesConnectionsOrEveryPacket) {  // DPD-21
    EXPECT_EQ(path_of(chart("")).hubble, Hubble::aggregated);
    EXPECT_EQ(path_of(chart(R"("hubble": {"enabled": false})")).hubble, Hubble::off);
    EXPECT_EQ(path_of(chart(R"("bpf": {"monitorAggregation": "none"})")).hubble, Hubble::every_packet);
    EXPECT_EQ(path_of(chart(R"("bpf": {"monitorAggregation": "maximum"})")).hubble, Hubble::aggregated);
}

TEST(CiliumPath, SizesOfItsMaps) {  // DPD-18, DPD-19
    const CiliumPath plain = path_of(chart(""));
    EXPECT_EQ(plain.dynamic_size_ratio, 0.0025);
    EXPECT_EQ(plain.tcp_entries, std::nullopt);
    EXPECT_EQ(plain.lb_map_entries, 65536);
    const CiliumPath said =
        path_of(chart(R"("bpf": {"mapDynamicSizeRatio": 0.01, "ctTcpMax": 1000000, "lbMapMax": 131072})"));
    EXPECT_EQ(said.dynamic_size_ratio, 0.01);
    EXPECT_EQ(said.tcp_entries, 1'000'000);
    EXPECT_EQ(said.lb_map_entries, 131072);
}

std::string rendered(std::string_view data) {
    return R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cilium-config", "namespace": "kube-system"},
               "data": {"ipam": "eni")" +
           std::string(data.empty() ? "" : ", ") + std::string(data) + R"(}},
      {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "cilium", "namespace": "kube-system"},
       "spec": {"selector": {"matchLabels": {"k8s-app": "cilium"}}, "template": {"metadata": {"labels": {"k8s-app": "cilium"}},
       "spec": {"hostNetwork": true, "tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "cilium-agent", "image": "quay.io/cilium/cilium:v1.18.2"}]}}}})";
}

TEST(CiliumPath, ARenderedChartSaysTheSame) {
    const auto scenario = load(rendered(R"("kube-proxy-replacement": "true", "enable-ipv4-masquerade": "true",
        "enable-bpf-masquerade": "true", "enable-hubble": "true", "monitor-aggregation": "medium", "routing-mode": "native",
        "bpf-map-dynamic-size-ratio": "0.0025", "bpf-lb-map-max": "65536", "bpf-ct-timeout-regular-tcp": "1h0m0s",
        "bpf-ct-timeout-regular-any": "30s")"),
                               without_aws_node());
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const CiliumPath& path = scenario->spec->data_paths.cilium;
    EXPECT_TRUE(path.has_host_routing);
    EXPECT_TRUE(path.has_socket_lb);
    EXPECT_EQ(path.masquerade, Masquerade::ebpf);
    EXPECT_EQ(path.hubble, Hubble::aggregated);
    EXPECT_EQ(path.dynamic_size_ratio, 0.0025);
    EXPECT_EQ(scenario->spec->data_paths.coefficients[bpf_hold_tcp], 3600);
    EXPECT_EQ(scenario->spec->data_paths.coefficients[bpf_hold_other], 30);
    EXPECT_FALSE(data_path_test::is_ignored(*scenario, "ConfigMap/kube-system/cilium-config data.enable-hubble"));
}

TEST(CiliumPath, AnAgentThatIsToldNothingHasDefaultsOfItsOwn) {  // DPD-18: 524288
    const CiliumPath path = path_of(rendered(""));
    EXPECT_EQ(path.hubble, Hubble::off);
    EXPECT_EQ(path.masquerade, Masquerade::iptables);
    EXPECT_EQ(path.tcp_entries, 524'288);
    EXPECT_FALSE(path.has_socket_lb);
}

TEST(CiliumPath, TunnelsCostNothingAndThatIsListed) {
    const auto scenario = load(chart(R"("routingMode": "tunnel")"), without_aws_node());
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_NE(scenario_test::assumed(*scenario, "tunnels between nodes (Cilium's routing-mode)"), nullptr);
}

// DPC-55: where connections are seen, the takeover of Services may come in the middle of a run with what follows from
// it, and nothing else, neither by itself nor beside it.
TEST(CiliumPath, TakesServicesOverInTheMiddleOfARun) {
    const auto change = [](const std::string& data) {
        return load(
            R"({"chart": "cilium", "helmValues": {"cni": {"chainingMode": "aws-cni"}}})",
            {{"timeline",
              R"([{"at": "1h", "apply": "ConfigMap/kube-system/cilium-config", "merge": {"data": {)" + data + "}}}]"}});
    };
    const auto takes_over = change(R"("kube-proxy-replacement": "true")");
    ASSERT_TRUE(takes_over.ok()) << listed(takes_over.error());
    ASSERT_EQ(takes_over->spec->revisions.size(), 1U);
    EXPECT_FALSE(takes_over->spec->data_paths.cilium.has_socket_lb);
    EXPECT_TRUE(takes_over->spec->revision(1).data_paths.cilium.has_socket_lb);
    for (const char* data : {R"("enable-hubble": "false")", R"("bpf-lb-map-max": "1000")",
                             R"("kube-proxy-replacement": "true", "enable-hubble": "false")",
                             R"("kube-proxy-replacement": "true", "bpf-lb-map-max": "1000")"}) {
        const auto other = change(data);
        ASSERT_FALSE(other.ok()) << data;
        EXPECT_TRUE(is_complained_of(other.error(), Rule::not_yet_modelled, "/timeline/0")) << listed(other.error());
    }
}

TEST(CiliumPath, AllThatIsWrongIsSaidAtOnce) {
    const auto scenario =
        load(chart(R"("bpf": {"hostLegacyRouting": "maybe", "masquerade": "x", "monitorAggregation": "high",
        "mapDynamicSizeRatio": "much", "lbMapMax": -1}, "enableIPv4Masquerade": true, "socketLB": {"enabled": "si"})"),
             without_aws_node());
    ASSERT_FALSE(scenario.ok());
    for (const char* path : {"bpf/hostLegacyRouting", "bpf/masquerade", "bpf/monitorAggregation",
                             "bpf/mapDynamicSizeRatio", "bpf/lbMapMax", "socketLB/enabled"})
        EXPECT_TRUE(
            is_complained_of(scenario.error(), Rule::bad_cni_setting, "/manifests/3/helmValues/" + std::string(path)))
            << path << "\n"
            << listed(scenario.error());
}

}  // namespace cilium_path
}  // namespace eks
