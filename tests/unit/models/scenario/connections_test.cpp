// How requests travel: `connections`, `layer7` and `proxy` of traffic, and what the objects say of proxies.
#include "tests/unit/models/scenario/data_path_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace connections {

using data_path_test::first_class;
using data_path_test::is_complained_of;
using data_path_test::load;
using data_path_test::warns;
using datapath::Layer7;
using scenario_test::assumed;
using scenario_test::listed;

std::string entry(std::string_view rest) {
    return R"([{"to": "Service/shop/web", "rate": "100/s")" + std::string(rest) + "}]";
}

TEST(Connections, ShortIsOneRequestAndKeepAliveAGuess) {
    const auto brief = load();
    ASSERT_TRUE(brief.ok()) << listed(brief.error());
    const ConnectionUse& once = first_class(*brief).connections;
    EXPECT_TRUE(once.is_said);
    EXPECT_EQ(once.requests, 1);
    EXPECT_EQ(once.hold, sim::Duration::zero());
    EXPECT_EQ(assumed(*brief, "traffic.connections: keep-alive"), nullptr);
    const auto kept = load({}, {{"traffic", entry(R"(, "connections": "keep-alive")")}});
    ASSERT_TRUE(kept.ok()) << listed(kept.error());
    EXPECT_EQ(first_class(*kept).connections.requests, 100);
    EXPECT_EQ(first_class(*kept).connections.hold, sim::Duration::seconds(90));
    EXPECT_NE(assumed(*kept, "traffic.connections: keep-alive"), nullptr);
    EXPECT_FALSE(data_path_test::is_ignored(*kept, "traffic connections"));
}

TEST(Connections, SayItInFull) {  // DPC-4
    const auto scenario = load({}, {{"traffic", entry(R"(, "connections":
        {"requestsPer": 50, "hold": "30s", "protocol": "tcp", "connectTimeout": "2s", "answerTimeout": "30s"}, "layer7": "node-proxy", "proxy": "lean")")}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const ConnectionUse& use = first_class(*scenario).connections;
    EXPECT_EQ(use.requests, 50);
    EXPECT_EQ(use.hold, sim::Duration::seconds(30));
    EXPECT_EQ(use.protocol, datapath::Protocol::tcp);
    EXPECT_EQ(use.connect_timeout_seconds, 2.0);
    EXPECT_EQ(use.answer_timeout_seconds, 30.0);
    EXPECT_EQ(use.layer7, Layer7::node_proxy);
    EXPECT_EQ(use.proxy, datapath::Proxy::lean);
    const auto udp = load({}, {{"traffic", entry(R"(, "connections": {"protocol": "udp"})")}});
    ASSERT_TRUE(udp.ok()) << listed(udp.error());
    EXPECT_EQ(first_class(*udp).connections.protocol, datapath::Protocol::udp);
    EXPECT_EQ(first_class(*udp).connections.hold, sim::Duration::zero());
}

TEST(Connections, GoByTheLoadBalancerWherePodsAskItsAddress) {  // DPS-22
    const std::string way = R"([{"to": "Service/shop/web", "rate": "1/s"},
        {"from": "Deployment/shop/cart", "to": "Service/shop/SERVICE", "perRequest": 1, "connections": "short",
         "through": "load-balancer"}])";
    const auto with = [&](std::string_view service) {
        std::string text = way;
        text.replace(text.find("SERVICE"), 7, service);
        return load(R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front", "namespace": "shop",
                         "annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"}},
                        "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}})",
                    {{"traffic", text}});
    };
    const auto front = with("front");
    ASSERT_TRUE(front.ok()) << listed(front.error());
    EXPECT_EQ(front->spec->traffic.classes.at(1).balancer, 0);
    EXPECT_TRUE(front->spec->traffic.classes.at(1).from.valid());
    const auto inside = with("web");
    ASSERT_FALSE(inside.ok());
    EXPECT_TRUE(is_complained_of(inside.error(), Rule::matches_nothing, "/traffic/1/through"))
        << listed(inside.error());
    const auto outside =
        load({}, {{"traffic", R"([{"to": "Service/shop/web", "rate": "1/s", "through": "load-balancer"}])"}});
    ASSERT_FALSE(outside.ok());
    EXPECT_TRUE(is_complained_of(outside.error(), Rule::contradictory_fields, "/traffic/0/through"))
        << listed(outside.error());
}

