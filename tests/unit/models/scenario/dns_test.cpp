// What a scenario says of names: `behaviour.dns`, resolvers of pods, NodeLocal DNSCache, proportional autoscalers.
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace eks::scenario_test {
namespace {

constexpr std::string_view looks_up =
    R"([{"for": "Deployment/shop/web", "dns": {"lookups": "5/s", "names": "external", "cached": "90%"}}])";

// DNS-2
TEST(DnsOfAScenario, LookupsAreReadWithTheResolverOfThePods) {
    const auto usual = load({{"behaviour", std::string(looks_up)}});
    ASSERT_TRUE(usual) << listed(usual.error());
    ASSERT_EQ(usual->spec->dns.uses.size(), 1U);
    const DnsUse& use = usual->spec->dns.uses[0];
    EXPECT_EQ(use.lookups_milli_per_second, 5000);
    EXPECT_EQ(use.cached_ppm, 900'000);
    EXPECT_EQ(use.queries, (DnsQueries{10, 4}));
    EXPECT_NE(assumed(*usual, "assume.dnsQueriesPerSecond"), nullptr);
    ASSERT_EQ(usual->spec->dns.servers.size(), 1U);

    const std::string pod = "manifests[0].spec.template.spec.";
    const auto fewer = load({{"behaviour", std::string(looks_up)},
                             {pod + "dnsConfig", R"({"options": [{"name": "ndots", "value": "2"}]})"}});
    ASSERT_TRUE(fewer) << listed(fewer.error());
    EXPECT_EQ(fewer->spec->dns.uses[0].queries, (DnsQueries{2, 2}));

    const auto of_node = load({{"behaviour", std::string(looks_up)}, {pod + "dnsPolicy", "Default"}});
    ASSERT_TRUE(of_node) << listed(of_node.error());
    EXPECT_TRUE(of_node->spec->dns.uses[0].asks_vpc);
    EXPECT_EQ(of_node->spec->dns.uses[0].queries, (DnsQueries{2, 2}));
    const auto is_about_names = [](const IgnoredPath& one) { return one.path.find("dnsPolicy") != std::string::npos; };
    EXPECT_TRUE(std::ranges::none_of(of_node->ignored, is_about_names));
    const auto nobody_looks = load({{"manifests[0].spec.template.spec.dnsPolicy", "Default"}});
    ASSERT_TRUE(nobody_looks) << listed(nobody_looks.error());
    EXPECT_TRUE(std::ranges::any_of(nobody_looks->ignored, is_about_names));
}

TEST(DnsOfAScenario, TheNodesResolverKnowsNoService) {
    const auto scenario =
        load({{"behaviour", R"([{"for": "Deployment/shop/web", "dns": {"lookups": "5/s", "names": "service"}}])"},
              {"manifests[0].spec.template.spec.dnsPolicy", "Default"}});
    ASSERT_FALSE(scenario);
    EXPECT_NE(find(scenario.error(), Rule::contradictory_fields), nullptr);
}

// DNS-7
TEST(DnsOfAScenario, ANodeCacheIsKnownByItsLabel) {
    const auto scenario = load({{"manifests[1]", R"({"apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "node-local-dns", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": {"k8s-app": "node-local-dns"}}, "template": {"metadata": {"labels": {"k8s-app": "node-local-dns"}},
          "spec": {"hostNetwork": true, "dnsPolicy": "Default", "tolerations": [{"operator": "Exists"}],
                   "containers": [{"name": "node-cache", "image": "registry.k8s.io/dns/k8s-dns-node-cache:1.26.4"}]}}}})"},
                                {"behaviour", std::string(looks_up)}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_TRUE(scenario->spec->dns.node_cache.valid());
}

std::string autoscaler(std::string_view parameters) {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dns-autoscaler", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": {"k8s-app": "dns-autoscaler"}}, "template": {"metadata": {"labels": {"k8s-app": "dns-autoscaler"}},
          "spec": {"containers": [{"name": "autoscaler", "image": "registry.k8s.io/cpa/cluster-proportional-autoscaler:v1.9.0",
            "command": ["/cluster-proportional-autoscaler", "--namespace=kube-system", "--configmap=dns-autoscaler",
                        "--target=deployment/coredns", "--default-params=)" +
           std::string(parameters) + R"("]}]}}}})";
}

