// What a scenario says of Cilium: the values of its chart, cilium-config, a CNI configuration, and what they mean
// together.
#include "models/spec/tolerations.hpp"
#include "tests/unit/models/scenario/kubernetes/object_fixture.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks::scenario_test {
namespace {

using object_fixture::ReadObjects;

// What the documentation of Cilium has users do to aws-node before they install it.
constexpr std::string_view keep_aws_node_off =
    R"([{"target": "DaemonSet/kube-system/aws-node",
         "merge": {"spec": {"template": {"spec": {"nodeSelector": {"io.cilium/aws-node-enabled": "true"}}}}}}])";

std::string with_values(std::string_view values) {
    return R"({"manifests": [{"chart": "cilium", "helmValues": )" + std::string(values) + "}]}";
}

TEST(CiliumManifests, ChartValuesOfEniModeAreRead) {
    const ReadObjects objects(with_values(R"({
        "eni": {"enabled": true, "awsReleaseExcessIPs": true, "awsEnablePrefixDelegation": true,
                "nodeSpec": {"firstInterfaceIndex": 1}, "iamRole": "arn:x"},
        "ipam": {"mode": "eni", "ciliumNodeUpdateRate": "5s", "operator": {"externalAPILimitQPS": 10}},
        "healthChecking": false, "image": {"tag": "v1.16.4"},
        "extraConfig": {"ipam-min-allocate": "12", "excess-ip-release-delay": "60", "debug": "true"},
        "operator": {"replicas": 1, "extraArgs": ["--parallel-alloc-workers=10", "--verbose"]}})"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.spec().cni_kind, CniKind::cilium_eni);
    const CiliumSettings& cilium = objects.spec().cilium;
    EXPECT_TRUE(cilium.releases_excess);
    EXPECT_TRUE(cilium.prefix_delegation);
    EXPECT_EQ(cilium.first_interface_index, 1);
    EXPECT_EQ(cilium.node_update_interval, sim::Duration::seconds(5));
    EXPECT_EQ(cilium.api_qps, 10);
    EXPECT_EQ(cilium.api_burst, 20);  // IPAM-302
    EXPECT_FALSE(cilium.checks_health);
    EXPECT_EQ(cilium.version_minor, 16);
    EXPECT_EQ(cilium.min_allocate, 12);
    EXPECT_EQ(cilium.release_delay, sim::Duration::seconds(60));
    EXPECT_EQ(cilium.parallel_workers, 10);
    EXPECT_EQ(objects.workload("Deployment/kube-system/cilium-operator").replicas, 1);
    EXPECT_TRUE(cilium.operator_workload.valid());
    EXPECT_NE(objects.find("DaemonSet/kube-system/cilium"), nullptr);
    EXPECT_TRUE(objects.is_ignored("Helm values of cilium eni.iamRole"));
    EXPECT_TRUE(objects.is_ignored("Helm values of cilium extraConfig.debug"));
    EXPECT_FALSE(objects.is_ignored("Helm values of cilium eni.enabled"));
}

// IPAM-301
TEST(CiliumManifests, TheOperatorKeepsOffCordonedNodesFrom118) {  // cilium/cilium #28549, #40137
    const auto tolerates_a_cordon = [](std::string_view more) {
        const ReadObjects objects(
            with_values(R"({"eni": {"enabled": true}, "ipam": {"mode": "eni"}, )" + std::string(more) + "}"));
        EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
        return tolerates(objects.pod("Deployment/kube-system/cilium-operator"), "node.kubernetes.io/unschedulable", "",
                         TaintEffect::no_schedule);
    };
    EXPECT_TRUE(tolerates_a_cordon(R"("image": {"tag": "v1.17.4"})"));
    EXPECT_FALSE(tolerates_a_cordon(R"("image": {"tag": "v1.18.2"})"));
    EXPECT_TRUE(tolerates_a_cordon(R"("operator": {"tolerations": [{"operator": "Exists"}]})"));
    EXPECT_FALSE(tolerates_a_cordon(R"("image": {"tag": "v1.17.4"}, "operator": {"tolerations": []})"));
}

