// Which circles a scenario's start has, and what is said about them before it runs (FR-21, BOOT-2, BOOT-4, IPAM-350).
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks::scenario_test {
namespace {

constexpr std::string_view tainted =
    R"([{"key": "node.cilium.io/agent-not-ready", "value": "true", "effect": "NoExecute"}])";

struct Cluster {
    std::string values = R"("cni": {"chainingMode": "aws-cni"})";
    std::string host = "0123.gr7.eu-central-1.eks.amazonaws.com";
    std::string policy = "ClusterFirstWithHostNet";
    std::string operator_policy;
    std::string patches = "[]";
    std::string groups = std::string(R"([{"name": "workers", "instanceType": "m5.large", "desiredCapacity": 2,
                                         "privateNetworking": true, "taints": )") +
                         std::string(tainted) + "}]";
};

sim::Result<Scenario, Complaints> load_cluster(const Cluster& cluster) {
    const std::string chart = R"([{"chart": "cilium", "helmValues": {)" + cluster.values + R"(, "k8sServiceHost": ")" +
                              cluster.host + R"(", "dnsPolicy": ")" + cluster.policy +
                              R"(", "operator": {"dnsPolicy": ")" + cluster.operator_policy + R"("}}}])";
    return load(Changes{{"manifests", chart},
                        {"behaviour", "[]"},
                        {"timeline", "[]"},
                        {"patches", cluster.patches},
                        {"cluster.managedNodeGroups", cluster.groups}});
}

std::string tolerations_of_coredns(std::string_view more) {
    return R"([{"target": "DaemonSet/kube-system/aws-node", "merge": {"spec": {"template": {"spec": {"nodeSelector":
               {"io.cilium/aws-node-enabled": "true"}}}}}},
               {"target": "Deployment/kube-system/coredns", "merge": {"spec": {"template": {"spec": {)" +
           std::string(more) + R"("tolerations": [{"operator": "Exists"}]}}}}}])";
}

const std::string eni_mode = R"("eni": {"enabled": true}, "ipam": {"mode": "eni"})";

TEST(StartThings, ATaintAnAgentAndADnsThatWaitForEachOtherAreNamed) {
    const auto scenario = load_cluster(Cluster{});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Complaint* warning = find(scenario->warnings, Rule::start_deadlock);
    ASSERT_NE(warning, nullptr);
    EXPECT_EQ(
        warning->message,
        "new nodes and the cluster's DNS wait for each other: the taint node.cilium.io/agent-not-ready of nodes of "
        "workers goes when Cilium's agent is ready there; Cilium's agent on nodes of workers resolves the API "
        "server's name 0123.gr7.eu-central-1.eks.amazonaws.com through the cluster's DNS; the cluster's DNS is "
        "answered by pods of Deployment/kube-system/coredns alone; Deployment/kube-system/coredns needs a node "
        "that takes it; a pod of Deployment/kube-system/coredns on nodes of workers does not tolerate the taint "
        "node.cilium.io/agent-not-ready");
    EXPECT_NE(
        warning->hint.find("add a toleration of node.cilium.io/agent-not-ready to Deployment/kube-system/coredns"),
        std::string::npos);
    EXPECT_NE(warning->hint.find("leave dnsPolicy out in DaemonSet/kube-system/cilium"), std::string::npos);
    EXPECT_EQ(scenario->spec->dns.in_need.size(), 1U);
    EXPECT_EQ(scenario->spec->dns.servers.size(), 1U);
    // The taint goes, so it is none of those that stay, chained or not.
    for (const NodeShape& shape : scenario->spec->shapes) EXPECT_TRUE(shape.waits_for_cilium && shape.taints.empty());
}

// An address needs no DNS, and pods of the host's network ask the VPC's resolver where nothing is said.
TEST(StartThings, WithoutANameForTheClustersDnsThereIsNoCircle) {
    Cluster by_address;
    by_address.host = "10.0.3.7";
    Cluster by_vpc;
    by_vpc.policy = "";
    Cluster explicitly;
    explicitly.policy = "Default";
    Cluster untainted;
    untainted.groups =
        R"([{"name": "workers", "instanceType": "m5.large", "desiredCapacity": 2, "privateNetworking": true}])";
    for (const Cluster& cluster : {by_address, by_vpc, explicitly, untainted}) {
        const auto scenario = load_cluster(cluster);
        ASSERT_TRUE(scenario) << listed(scenario.error());
        EXPECT_EQ(find(scenario->warnings, Rule::start_deadlock), nullptr);
    }
}

TEST(StartThings, ATolerationOfCoreDnsBreaksTheCircleBehindTheVpcCni) {
    Cluster cluster;
    cluster.patches = R"([{"target": "Deployment/kube-system/coredns", "merge": {"spec": {"template": {"spec": {
        "tolerations": [{"key": "node.cilium.io/agent-not-ready", "operator": "Exists"}]}}}}}])";
    const auto scenario = load_cluster(cluster);
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_EQ(find(scenario->warnings, Rule::start_deadlock), nullptr);
}