TEST(Connections, AServiceIsAskedByItsAddressAndAHeadlessOneIsNot) {
    const auto scenario = load();
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const TrafficClass& traffic = first_class(*scenario);
    ASSERT_GE(traffic.service, 0);
    const Service& service = scenario->spec->services[static_cast<std::size_t>(traffic.service)];
    EXPECT_EQ(service.name, "web");
    EXPECT_EQ(service.ports, 2);  // DPD-1
    const auto headless =
        load(R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "each", "namespace": "shop"},
                                   "spec": {"clusterIP": "None", "selector": {"app": "web"}}})",
             {{"traffic", R"([{"to": "Service/shop/each", "rate": "1/s", "connections": "short"}])"}});
    ASSERT_TRUE(headless.ok()) << listed(headless.error());
    EXPECT_EQ(first_class(*headless).service, -1);
    const auto pods =
        load({}, {{"traffic", R"([{"to": "Deployment/shop/web", "rate": "1/s", "connections": "short"}])"}});
    ASSERT_TRUE(pods.ok()) << listed(pods.error());
    EXPECT_EQ(first_class(*pods).service, -1);
}

TEST(Connections, AllThatIsWrongIsSaidAtOnce) {
    const auto scenario = load({}, {{"traffic", R"([
        {"to": "Service/shop/web", "rate": "1/s", "connections": "keepalive"},
        {"to": "Service/shop/web", "rate": "1/s", "layer7": "sidecar", "connections":
          {"requestsPer": 0, "hold": "99999999s", "protocol": "sctp", "connectTimeout": "0s", "timeout": 1}},
        {"to": "Service/shop/web", "rate": "1/s", "layer7": "ztunnel", "proxy": "squid",
         "connections": {"protocol": "udp", "connectTimeout": "1s", "answerTimeout": "1s"}},
        {"to": "Queue/orders", "rate": "1/s", "work": "1s", "connections": "short"}])"}});
    ASSERT_FALSE(scenario.ok());
    const Complaints& all = scenario.error();
    EXPECT_TRUE(is_complained_of(all, Rule::not_one_of, "/traffic/0/connections")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::not_one_of, "/traffic/1/layer7")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::out_of_range, "/traffic/1/connections/requestsPer")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::beyond_reason, "/traffic/1/connections/hold")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::not_one_of, "/traffic/1/connections/protocol")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::out_of_range, "/traffic/1/connections/connectTimeout")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::unknown_field, "/traffic/1/connections/timeout")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::contradictory_fields, "/traffic/2/layer7")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::not_one_of, "/traffic/2/proxy")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::contradictory_fields, "/traffic/2/connections/answerTimeout"))
        << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::contradictory_fields, "/traffic/2/connections/connectTimeout"))
        << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::contradictory_fields, "/traffic/3/connections")) << listed(all);
}