// DNS-5
TEST(DnsOfAScenario, AProportionalAutoscalerIsReadFromItsDefaultsOrItsConfigMap) {
    const std::string by_default = autoscaler(
        R"({\"linear\":{\"coresPerReplica\":256,\"nodesPerReplica\":16,\"preventSinglePointFailure\":true}})");
    const auto scenario = load({{"manifests[1]", by_default}, {"behaviour", "[]"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->dns.scalers.size(), 1U);
    const ProportionalScaler& scaler = scenario->spec->dns.scalers[0];
    EXPECT_EQ((*scenario->spec)[scaler.target].name, "coredns");
    EXPECT_EQ(scaler.linear.cores_per_replica, 256);
    EXPECT_EQ(scaler.linear.nodes_per_replica, 16);
    EXPECT_TRUE(scaler.linear.prevents_single_point_of_failure);

    const std::string with_map = R"({"apiVersion": "v1", "kind": "List", "items": [)" + by_default +
                                 R"(, {"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "dns-autoscaler", "namespace": "kube-system"},
        "data": {"ladder": "{\"nodesToReplicas\": [[10, 3], [1, 2]]}"}}]})";
    const auto from_map = load({{"manifests[1]", with_map}, {"behaviour", "[]"}});
    ASSERT_TRUE(from_map) << listed(from_map.error());
    ASSERT_EQ(from_map->spec->dns.scalers.size(), 1U);
    EXPECT_TRUE(from_map->spec->dns.scalers[0].is_ladder);
    EXPECT_EQ(from_map->spec->dns.scalers[0].by_nodes, (std::vector<LadderStep>{{1, 2}, {10, 3}}));
}

// CPA-4
TEST(DnsOfAScenario, ParametersThatMakeNoSenseAreRefused) {
    for (const std::string_view parameters :
         {R"({\"linear\":{}})", R"({\"linear\":{\"nodesPerReplica\":16,\"min\":5,\"max\":2}})", R"({\"square\":{}})",
          R"({\"ladder\":{\"nodesToReplicas\":[[1]]}})", R"({\"linear\":{\"nodesPerReplica\":16},\"ladder\":{}})"}) {
        const auto scenario = load({{"manifests[1]", autoscaler(parameters)}, {"behaviour", "[]"}});
        ASSERT_FALSE(scenario) << parameters;
        EXPECT_NE(find(scenario.error(), Rule::bad_proportional_scaler), nullptr) << listed(scenario.error());
    }
}

// DNS-6
TEST(DnsOfAScenario, TheAddOnsAutoscalingIsRead) {
    const auto with = [](const std::string& settings) {
        return load(
            {{"cluster.addons", R"([{"name": "coredns", "configurationValues": {"autoScaling": )" + settings + "}}]"}});
    };
    const auto on = with(R"({"enabled": true, "minReplicas": 3, "maxReplicas": 20})");
    ASSERT_TRUE(on) << listed(on.error());
    const ManagedScaling& scaling = on->spec->dns.managed_scaling;
    ASSERT_TRUE(scaling.target.valid());
    EXPECT_EQ((*on->spec)[scaling.target].name, "coredns");
    EXPECT_EQ(scaling.least, 3);
    EXPECT_EQ(scaling.most, 20);
    const auto usual = with(R"({"enabled": true})");
    ASSERT_TRUE(usual) << listed(usual.error());
    EXPECT_EQ(usual->spec->dns.managed_scaling.least, 2);
    const auto off = with(R"({"enabled": false, "minReplicas": 3})");
    ASSERT_TRUE(off) << listed(off.error());
    EXPECT_FALSE(off->spec->dns.managed_scaling.target.valid());
    const auto bad = with(R"({"enabled": true, "minReplicas": 5, "maxReplicas": 4})");
    ASSERT_FALSE(bad);
    EXPECT_NE(find(bad.error(), Rule::size_order), nullptr);
}

}  // namespace
}  // namespace eks::scenario_test