// CoreDNS may run where no agent has to come first.
TEST(StartThings, ASecondGroupWithoutTheTaintBreaksTheCircle) {
    Cluster cluster;
    cluster.groups.insert(
        1, R"({"name": "system", "instanceType": "m5.large", "desiredCapacity": 1, "privateNetworking": true}, )");
    const auto scenario = load_cluster(cluster);
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_EQ(find(scenario->warnings, Rule::start_deadlock), nullptr);
}

// IPAM-356: in ENI mode CoreDNS has its address from the agent too, so that a toleration alone does not help.
TEST(StartThings, InEniModeATolerationIsNotEnough) {
    Cluster cluster;
    cluster.values = eni_mode;
    cluster.patches = tolerations_of_coredns("");
    const auto with_pod_network = load_cluster(cluster);
    ASSERT_TRUE(with_pod_network) << listed(with_pod_network.error());
    const Complaint* warning = find(with_pod_network->warnings, Rule::start_deadlock);
    ASSERT_NE(warning, nullptr);
    EXPECT_NE(warning->message.find("gets its address from the CNI there"), std::string::npos);
    EXPECT_EQ(warning->hint,
              "leave dnsPolicy out in DaemonSet/kube-system/cilium, so that it asks the VPC's own resolver");
    cluster.patches = tolerations_of_coredns(R"("hostNetwork": true, )");
    const auto with_host_network = load_cluster(cluster);
    ASSERT_TRUE(with_host_network) << listed(with_host_network.error());
    EXPECT_EQ(find(with_host_network->warnings, Rule::start_deadlock), nullptr);
}

// IPAM-356: the operator calls EC2 by name, whatever the API server is called.
TEST(StartThings, InEniModeTheOperatorNeedsANameToo) {
    Cluster cluster;
    cluster.values = eni_mode;
    cluster.policy = "";
    cluster.operator_policy = "ClusterFirstWithHostNet";
    cluster.host = "";
    cluster.patches = tolerations_of_coredns("");
    const auto scenario = load_cluster(cluster);
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Complaint* warning = find(scenario->warnings, Rule::start_deadlock);
    ASSERT_NE(warning, nullptr);
    EXPECT_NE(warning->message.find("resolves the name of EC2's API through the cluster's DNS"), std::string::npos);
}

TEST(StartThings, WhatABehaviourSaysCountsForPodsThatServeAlone) {
    const auto said = load({{"behaviour[0]", R"({"for": "Deployment/shop/web", "needsClusterDns": true})"}});
    ASSERT_TRUE(said) << listed(said.error());
    EXPECT_EQ(said->spec->dns.in_need.size(), 1U);
    const auto refused = load({{"behaviour[1]", R"({"for": "CronJob/reports/*", "needsClusterDns": true})"}});
    ASSERT_FALSE(refused);
    EXPECT_NE(find(refused.error(), Rule::not_supported), nullptr);
}

}  // namespace
}  // namespace eks::scenario_test