TEST(Connections, OfSeveralCallersAreSaidOnce) {
    const auto scenario =
        load({}, {{"traffic", R"([{"from": "Deployment/shop/*", "to": "Service/shop/web", "perRequest": 0.1,
                                                     "connections": "sometimes"}])"}});
    ASSERT_FALSE(scenario.ok());
    EXPECT_EQ(scenario.error().size(), 1U) << listed(scenario.error());
}

TEST(Connections, ProxiesThatNobodySeesAreWarnedAbout) {
    const auto unseen = load({}, {{"traffic", entry(R"(, "layer7": "node-proxy")")}});
    ASSERT_TRUE(unseen.ok()) << listed(unseen.error());
    EXPECT_TRUE(warns(*unseen, Rule::unused_setting));
    const auto none =
        load({}, {{"traffic", entry(R"(, "connections": "short", "layer7": "ztunnel", "proxy": "lean")")}});
    ASSERT_TRUE(none.ok()) << listed(none.error());
    EXPECT_TRUE(warns(*none, Rule::unused_setting));
}

// --- what the objects say (DPC-1)

constexpr std::string_view calls =
    R"([{"to": "Service/shop/web", "rate": "10/s", "connections": "short"},
        {"from": "Deployment/shop/web", "to": "Deployment/shop/cart", "perRequest": 1, "connections": "short"}])";

std::string namespace_with(std::string_view labels) {
    return R"({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": )" +
           std::string(labels) + "}}";
}

std::pair<Layer7, Layer7> proxies(const std::string& more, data_path_test::Changes changes = {}) {
    changes.insert(changes.begin(), {"traffic", std::string(calls)});
    const auto scenario = load(more, changes);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    const auto& classes = scenario->spec->traffic.classes;
    return {classes.at(0).connections.layer7, classes.at(1).connections.layer7};
}

TEST(Layer7OfObjects, SidecarsStandAtBothEnds) {
    const std::string injected = namespace_with(R"({"istio-injection": "enabled"})");
    EXPECT_EQ(proxies(injected), std::pair(Layer7::one_sidecar, Layer7::two_sidecars));
    const std::string label = "manifests[2].spec.template.metadata.labels";
    EXPECT_EQ(proxies(injected, {{label, R"({"app": "cart", "sidecar.istio.io/inject": "false"})"}}),
              std::pair(Layer7::one_sidecar, Layer7::one_sidecar));
    EXPECT_EQ(proxies("", {}), std::pair(Layer7::none, Layer7::none));
    EXPECT_EQ(proxies(namespace_with("{}"), {{label, R"({"app": "cart", "sidecar.istio.io/inject": "true"})"}}),
              std::pair(Layer7::none, Layer7::one_sidecar));
    EXPECT_EQ(proxies(namespace_with("{}"),
                      {{"manifests[2].spec.template.metadata.annotations", R"({"sidecar.istio.io/inject": "true"})"}}),
              std::pair(Layer7::none, Layer7::one_sidecar));
    // Pods of the host's network have none.
    EXPECT_EQ(proxies(injected, {{"manifests[2].spec.template.spec.hostNetwork", "true"}}),
              std::pair(Layer7::one_sidecar, Layer7::one_sidecar));
}

TEST(Layer7OfObjects, AmbientIsAZtunnelOnEachNode) {
    EXPECT_EQ(proxies(namespace_with(R"({"istio.io/dataplane-mode": "ambient"})")),
              std::pair(Layer7::ztunnel, Layer7::ztunnel));
    EXPECT_EQ(proxies(namespace_with(R"({"istio.io/dataplane-mode": "ambient"})"),
                      {{"manifests[1].spec.template.metadata.labels",
                        R"({"app": "web", "istio.io/dataplane-mode": "none"})"}}),
              std::pair(Layer7::none, Layer7::ztunnel));
}

std::string policy(std::string_view rules, std::string_view kind = "CiliumNetworkPolicy") {
    return R"({"apiVersion": "cilium.io/v2", "kind": ")" + std::string(kind) +
           R"(", "metadata": {"name": "p", "namespace": "shop"}, "spec": {"endpointSelector": {"matchLabels": {"k8s:app": "web"}},
            "ingress": [{"toPorts": [{"ports": [{"port": "80"}], "rules": )" +
           std::string(rules) + "}]}]}}";
}

TEST(Layer7OfObjects, HttpRulesSendRequestsThroughTheNodesProxy) {  // DPD-22
    const std::string http = policy(R"({"http": [{"method": "GET"}]})");
    EXPECT_EQ(proxies(http), std::pair(Layer7::node_proxy, Layer7::none));
    EXPECT_EQ(proxies(policy(R"({"dns": [{"matchPattern": "*"}]})")), std::pair(Layer7::none, Layer7::none));
    EXPECT_EQ(proxies(http, {{"manifests[3].metadata.namespace", "\"other\""}}), std::pair(Layer7::none, Layer7::none));
    EXPECT_EQ(proxies(http, {{"manifests[3].spec.endpointSelector.matchLabels", R"({"app": "cart"})"}}),
              std::pair(Layer7::none, Layer7::node_proxy));
    const std::string everywhere =
        R"({"apiVersion": "cilium.io/v2", "kind": "CiliumClusterwideNetworkPolicy", "metadata": {"name": "p"},
            "specs": [{"endpointSelector": {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "shop"}},
                       "ingress": [{"toPorts": [{"rules": {"http": [{}]}}]}]}]})";
    EXPECT_EQ(proxies(everywhere), std::pair(Layer7::node_proxy, Layer7::node_proxy));
}

TEST(Layer7OfObjects, WhatIsSaidCounts) {
    const auto scenario = load(namespace_with(R"({"istio-injection": "enabled"})"),
                               {{"traffic", entry(R"(, "connections": "short", "layer7": "none")")}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(first_class(*scenario).connections.layer7, Layer7::none);
}

TEST(Layer7OfObjects, PoliciesArePassedOverWhereNobodyLooks) {
    const auto scenario = load(policy(R"({"http": [{}]})"), {{"traffic", "[]"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_TRUE(warns(*scenario, Rule::kind_not_modelled));
    EXPECT_TRUE(
        data_path_test::is_ignored(*scenario, "CiliumNetworkPolicy/shop/p spec.endpointSelector.matchLabels.k8s:app"));
}

}  // namespace connections
}  // namespace eks