TEST(CiliumManifests, ARenderedChartIsReadFromItsConfigMapAndCniConfiguration) {
    const ReadObjects objects(R"({"manifests": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cilium-config", "namespace": "kube-system"},
         "data": {"ipam": "eni", "aws-release-excess-ips": "true", "limit-ipam-api-burst": "40", "enable-ipv6": "false"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cni-configuration", "namespace": "kube-system"},
         "data": {"cni-config": "{\"cniVersion\":\"0.3.1\",\"name\":\"cilium\",\"plugins\":[{\"type\":\"cilium-cni\",\"eni\":{\"first-interface-index\":1},\"ipam\":{\"pre-allocate\":16,\"min-allocate\":24}}]}"}}]})");
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_EQ(objects.spec().cni_kind, CniKind::cilium_eni);
    EXPECT_TRUE(objects.spec().cilium.releases_excess);
    EXPECT_EQ(objects.spec().cilium.api_burst, 40);
    EXPECT_EQ(objects.spec().cilium.first_interface_index, 1);
    EXPECT_EQ(objects.spec().cilium.pre_allocate, 16);
    EXPECT_EQ(objects.spec().cilium.min_allocate, 24);
    EXPECT_FALSE(objects.spec().cilium.operator_workload.valid());
    EXPECT_TRUE(objects.is_ignored("ConfigMap/kube-system/cilium-config data.enable-ipv6"));
}

