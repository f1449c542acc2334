// The section `cluster`: versions, subnets and node groups in eksctl's words, and the nodes that they become.
#include "models/scenario/cidr.hpp"
#include "models/scenario/subnets.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace cluster_loading {

using scenario_test::assumed;
using scenario_test::find;
using scenario_test::listed;
using scenario_test::load;

std::string label_of(const NodeShape& shape, std::string_view key) {
    for (const Label& label : shape.labels) {
        if (label.key == key) return label.value;
    }
    return "(none)";
}

TEST(ClusterTest, ANodeOffersWhatEksLeavesOfIt) {
    const auto scenario = load();
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    EXPECT_EQ(spec.cluster_name, "shop");
    EXPECT_EQ(spec.region, "eu-central-1");
    EXPECT_EQ(spec.kubernetes.minor, 34);
    ASSERT_EQ(spec.node_groups.size(), 1U);
    EXPECT_EQ(spec.node_groups[0].desired, 3);
    EXPECT_EQ(spec.node_groups[0].maximum, 30);
    ASSERT_EQ(spec.shapes.size(), 2U);  // one a zone
    const NodeShape& shape = spec.shapes[0];
    EXPECT_EQ(shape.max_pods, 58);  // IPAM-6, IPAM-180: 4 x (15 - 1) + 2
    EXPECT_EQ(shape.max_enis, 4);
    EXPECT_EQ(shape.ipv4_per_eni, 15);
    EXPECT_EQ(shape.vcpus, 4);
    EXPECT_EQ(shape.allocatable.cpu_milli, 4000 - 80);  // KUBELET-23
    EXPECT_EQ(shape.allocatable.memory_bytes,
              (15155 - 893 - 100) * mebibyte);           // 7.5 % overhead, KUBELET-22, KUBELET-23
    EXPECT_EQ(shape.price_per_hour_micro_usd, 230'000);  // the price list: 0.23 in Frankfurt
}

TEST(ClusterTest, NodesCarryTheLabelsThatEksGivesThem) {
    const auto scenario =
        load({{"cluster.managedNodeGroups[workers].labels", "{\"role\": \"worker\", \"gpu\": false}"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodeShape& shape = scenario->spec->shapes[1];
    EXPECT_EQ(label_of(shape, "role"), "worker");
    EXPECT_EQ(label_of(shape, "gpu"), "false");
    EXPECT_EQ(label_of(shape, "kubernetes.io/arch"), "amd64");
    EXPECT_EQ(label_of(shape, "kubernetes.io/os"), "linux");
    EXPECT_EQ(label_of(shape, "node.kubernetes.io/instance-type"), "m5.xlarge");
    EXPECT_EQ(label_of(shape, "topology.kubernetes.io/zone"), "eu-central-1b");
    EXPECT_EQ(label_of(shape, "topology.kubernetes.io/region"), "eu-central-1");
    EXPECT_EQ(label_of(shape, "eks.amazonaws.com/nodegroup"), "workers");
    EXPECT_EQ(label_of(shape, "eks.amazonaws.com/capacityType"), "ON_DEMAND");
    EXPECT_EQ(label_of(shape, "alpha.eksctl.io/nodegroup-name"), "workers");
}

TEST(ClusterTest, NodesOf2018KnowOnlyTheOlderLabelsAndReserveNothing) {
    const auto scenario =
        load({{"cluster.metadata.version", "\"1.10\""}, {"manifests", "[]"}, {"behaviour", "[]"}, {"timeline", "[]"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodeShape& shape = scenario->spec->shapes[0];
    EXPECT_TRUE(scenario->spec->kubernetes.is_2018());
    EXPECT_EQ(label_of(shape, "kubernetes.io/arch"), "(none)");
    EXPECT_EQ(label_of(shape, "beta.kubernetes.io/instance-type"), "m5.xlarge");
    EXPECT_EQ(label_of(shape, "failure-domain.beta.kubernetes.io/zone"), "eu-central-1a");
    EXPECT_EQ(shape.allocatable.cpu_milli, 4000);  // X-5
    EXPECT_EQ(shape.allocatable.memory_bytes, (15155 - 100) * mebibyte);
    EXPECT_EQ(scenario->spec->latencies.kubelet, (ClientLimit{5, 10}));  // X-5
}

TEST(ClusterTest, PatchVersionsAreToldApartIn110) {  // X-6
    const auto patch_of = [](const char* version) {
        const auto scenario = load({{"cluster.metadata.version", std::string("\"") + version + "\""},
                                    {"manifests", "[]"},
                                    {"behaviour", "[]"},
                                    {"timeline", "[]"}});
        EXPECT_EQ(scenario.ok(), std::string_view(version) != "1.10.14");
        return scenario.ok() ? scenario->spec->kubernetes.patch : -1;
    };
    EXPECT_EQ(patch_of("1.10"), 3);  // which EKS began with
    EXPECT_EQ(patch_of("1.10.7"), 7);
    EXPECT_EQ(patch_of("1.10.14"), -1);
}

TEST(ClusterTest, VersionsBetweenTheProfilesBehaveAs129) {
    for (const std::string_view version : {"1.11", "1.18", "1.28"}) {
        const auto scenario = load({{"cluster.metadata.version", "\"" + std::string(version) + "\""}});
        ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
        EXPECT_EQ(scenario->spec->kubernetes.minor, 29);
        EXPECT_NE(find(scenario->warnings, Rule::version_behaves_as), nullptr);
    }
    for (const std::string_view version : {"1.29", "1.37"}) {
        const auto scenario =
            load({{"cluster.metadata.version", std::string(version)}});  // a number in JSON will do as well
        ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
        EXPECT_EQ(find(scenario->warnings, Rule::version_behaves_as), nullptr);
    }
    // Where a rule names no version, all behave alike, and the result says so of every other than 1.36.
    const auto older = load({{"cluster.metadata.version", "\"1.31\""}});
    ASSERT_TRUE(older.ok());
    const Assumption* said = assumed(*older, "what no rule tells apart in Kubernetes 1.31");
    ASSERT_NE(said, nullptr);
    EXPECT_EQ(said->value, "as in 1.36");

    const auto unsaid = load({{"cluster.metadata.version", "null"}});
    ASSERT_TRUE(unsaid.ok());
    EXPECT_EQ(unsaid->spec->kubernetes.minor, 36);
    EXPECT_NE(assumed(*unsaid, "cluster.metadata.version"), nullptr);
}

TEST(ClusterTest, SubnetsKeepTheirRangesAndWhatIsInUse) {
    const auto scenario = load();
    ASSERT_TRUE(scenario.ok());
    ASSERT_EQ(scenario->spec->subnets.size(), 2U);
    const Subnet& subnet = scenario->spec->subnets[0];
    EXPECT_EQ(subnet.name, "private-eu-central-1a");
    EXPECT_EQ(subnet.first_address, 0x0A000000U);
    EXPECT_EQ(subnet.prefix_length, 22);
    EXPECT_EQ(subnet.usable(), 1019);  // IPAM-200
    EXPECT_EQ(subnet.in_use, 61);
    EXPECT_TRUE(subnet.is_private);
    EXPECT_EQ(scenario->spec->zones[subnet.zone.value], "eu-central-1a");
}

TEST(ClusterTest, WithoutAVpcTheSubnetsAreThoseOfEksctl) {
    const auto scenario =
        load({{"cluster.vpc", "null"}, {"cluster.managedNodeGroups[workers].privateNetworking", "null"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const auto& subnets = scenario->spec->subnets;
    ASSERT_EQ(subnets.size(), 6U);  // 192.168.0.0/16 in eighths: three public, then three private
    EXPECT_EQ(subnets[0].name, "public-eu-central-1a");
    EXPECT_EQ(to_text(Cidr{subnets[0].first_address, subnets[0].prefix_length}), "192.168.0.0/19");
    EXPECT_EQ(subnets[5].name, "private-eu-central-1c");
    EXPECT_EQ(to_text(Cidr{subnets[5].first_address, subnets[5].prefix_length}), "192.168.160.0/19");
    EXPECT_FALSE(scenario->spec->subnets[scenario->spec->shapes[0].subnet.value].is_private);
    EXPECT_NE(assumed(*scenario, "cluster.availabilityZones"), nullptr);
}

TEST(ClusterTest, ZonesThatRefuseTheControlPlaneAreNotDrawn) {
    const auto scenario = load({{"cluster.vpc", "null"},
                                {"cluster.metadata.region", "us-west-1"},
                                {"cluster.managedNodeGroups[workers].privateNetworking", "null"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->subnets.size(), 4U);  // AWS-8 takes none of these two zones away
    const auto refused = load({{"cluster.vpc", "null"},
                               {"cluster.metadata.region", "us-east-1"},
                               {"cluster.availabilityZones", "[\"us-east-1a\", \"us-east-1e\"]"},
                               {"cluster.managedNodeGroups[workers].privateNetworking", "null"}});
    ASSERT_TRUE(refused.ok()) << listed(refused.error());
    EXPECT_NE(find(refused->warnings, Rule::zone_refused), nullptr);
}

// AWS-8: names are each account's own; once their ids are given, a zone that EKS refuses is refused.
TEST(ClusterTest, ZonesThatEksRefusesAreRefusedByTheirId) {
    const auto named = [](const char* id) {
        return load({{"cluster.vpc", "null"},
                     {"cluster.metadata.region", "us-east-1"},
                     {"cluster.zoneIds", std::string(R"({"us-east-1b": ")") + id + "\"}"},
                     {"cluster.availabilityZones", "[\"us-east-1a\", \"us-east-1b\"]"},
                     {"cluster.managedNodeGroups[workers].privateNetworking", "null"}});
    };
    const auto refused = named("use1-az3");
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(find(refused.error(), Rule::zone_refused), nullptr);
    EXPECT_TRUE(named("use1-az1").ok());
}

TEST(ClusterTest, SubnetsKnownByIdAloneGetAnAssumedPlace) {
    const auto scenario = load({{"cluster.vpc", R"({"cidr": "192.168.0.0/16", "subnets": {"private": {
        "one": {"cidr": "192.168.0.0/19"}, "two": {"id": "subnet-2"}, "three": {"id": "subnet-3", "az": "eu-central-1c"}}}})"},
                                {"cluster.managedNodeGroups[workers].subnets", "[\"one\", \"subnet-2\"]"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->subnets.size(), 3U);
    EXPECT_EQ(to_text(Cidr{scenario->spec->subnets[1].first_address, 19}), "192.168.32.0/19");
    EXPECT_EQ(scenario->spec->zones[scenario->spec->subnets[2].zone.value], "eu-central-1c");
    EXPECT_EQ(scenario->spec->shapes.size(), 2U);
    EXPECT_NE(assumed(*scenario, "cidr of subnet two"), nullptr);
    EXPECT_NE(assumed(*scenario, "zone of subnet two"), nullptr);
}

TEST(ClusterTest, SizesAreFilledInAsEksctlDoes) {
    const auto sizes = [](const char* group) {
        const auto scenario = load({{"cluster.managedNodeGroups",
                                     std::string("[{\"name\": \"a\", \"privateNetworking\": true") + group + "}]"}});
        EXPECT_TRUE(scenario.ok()) << group;
        if (!scenario) return std::array{-1, -1, -1};
        const NodeGroup& row = scenario->spec->node_groups.at(0);
        return std::array{row.minimum, row.desired, row.maximum};
    };
    EXPECT_EQ(sizes(""), (std::array{2, 2, 2}));
    EXPECT_EQ(sizes(", \"desiredCapacity\": 5"), (std::array{5, 5, 5}));
    EXPECT_EQ(sizes(", \"minSize\": 1, \"maxSize\": 4"), (std::array{1, 1, 4}));
    EXPECT_EQ(sizes(", \"minSize\": 0, \"desiredCapacity\": 3, \"maxSize\": 4"), (std::array{0, 3, 4}));
}

TEST(ClusterTest, BothFormsOfTaintsAreRead) {
    const auto scenario = load({{"cluster.nodeGroups", R"([
        {"name": "list", "privateNetworking": true, "taints": [{"key": "a", "value": "true", "effect": "NoExecute"}, {"key": "b", "effect": "PreferNoSchedule"}]},
        {"name": "pairs", "privateNetworking": true, "taints": {"special": "true:NoSchedule"}}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    const auto& list = spec[spec.node_groups[0].shapes[0]].taints;
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0], (Taint{"a", "true", TaintEffect::no_execute}));
    EXPECT_EQ(list[1], (Taint{"b", "", TaintEffect::prefer_no_schedule}));
    const auto& pairs = spec[spec.node_groups[1].shapes[0]].taints;
    ASSERT_EQ(pairs.size(), 1U);
    EXPECT_EQ(pairs[0], (Taint{"special", "true", TaintEffect::no_schedule}));
    EXPECT_FALSE(spec.node_groups[0].is_managed);
    EXPECT_EQ(label_of(spec[spec.node_groups[0].shapes[0]], "eks.amazonaws.com/nodegroup"), "(none)");
}

TEST(ClusterTest, MaxPodsFollowWhoMakesTheNodes) {
    const auto max_pods = [](const char* list, const char* group) {
        const auto scenario = load({{"cluster.managedNodeGroups", "[]"},
                                    {std::string("cluster.") + list,
                                     std::string("[{\"name\": \"a\", \"privateNetworking\": true, ") + group + "}]"}});
        EXPECT_TRUE(scenario.ok()) << (scenario ? "" : listed(scenario.error()));
        return scenario ? scenario->spec->shapes.at(0).max_pods : -1;
    };
    // m5.24xlarge: 15 ENIs of 50 addresses. IPAM-180 has no ceiling, IPAM-183 has 250.
    EXPECT_EQ(max_pods("nodeGroups", "\"instanceType\": \"m5.24xlarge\""), 737);
    EXPECT_EQ(max_pods("managedNodeGroups", "\"instanceType\": \"m5.24xlarge\""), 250);
    EXPECT_EQ(max_pods("managedNodeGroups", "\"instanceType\": \"m5.24xlarge\", \"ami\": \"ami-1\""), 737);
    EXPECT_EQ(max_pods("managedNodeGroups", "\"instanceTypes\": [\"m5.xlarge\", \"m5.large\"]"), 29);  // the smallest
    EXPECT_EQ(max_pods("managedNodeGroups", "\"instanceType\": \"m5.xlarge\", \"maxPodsPerNode\": 54"), 54);
    EXPECT_EQ(max_pods("nodeGroups", "\"instanceType\": \"m5.xlarge\", \"kubeletExtraConfig\": {\"maxPods\": 20}"), 20);
}

TEST(ClusterTest, AManagedNodeGroupKeepsToItsCeilingWhateverItsMaxPods) {  // IPAM-183
    struct Case {
        const char* group;
        std::int32_t max_pods;
        bool is_warned;
    };
    for (const auto& [group, max_pods, is_warned] : {
             Case{R"("instanceType": "m5.xlarge", "maxPodsPerNode": 200)", 110, true},
             Case{R"("instanceType": "m5.xlarge", "kubeletExtraConfig": {"maxPods": 200})", 110, true},
             Case{R"("instanceType": "m5.xlarge", "maxPodsPerNode": 110)", 110, false},
             Case{R"("instanceType": "m5.24xlarge", "maxPodsPerNode": 400)", 250, true},
             Case{R"("instanceTypes": ["m5.24xlarge", "m5.xlarge"], "maxPodsPerNode": 200)", 110, true},
             Case{R"("instanceType": "m5.xlarge", "ami": "ami-1", "maxPodsPerNode": 200)", 200, false},
         }) {
        const auto scenario = load({{"cluster.managedNodeGroups",
                                     std::string(R"([{"name": "a", "privateNetworking": true, )") + group + "}]"}});
        ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
        EXPECT_EQ(scenario->spec->shapes.at(0).max_pods, max_pods) << group;
        EXPECT_EQ(find(scenario->warnings, Rule::unused_setting) != nullptr, is_warned) << group;
    }
}

TEST(ClusterTest, MorePodsThanAddressesIsAWarning) {
    const auto scenario = load({{"cluster.managedNodeGroups[workers].maxPodsPerNode", "110"}});
    ASSERT_TRUE(scenario.ok());
    EXPECT_NE(find(scenario->warnings, Rule::pods_without_address), nullptr);  // IPAM-186
}

// IPAM-5, IPAM-186: what the CNI makes of the interfaces counts. An m5.xlarge has 4 x 14 addresses, with MAX_ENI 3 42.
TEST(ClusterTest, TheWarningAboutAddressesFollowsTheCni) {
    const auto warns = [](const char* max_pods, const std::string& variable) {
        const auto scenario =
            load({{"cluster.managedNodeGroups[workers].maxPodsPerNode", max_pods},
                  {"cluster.addons", R"([{"name": "vpc-cni", "configurationValues": {"env": {)" + variable + "}}}]"}});
        EXPECT_TRUE(scenario.ok()) << (scenario ? "" : listed(scenario.error()));
        return scenario.ok() && find(scenario->warnings, Rule::pods_without_address) != nullptr;
    };
    EXPECT_TRUE(warns("110", R"("WARM_ENI_TARGET": "1")"));
    EXPECT_FALSE(warns("58", R"("WARM_ENI_TARGET": "1")"));
    EXPECT_TRUE(warns("58", R"("MAX_ENI": "3")"));
}

TEST(ClusterTest, TheKubeletsOwnSettingsReplaceTheDefaults) {
    const auto scenario = load({{"cluster.managedNodeGroups[workers].kubeletExtraConfig",
                                 R"({"kubeReserved": {"cpu": "300m", "memory": "300Mi"},
        "systemReserved": {"memory": "1Gi"}, "evictionHard": {"memory.available": "200Mi", "nodefs.available": "20%"}, "serializeImagePulls": false})"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodeShape& shape = scenario->spec->shapes[0];
    EXPECT_EQ(shape.allocatable.cpu_milli, 3700);
    EXPECT_EQ(shape.allocatable.memory_bytes, (15155 - 300 - 1024 - 200) * mebibyte);
    // The kubelet keeps the percentage as a 32-bit float, so a fifth is a little more than a fifth.
    const auto fifth = static_cast<Bytes>(static_cast<double>(80 * gibibyte) * static_cast<double>(0.2F));
    EXPECT_EQ(shape.allocatable.ephemeral_bytes, 80 * gibibyte - fifth);
}

// KUBELET-13, KUBELET-61, KUBELET-62
TEST(ClusterTest, SoftThresholdsAndTheLimitOfCallsAreRead) {
    const auto with = [](const std::string& settings) {
        return load({{"cluster.managedNodeGroups[workers].kubeletExtraConfig", settings}});
    };
    const auto scenario = with(R"({"evictionSoft": {"memory.available": "500Mi", "nodefs.available": "15%"},
        "evictionSoftGracePeriod": {"memory.available": "90s", "nodefs.available": "2m"},
        "evictionMaxPodGracePeriod": 45, "evictionMinimumReclaim": {"nodefs.available": "1Gi"},
        "kubeAPIQPS": 20, "kubeAPIBurst": 40})");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const KubeletSettings& kubelet = scenario->spec->shapes[0].kubelet;
    EXPECT_EQ(kubelet.soft[0], (SoftThreshold{{500 * mebibyte, 0}, sim::Duration::seconds(90)}));
    EXPECT_EQ(kubelet.soft[1], (SoftThreshold{{0, 150'000}, sim::Duration::minutes(2)}));
    EXPECT_EQ(kubelet.soft_grace_most, sim::Duration::seconds(45));
    EXPECT_EQ(kubelet.minimum_reclaim[1], (EvictionThreshold{gibibyte, 0}));
    EXPECT_EQ(kubelet.api_qps, 20);
    EXPECT_EQ(kubelet.api_burst, 40);
    // The hard ones are as they were.
    EXPECT_EQ(kubelet.memory_available, KubeletSettings{}.memory_available);
    const auto bad = with(R"({"evictionSoft": {"memory.available": "500Mi"}})");
    ASSERT_FALSE(bad.ok());
    EXPECT_NE(find(bad.error(), Rule::missing_field), nullptr);
}

// KUBELET-21, KUBELET-60: nodeadm's NodeConfig lies over eksctl's own settings, and flags over both.
TEST(ClusterTest, ANodeConfigSetsTheKubelet) {
    const auto scenario =
        load({{"cluster.managedNodeGroups",
               R"([{"name": "a", "instanceType": "m5.xlarge", "ami": "ami-1", "privateNetworking": true,
        "kubeletExtraConfig": {"maxPods": 20, "containerLogMaxFiles": 7},
        "overrideBootstrapCommand": {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": {"kubelet": {
          "config": {"maxPods": 30, "evictionHard": {"memory.available": "1Gi"}, "featureGates": {"A": true}},
          "flags": ["--node-labels=team=data,tier=2", "--register-with-taints=dedicated=data:NoSchedule", "--v=4"]}}}}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const NodeShape& shape = scenario->spec->shapes.at(0);
    EXPECT_EQ(shape.max_pods, 30);
    EXPECT_EQ(shape.kubelet.log_files_max, 7);
    EXPECT_EQ(shape.kubelet.memory_available, (EvictionThreshold{gibibyte, 0}));
    EXPECT_EQ(label_of(shape, "team"), "data");
    EXPECT_EQ(label_of(shape, "tier"), "2");
    ASSERT_EQ(shape.taints.size(), 1U);
    EXPECT_EQ(shape.taints[0], (Taint{"dedicated", "data", TaintEffect::no_schedule}));
    const auto* unread = find(scenario->warnings, Rule::unused_setting);
    ASSERT_NE(unread, nullptr);
    EXPECT_NE(unread->message.find("--v"), std::string::npos);
    EXPECT_TRUE(std::ranges::any_of(
        scenario->ignored, [](const IgnoredPath& one) { return one.path.find("featureGates") != std::string::npos; }));
}

TEST(ClusterTest, ABootstrapScriptSetsTheKubelet) {
    const auto with = [](const std::string& script) {
        return load({{"cluster.managedNodeGroups",
                      R"([{"name": "a", "instanceType": "m5.xlarge", "ami": "ami-1", "privateNetworking": true,
                      "overrideBootstrapCommand": ")" +
                          script + R"("}])"}});
    };
    const auto flagged = with("/etc/eks/bootstrap.sh shop --kubelet-extra-args '--max-pods=17 --node-labels=a=b'");
    ASSERT_TRUE(flagged.ok()) << listed(flagged.error());
    EXPECT_EQ(flagged->spec->shapes.at(0).max_pods, 17);
    EXPECT_EQ(label_of(flagged->spec->shapes[0], "a"), "b");
    EXPECT_EQ(find(flagged->warnings, Rule::unused_setting), nullptr);
    const auto usual = with("/etc/eks/bootstrap.sh shop --use-max-pods false");
    ASSERT_TRUE(usual.ok()) << listed(usual.error());
    EXPECT_EQ(usual->spec->shapes.at(0).max_pods, 110);
    const auto bad = with("/etc/eks/bootstrap.sh shop --kubelet-extra-args '--max-pods=many'");
    ASSERT_FALSE(bad.ok());
    EXPECT_NE(find(bad.error(), Rule::out_of_range), nullptr);
}

// SCHED-41: what the nodes offer of resources that a device plugin of the user's own reports.
TEST(ClusterTest, ExtendedResourcesOfAnyNameAreOffered) {
    const auto scenario = load({{"cluster.managedNodeGroups[workers].allocatable", R"({"vendor.com/thing": 2})"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.extended_resources, std::vector<std::string>{"vendor.com/thing"});
    EXPECT_EQ(spec.shapes[0].allocatable.extended[0], 2);
    EXPECT_EQ(spec.name_of(extended_resource(0)), "vendor.com/thing");
    const auto slip = load({{"cluster.managedNodeGroups[workers].allocatable", R"({"thing": 2})"}});
    ASSERT_FALSE(slip.ok());
    EXPECT_NE(find(slip.error(), Rule::unknown_field), nullptr);
}

TEST(ClusterTest, PodsAskForExtendedResources) {
    const auto with = [](const std::string& resources) {
        return load({{"manifests[0].spec.template.spec.containers[0].resources", resources}});
    };
    const auto scenario =
        with(R"({"requests": {"cpu": "100m", "vendor.com/thing": 1}, "limits": {"vendor.com/thing": 1}})");
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->extended_resources, std::vector<std::string>{"vendor.com/thing"});
    EXPECT_NE(find(scenario->warnings, Rule::pod_fits_no_node), nullptr);  // nobody offers it
    // A limit alone stands for the request; the API server takes nothing else than the two equal.
    EXPECT_TRUE(with(R"({"limits": {"vendor.com/thing": 1}})").ok());
    for (const char* refused : {R"({"requests": {"vendor.com/thing": 1}})",
                                R"({"requests": {"vendor.com/thing": 1}, "limits": {"vendor.com/thing": 2}})"}) {
        const auto bad = with(refused);
        ASSERT_FALSE(bad.ok()) << refused;
        EXPECT_NE(find(bad.error(), Rule::contradictory_fields), nullptr);
    }
    const auto many = with(R"({"limits": {"a.b/1": 1, "a.b/2": 1, "a.b/3": 1, "a.b/4": 1, "a.b/5": 1}})");
    ASSERT_FALSE(many.ok());
    EXPECT_NE(find(many.error(), Rule::beyond_reason), nullptr);
}

TEST(ClusterTest, SpotNodesAreCheaperAndSaySo) {
    const auto scenario = load({{"cluster.managedNodeGroups[workers].spot", "true"}});
    ASSERT_TRUE(scenario.ok());
    EXPECT_LT(scenario->spec->shapes[0].price_per_hour_micro_usd, 230'000);
    EXPECT_EQ(label_of(scenario->spec->shapes[0], "eks.amazonaws.com/capacityType"), "SPOT");
    EXPECT_NE(assumed(*scenario, "spot saving of m5.xlarge"), nullptr);
}

TEST(ClusterTest, AnEksctlFileLiesUnderTheScenariosOwnKeys) {
    const auto whole = load_scenario_json(
        R"({"apiVersion": "ekssim.dev/v1alpha1", "kind": "Scenario", "run": {"for": "1h"}, "cluster": {
        "from": {"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig", "metadata": {"name": "prod", "region": "eu-west-1", "version": "1.33"},
                 "iam": {"withOIDC": true}, "cloudWatch": {"clusterLogging": {"enableTypes": ["audit", "api"]}},
                 "managedNodeGroups": [{"name": "a", "instanceType": "m5.large", "desiredCapacity": 4}, {"name": "b", "instanceType": "c5.large"}]},
        "metadata": {"version": "1.34"},
        "managedNodeGroups": [{"name": "a", "desiredCapacity": 7}, {"name": "c", "instanceType": "r5.large"}]}})");
    ASSERT_TRUE(whole.ok()) << listed(whole.error());
    const Spec& spec = *whole->spec;
    EXPECT_EQ(spec.cluster_name, "prod");
    EXPECT_EQ(spec.kubernetes.minor, 34);
    ASSERT_EQ(spec.node_groups.size(), 3U);
    EXPECT_EQ(spec.node_groups[0].desired, 7);
    EXPECT_EQ(spec[spec.node_groups[0].shapes[0]].instance_type, "m5.large");
    EXPECT_EQ(spec.node_groups[2].name, "c");
    const auto ignores = [&](std::string_view path, std::int64_t count) {
        return std::find(whole->ignored.begin(), whole->ignored.end(), IgnoredPath{std::string(path), count}) !=
               whole->ignored.end();
    };
    EXPECT_TRUE(ignores("cluster iam.withOIDC", 1));
    EXPECT_TRUE(ignores("cluster cloudWatch.clusterLogging.enableTypes", 2));
}

TEST(ClusterTest, AClusterWithoutNodesIsWarnedAbout) {
    const auto scenario = load({{"cluster.managedNodeGroups", "[]"},
                                {"cluster.autoModeConfig", "{\"enabled\": true}"},
                                {"cluster.karpenter", "{\"version\": \"1.0\"}"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_NE(find(scenario->warnings, Rule::no_node_source), nullptr);
    EXPECT_NE(find(scenario->warnings, Rule::nodes_not_modelled), nullptr);
}

TEST(ClusterTest, TypesLeftOpenAreAssumedWithAWarning) {
    const auto scenario = load({{"cluster.managedNodeGroups[workers].instanceType", "null"},
                                {"cluster.managedNodeGroups[workers].instanceSelector", "{\"vCPUs\": 4}"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->shapes[0].instance_type, "m5.large");
    EXPECT_NE(find(scenario->warnings, Rule::defaulted_instance_type), nullptr);
}

TEST(CidrTest, RangesAreReadAndCompared) {
    EXPECT_EQ(parse_cidr("10.0.4.0/22"), (Cidr{0x0A000400U, 22}));
    EXPECT_EQ(parse_cidr("0.0.0.0/0"), (Cidr{0, 0}));
    EXPECT_EQ(to_text(Cidr{0xC0A8A000U, 19}), "192.168.160.0/19");
    EXPECT_EQ(parse_cidr_loosely("10.0.5.1/22"), (Cidr{0x0A000400U, 22}));
    for (const std::string_view text : {"", "10.0.0.0", "10.0.0/16", "10.0.0.0/33", "10.0.0.256/24", "10.0.5.0/22",
                                        "a.b.c.d/8", "10.0.0.0/16 ", "10..0.0/16", "-1.0.0.0/8"}) {
        EXPECT_FALSE(parse_cidr(text).has_value()) << text;
    }
    const Cidr vpc = *parse_cidr("10.0.0.0/16");
    EXPECT_TRUE(vpc.contains(*parse_cidr("10.0.255.0/24")));
    EXPECT_FALSE(vpc.contains(*parse_cidr("10.1.0.0/24")));
    EXPECT_TRUE(parse_cidr("255.255.255.0/24")->overlaps(*parse_cidr("255.255.255.128/25")));
    EXPECT_FALSE(parse_cidr("10.0.0.0/24")->overlaps(*parse_cidr("10.0.1.0/24")));
}

TEST(ZoneTest, ZonesBelongToTheirRegion) {
    EXPECT_TRUE(is_zone_of("eu-central-1", "eu-central-1c"));
    EXPECT_TRUE(is_zone_of("us-east-1", "us-east-1f"));
    EXPECT_TRUE(is_zone_of("us-west-1", "us-west-1c"));  // some accounts have it
    EXPECT_FALSE(is_zone_of("eu-central-1", "eu-central-1d"));
    EXPECT_FALSE(is_zone_of("eu-central-1", "eu-west-1a"));
    EXPECT_FALSE(is_zone_of("eu-central-1", "eu-central-1"));
}

// AWS-65, AWS-10: eksctl's updateConfig; the default is one node at a time.
TEST(ClusterTest, AnUpgradeOfAManagedGroupIsAnActionOfTheTimeline) {
    const auto scenario =
        load({{"cluster.managedNodeGroups[workers].updateConfig", R"({"maxUnavailablePercentage": 25})"},
              {"timeline", R"([{"at": "1h", "upgrade": "NodeGroup/*", "name": "upgrade", "for": "30m"}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->node_groups[0].update_unavailable_percent, 25);
    ASSERT_EQ(scenario->spec->timeline.size(), 1U);
    EXPECT_EQ(scenario->spec->timeline[0].kind, TimelineKind::upgrade);
    EXPECT_EQ(scenario->spec->timeline[0].group, NodeGroupIx::of(0));
    ASSERT_EQ(scenario->windows.size(), 1U);  // the length only names a stretch of time
    EXPECT_FALSE(scenario->spec->timeline[0].is_forced);
    const auto plain = load();
    ASSERT_TRUE(plain.ok());
    EXPECT_EQ(plain->spec->node_groups[0].update_unavailable, 1);
    EXPECT_EQ(plain->spec->node_groups[0].update_unavailable_percent, 0);
}

TEST(ClusterTest, NobodyUpgradesAGroupThatEksDoesNotManage) {
    const auto scenario =
        load({{"cluster.nodeGroups", R"([{"name": "own", "instanceType": "m5.large", "privateNetworking": true}])"},
              {"timeline", R"([{"at": "1h", "upgrade": "NodeGroup/own"}])"}});
    ASSERT_FALSE(scenario.ok());
    EXPECT_NE(find(scenario.error(), Rule::not_supported), nullptr) << listed(scenario.error());
}

}  // namespace cluster_loading
}  // namespace eks