// IPAM-326, IPAM-350
TEST(CiliumManifests, SubnetsAndTaintsOfTheChartAreRead) {
    const std::string cilium = R"([{"chart": "cilium", "helmValues": {
        "eni": {"enabled": true, "nodeSpec": {"subnetIDs": ["eu-central-1b"]}}, "ipam": {"mode": "eni"},
        "operator": {"setNodeTaints": false}}}])";
    const auto scenario = load(
        {{"manifests", cilium}, {"behaviour", "[]"}, {"timeline", "[]"}, {"patches", std::string(keep_aws_node_off)}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_FALSE(scenario->spec->cilium.sets_taints);
    EXPECT_TRUE(scenario->spec->cilium.removes_taints);
    ASSERT_EQ(scenario->spec->cilium.subnets.size(), 1U);
    EXPECT_EQ((*scenario->spec)[scenario->spec->cilium.subnets[0]].zone.value, 1U);

    const auto unknown = load({{"manifests", cilium},
                               {"manifests[0].helmValues.eni.nodeSpec.subnetIDs", R"(["subnet-nowhere"])"},
                               {"behaviour", "[]"},
                               {"timeline", "[]"},
                               {"patches", std::string(keep_aws_node_off)}});
    ASSERT_FALSE(unknown);
    EXPECT_NE(find(unknown.error(), Rule::unknown_subnet), nullptr) << listed(unknown.error());
}

// IPAM-350: the chart sets the taint where it takes it away, if it is not told otherwise.
TEST(CiliumManifests, RemovingAndSettingTheTaintAreTwoSettings) {
    const auto read = [](const char* taints) {
        const ReadObjects objects(with_values(
            std::string(R"({"eni": {"enabled": true}, "ipam": {"mode": "eni"}, "operator": )") + taints + "}"));
        EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
        return std::pair(objects.spec().cilium.removes_taints, objects.spec().cilium.sets_taints);
    };
    EXPECT_EQ(read("{}"), std::pair(true, true));
    EXPECT_EQ(read(R"({"removeNodeTaints": false})"), std::pair(false, false));
    EXPECT_EQ(read(R"({"removeNodeTaints": false, "setNodeTaints": true})"), std::pair(false, true));
}

// IPAM-123: a node group that the CNI's DaemonSet passes over has no network.
TEST(CiliumManifests, NodesWithoutACniAreWarnedAbout) {
    constexpr const char* off = R"({"spec": {"template": {"spec": {"nodeSelector": {"cni": "none-such"}}}}})";
    const auto loaded = [&](const std::string& manifests, const char* daemon_set, const char* more) {
        return load({{"manifests", manifests},
                     {"behaviour", "[]"},
                     {"timeline", "[]"},
                     {"patches", std::string(R"([{"target": "DaemonSet/kube-system/)") + daemon_set +
                                     R"(", "merge": )" + off + "}" + more + "]"}});
    };
    const std::string pools_of_cilium = R"([{"chart": "cilium", "helmValues": {"ipam": {"mode": "cluster-pool"}}}])";
    const std::string eni_mode =
        R"([{"chart": "cilium", "helmValues": {"eni": {"enabled": true}, "ipam": {"mode": "eni"}}}])";
    const std::string no_aws_node =
        std::string(R"(, {"target": "DaemonSet/kube-system/aws-node", "merge": )") + off + "}";

    const auto without = loaded("[]", "aws-node", "");
    ASSERT_TRUE(without) << listed(without.error());
    EXPECT_NE(find(without->warnings, Rule::no_cni), nullptr);

    const auto no_agents = loaded(eni_mode, "cilium", no_aws_node.c_str());
    ASSERT_TRUE(no_agents) << listed(no_agents.error());
    EXPECT_NE(find(no_agents->warnings, Rule::no_cni), nullptr);

    const auto cilium = loaded(eni_mode, "aws-node", "");
    ASSERT_TRUE(cilium) << listed(cilium.error());
    EXPECT_EQ(find(cilium->warnings, Rule::no_cni), nullptr);

    // Pools of Cilium that are not modelled: the VPC CNI stands in for it where aws-node does not run.
    const auto stand_in = loaded(pools_of_cilium, "aws-node", "");
    ASSERT_TRUE(stand_in) << listed(stand_in.error());
    EXPECT_EQ(find(stand_in->warnings, Rule::no_cni), nullptr);
    EXPECT_FALSE(stand_in->spec->aws_node.valid());
}

TEST(CiliumManifests, EniModeIsRefusedInAClusterOfIpv6) {
    const auto scenario = load(
        {{"manifests", R"([{"chart": "cilium", "helmValues": {"eni": {"enabled": true}, "ipam": {"mode": "eni"}}}])"},
         {"behaviour", "[]"},
         {"timeline", "[]"},
         {"patches", std::string(keep_aws_node_off)},
         {"cluster.kubernetesNetworkConfig", R"({"ipFamily": "IPv6"})"}});
    ASSERT_FALSE(scenario.ok());
    EXPECT_NE(find(scenario.error(), Rule::not_supported), nullptr) << listed(scenario.error());
}

// IPAM-353
TEST(CiliumManifests, ChainedOnAwsCniTheVpcCniGivesAddresses) {
    const ReadObjects objects(with_values(R"({"cni": {"chainingMode": "aws-cni", "exclusive": false}})"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_TRUE(objects.warnings().empty()) << listed(objects.warnings());
    EXPECT_EQ(objects.spec().cni_kind, CniKind::vpc_cni);
}

TEST(CiliumManifests, OtherPoolsOfCiliumAreWarnedAbout) {
    const ReadObjects objects(with_values(R"({"ipam": {"mode": "cluster-pool"}})"));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_NE(find(objects.warnings(), Rule::kind_not_modelled), nullptr);
    EXPECT_EQ(objects.spec().cni_kind, CniKind::vpc_cni);
}

TEST(CiliumManifests, ValuesThatCiliumRefusesAreComplainedAboutAtTheirPlace) {
    const ReadObjects objects(with_values(
        R"({"eni": {"enabled": true, "awsReleaseExcessIPs": "often"}, "extraConfig": {"ipam-min-allocate": "-3"}})"));
    EXPECT_TRUE(objects.has_complaint(objects.errors(), Rule::bad_cni_setting,
                                      "/manifests/0/helmValues/eni/awsReleaseExcessIPs"));
    EXPECT_TRUE(objects.has_complaint(objects.errors(), Rule::bad_cni_setting,
                                      "/manifests/0/helmValues/extraConfig/ipam-min-allocate"));
}

TEST(CiliumManifests, OddValuesNeverCrash) {
    for (const std::string_view odd : {"null", "7", "[]", "{}", "\"x\"", "true"}) {
        for (const std::string_view key :
             {"eni", "ipam", "operator", "cni", "image", "extraConfig", "healthChecking"}) {
            const ReadObjects objects(with_values("{\"" + std::string(key) + "\": " + std::string(odd) + "}"));
            EXPECT_NE(objects.spec().cni_kind, CniKind::both);
        }
        const ReadObjects whole(with_values(odd));
        const ReadObjects data(
            R"({"manifests": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cilium-config"},
                "data": {"ipam": "eni", "cni-config": )" +
            std::string(odd) + "}}]}");
        EXPECT_EQ(data.spec().cni_kind, CniKind::cilium_eni);
    }
}

// IPAM-354: unless the manifests keep it off, aws-node is there.
TEST(CiliumManifests, TwoCnisOnTheSameNodesAreWarnedAbout) {
    const std::string cilium =
        R"([{"chart": "cilium", "helmValues": {"eni": {"enabled": true}, "ipam": {"mode": "eni"}}}])";
    const auto both = load({{"manifests", cilium}, {"behaviour", "[]"}, {"timeline", "[]"}});
    ASSERT_TRUE(both) << listed(both.error());
    EXPECT_EQ(both->spec->cni_kind, CniKind::both);
    EXPECT_NE(find(both->warnings, Rule::two_cnis), nullptr);

    const auto one = load(
        {{"manifests", cilium}, {"behaviour", "[]"}, {"timeline", "[]"}, {"patches", std::string(keep_aws_node_off)}});
    ASSERT_TRUE(one) << listed(one.error());
    EXPECT_EQ(one->spec->cni_kind, CniKind::cilium_eni);
    EXPECT_EQ(find(one->warnings, Rule::two_cnis), nullptr);
    EXPECT_EQ(find(one->warnings, Rule::pod_fits_no_node), nullptr) << "aws-node is kept off on purpose";
}

TEST(CiliumManifests, AChangeOfItsSettingsInTheMiddleOfARunIsARevision) {
    const std::string cilium =
        R"([{"chart": "cilium", "helmValues": {"eni": {"enabled": true}, "ipam": {"mode": "eni"}}}])";
    const auto scenario = load({{"manifests", cilium},
                                {"behaviour", "[]"},
                                {"patches", std::string(keep_aws_node_off)},
                                {"timeline", R"([{"at": "1h", "apply": "ConfigMap/kube-system/cilium-config",
                           "merge": {"data": {"ipam-pre-allocate": "30", "aws-release-excess-ips": "true"}}}])"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.revisions.size(), 1U);
    EXPECT_EQ(spec.cilium.pre_allocate, 0);
    EXPECT_FALSE(spec.cilium.releases_excess);
    EXPECT_EQ(spec.revision(1).cilium.pre_allocate, 30);
    EXPECT_TRUE(spec.revision(1).cilium.releases_excess);
    EXPECT_EQ(spec.revision(1).cni_kind, CniKind::cilium_eni);
}

TEST(CiliumManifests, AnotherCniInTheMiddleOfARunIsRefused) {
    const std::string cilium =
        R"([{"chart": "cilium", "helmValues": {"eni": {"enabled": true}, "ipam": {"mode": "eni"}}}])";
    const auto scenario = load({{"manifests", cilium},
                                {"behaviour", "[]"},
                                {"patches", std::string(keep_aws_node_off)},
                                {"timeline", R"([{"at": "1h", "apply": "ConfigMap/kube-system/cilium-config",
                                                  "merge": {"data": {"ipam": "cluster-pool"}}}])"}});
    ASSERT_FALSE(scenario);
    const Complaint* complaint = find(scenario.error(), Rule::not_yet_modelled);
    ASSERT_NE(complaint, nullptr) << listed(scenario.error());
    EXPECT_NE(complaint->message.find("a change of the CNI"), std::string::npos) << complaint->message;
}

// IPAM-350, IPAM-341
TEST(CiliumManifests, TheAgentsTaintIsNoneOfThoseThatStay) {
    const std::string cilium =
        R"([{"chart": "cilium", "helmValues": {"eni": {"enabled": true, "nodeSpec": {"firstInterfaceIndex": 1}}, "ipam": {"mode": "eni"}}}])";
    const auto scenario = load({{"manifests", cilium},
                                {"behaviour", "[]"},
                                {"timeline", "[]"},
                                {"patches", std::string(keep_aws_node_off)},
                                {"cluster.managedNodeGroups[workers].taints",
                                 R"([{"key": "node.cilium.io/agent-not-ready", "value": "true", "effect": "NoExecute"},
                   {"key": "dedicated", "effect": "NoSchedule"}])"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    for (const NodeShape& shape : scenario->spec->shapes) {
        EXPECT_TRUE(shape.waits_for_cilium);
        ASSERT_EQ(shape.taints.size(), 1U);
        EXPECT_EQ(shape.taints[0].key, "dedicated");
    }
    // m5.xlarge: 3 x 14 - 2 = 40 of 58 pods of which two use the host's network.
    EXPECT_NE(find(scenario->warnings, Rule::pods_without_address), nullptr);
}

// IPAM-357: addresses are the same either way; kube-proxy's pod takes a slot for nothing.
TEST(CiliumManifests, KubeProxyBesideItsReplacementIsWarnedAbout) {
    const auto loaded = [](const char* replacement, bool is_kept_off) {
        std::string patches(keep_aws_node_off);
        if (is_kept_off) {
            patches.back() = ',';
            patches += R"({"target": "DaemonSet/kube-system/kube-proxy",
                "merge": {"spec": {"template": {"spec": {"nodeSelector": {"io.cilium/kube-proxy": "true"}}}}}}])";
        }
        return load({{"manifests", std::string(R"([{"chart": "cilium", "helmValues": {"eni": {"enabled": true},
                         "ipam": {"mode": "eni"}, "kubeProxyReplacement": )") +
                                       replacement + "}}]"},
                     {"behaviour", "[]"},
                     {"timeline", "[]"},
                     {"patches", patches}});
    };
    struct Case {
        const char* replacement;
        bool is_kept_off;
        bool is_warned;
    };
    for (const auto& [replacement, is_kept_off, is_warned] :
         {Case{"true", false, true}, Case{"\"true\"", false, true}, Case{"\"strict\"", false, true},
          Case{"false", false, false}, Case{"\"disabled\"", false, false}, Case{"true", true, false}}) {
        const auto scenario = loaded(replacement, is_kept_off);
        ASSERT_TRUE(scenario) << listed(scenario.error());
        EXPECT_EQ(find(scenario->warnings, Rule::two_service_proxies) != nullptr, is_warned) << replacement;
        EXPECT_EQ(find(scenario->warnings, Rule::pod_fits_no_node), nullptr);
        EXPECT_EQ(scenario->spec->cni_kind, CniKind::cilium_eni);
    }
}

// IPAM-152 is the VPC CNI's.
TEST(CiliumManifests, WhatOnlyTheVpcCniDoesIsRefusedBesideIt) {
    const auto bad = load(
        {{"manifests", R"([{"chart": "cilium", "helmValues": {"eni": {"enabled": true}, "ipam": {"mode": "eni"}}}])"},
         {"behaviour", "[]"},
         {"timeline", "[]"},
         {"patches", std::string(keep_aws_node_off)},
         {"cluster.managedNodeGroups[workers].otherEnis", R"([{"count": 1}])"}});
    ASSERT_FALSE(bad);
    EXPECT_NE(find(bad.error(), Rule::not_yet_modelled), nullptr) << listed(bad.error());
}

}  // namespace
}  // namespace eks::scenario_test
