// The section `cluster.dataPath`, who looks at it, and the iptables of the nodes' images.
#include "tests/unit/models/scenario/data_path_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace data_paths {

using data_path_test::Changes;
using data_path_test::is_complained_of;
using data_path_test::load;
using data_path_test::warns;
using scenario_test::assumed;
using scenario_test::listed;
using enum datapath::Mode;
using enum datapath::Coefficient;

Changes data_path(std::string text) { return {{"cluster.dataPath", std::move(text)}}; }

TEST(DataPathSection, NobodyLooksAtConnectionsUnlessSomebodySaysThem) {
    const auto without = load({}, {{"traffic", R"([{"to": "Service/shop/web", "rate": "100/s"}])"}});
    ASSERT_TRUE(without.ok()) << listed(without.error());
    EXPECT_FALSE(without->spec->data_paths.are_used);
    EXPECT_FALSE(data_path_test::first_class(*without).connections.is_said);
    EXPECT_EQ(assumed(*without, "cluster.dataPath.profile"), nullptr);
    const auto with = load();
    ASSERT_TRUE(with.ok()) << listed(with.error());
    EXPECT_TRUE(with->spec->data_paths.are_used);
    EXPECT_NE(assumed(*with, "cluster.dataPath.profile"), nullptr);
}

TEST(DataPathSection, UsesOfTheOutsideCountBesideTheSection) {
    const Changes outside{{"traffic", "[]"}, {"behaviour", R"([{"for": "Deployment/shop/cart",
                                             "outside": {"to": "internet", "connections": "2/s", "hold": "1s"}}])"}};
    const auto alone = load({}, outside);
    ASSERT_TRUE(alone.ok()) << listed(alone.error());
    EXPECT_FALSE(alone->spec->data_paths.are_used);
    Changes both = outside;
    both.push_back({"cluster.dataPath", R"({"mode": "nftables"})"});
    const auto beside = load({}, both);
    ASSERT_TRUE(beside.ok()) << listed(beside.error());
    EXPECT_TRUE(beside->spec->data_paths.are_used);
}

TEST(DataPathSection, WithoutConnectionsItIsWarnedAbout) {
    const auto scenario = load({}, {{"traffic", "[]"}, {"cluster.dataPath", R"({"mode": "nftables"})"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_TRUE(warns(*scenario, Rule::unused_setting));
}

TEST(DataPathSection, ForcesAPathOnAllNodes) {
    for (const auto& [word, mode] :
         {std::pair("iptables-legacy", iptables_legacy), std::pair("iptables-nft", iptables_nft),
          std::pair("nftables", nftables), std::pair("ipvs", ipvs), std::pair("ebpf", ebpf_host_routing),
          std::pair("ebpf-legacy", ebpf_legacy)}) {
        const auto scenario = load({}, {{"cluster.dataPath.mode", "\"" + std::string(word) + "\""}});
        ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
        EXPECT_EQ(scenario->spec->data_paths.forced, datapath::plain_data_path(mode)) << word;
    }
    const auto none = load();
    ASSERT_TRUE(none.ok());
    EXPECT_EQ(none->spec->data_paths.forced, std::nullopt);
}

TEST(DataPathSection, OtherServicesComeInSteps) {
    const auto scenario = load({}, data_path(R"({"otherServices":
        {"count": {"steps": {"1h": 20000, "0s": 10}}, "endpoints": 4, "changes": "2/s"}})"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const OtherServices& others = scenario->spec->data_paths.others;
    const std::vector<OtherServices::Point> points{{sim::Duration::zero(), 10}, {sim::Duration::minutes(60), 20000}};
    EXPECT_EQ(others.points, points);
    EXPECT_EQ(others.endpoints, 4);
    EXPECT_EQ(others.changes_per_second, 2);
    const auto constant = load({}, data_path(R"({"otherServices": {"count": 5000}})"));
    ASSERT_TRUE(constant.ok()) << listed(constant.error());
    EXPECT_EQ(constant->spec->data_paths.others.points.size(), 1U);
    EXPECT_EQ(constant->spec->data_paths.others.points[0].count, 5000);
    EXPECT_EQ(constant->spec->data_paths.others.changes_per_second, 0);
}

TEST(DataPathSection, AllowancesSharesAndLatency) {
    const auto scenario = load({}, data_path(R"({"allowances": {"packetsPerSecond": "1M", "trackedConnections": 250000,
        "burstBandwidth": "1250M/s", "creditTime": "15m"}, "pickedUpShare": "50%", "targetLag": "3s",
        "loadBalancerLatency": "400us"})"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const DataPaths& paths = scenario->spec->data_paths;
    EXPECT_EQ(paths.allowances.packets_per_second, 1e6);
    EXPECT_EQ(paths.allowances.tracked_connections, 250'000);
    EXPECT_EQ(paths.allowances.burst_bytes_per_second, 1250e6);
    EXPECT_EQ(paths.allowances.credit_minutes, 15);
    EXPECT_EQ(paths.picked_up_share, 0.5);
    EXPECT_EQ(paths.target_lag, sim::Duration::seconds(3));
    EXPECT_EQ(paths.balancer_latency, sim::Duration::microseconds(400));
    // What is said is no guess of ours.
    EXPECT_EQ(assumed(*scenario, "cluster.dataPath.pickedUpShare"), nullptr);
    const auto nothing = load();
    ASSERT_TRUE(nothing.ok());
    EXPECT_NE(assumed(*nothing, "cluster.dataPath.pickedUpShare"), nullptr);
}

TEST(DataPathSection, CoefficientsLieOverTheProfile) {  // DPR-10
    const auto scenario = load({}, data_path(R"({"coefficients": {"k_conn": 80}, "profile": {"file": "mine.json",
        "schema": "ekssim.dev/datapath-profile/v1alpha1", "name": "mine", "noise": {"noisy": true},
        "coefficients": {"k_conn": {"value": 70, "low": 60, "high": 90}, "k_req": {"value": 17.5}}}})"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const DataPaths& paths = scenario->spec->data_paths;
    EXPECT_EQ(paths.profile, "mine");
    EXPECT_EQ(paths.coefficients[k_conn], 80);
    EXPECT_EQ(paths.coefficients[k_req], 17.5);
    EXPECT_EQ(paths.coefficients[w_hop], datapath::default_coefficients()[w_hop]);
    // DPR-6: noise is named.
    const Assumption* noise = assumed(*scenario, "cluster.dataPath.profile");
    ASSERT_NE(noise, nullptr);
    EXPECT_EQ(noise->rule, "DPR-6");
}

TEST(DataPathSection, OnePeriodOfKubeProxyForTwoTables) {
    const auto scenario = load({}, data_path(R"({"coefficients": {"sync_period": 5, "lb_map_max": 131072}})"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->data_paths.kube_proxy.min_sync_period, sim::Duration::seconds(5));
    EXPECT_EQ(scenario->spec->data_paths.cilium.lb_map_entries, 131072);
}

TEST(DataPathSection, AllThatIsWrongIsSaidAtOnce) {
    const auto scenario = load({}, data_path(R"({"mode": "iptabels", "modus": 1,
        "otherServices": {"endpoints": -1, "changes": "2"},
        "allowances": {"packetsPerSecond": 0, "creditTime": "3m", "packets": 1},
        "coefficients": {"k_con": 80, "k_req": 0.0001, "w_hop": "fast"},
        "pickedUpShare": 0.3, "targetLag": "3", "loadBalancerLatency": "5",
        "profile": {"schema": "ekssim.dev/datapath-profile/v9", "coefficients": {"k_conn": {"low": 1}, "x_y": {"value": 1}}}})"));
    ASSERT_FALSE(scenario.ok());
    const Complaints& all = scenario.error();
    const std::string at = "/cluster/dataPath";
    EXPECT_TRUE(is_complained_of(all, Rule::not_one_of, at + "/mode")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::unknown_field, at + "/modus")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::missing_field, at + "/otherServices")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::out_of_range, at + "/otherServices/endpoints")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::bad_quantity, at + "/otherServices/changes")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::out_of_range, at + "/allowances/packetsPerSecond")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::out_of_range, at + "/allowances/creditTime")) << listed(all);  // DPD-27
    EXPECT_TRUE(is_complained_of(all, Rule::unknown_field, at + "/allowances/packets")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::unknown_field, at + "/coefficients/k_con")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::out_of_range, at + "/coefficients/k_req")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::wrong_type, at + "/coefficients/w_hop")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::missing_unit, at + "/pickedUpShare")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::missing_unit, at + "/targetLag")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::missing_unit, at + "/loadBalancerLatency")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::wrong_api_version, at + "/profile/schema")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::missing_field, at + "/profile/coefficients/k_conn")) << listed(all);
    EXPECT_TRUE(is_complained_of(all, Rule::unknown_field, at + "/profile/coefficients/x_y")) << listed(all);
    const Complaint* unknown = scenario_test::find(all, Rule::not_one_of);
    ASSERT_NE(unknown, nullptr);
    EXPECT_NE(unknown->hint.find("iptables"), std::string::npos) << unknown->hint;
    const auto near = std::ranges::find(all, at + "/coefficients/k_con", &Complaint::pointer);
    EXPECT_EQ(near->hint, "did you mean \"k_conn\"?");
}

TEST(DataPathSection, StepsMustMakeSense) {
    const auto steps = [](const char* text) {
        return load({}, data_path(R"({"otherServices": {"count": {"steps": )" + std::string(text) + "}}}"));
    };
    const std::string at = "/cluster/dataPath/otherServices/count/steps";
    EXPECT_TRUE(is_complained_of(steps(R"({"1h": 5})").error(), Rule::missing_field, at));
    EXPECT_TRUE(is_complained_of(steps(R"({"0s": 5, "60m": 6, "1h": 7})").error(), Rule::duplicate_key, at));
    EXPECT_TRUE(is_complained_of(steps(R"({"0s": 5, "soon": 6})").error(), Rule::bad_duration, at + "/soon"));
    EXPECT_TRUE(is_complained_of(steps(R"({"0s": -5})").error(), Rule::out_of_range, at + "/0s"));
}

TEST(DataPathSection, AProfileThatWasNotReadInIsNoProfile) {
    const auto scenario = load({}, data_path(R"({"profile": "mine.json"})"));
    ASSERT_FALSE(scenario.ok());
    EXPECT_TRUE(is_complained_of(scenario.error(), Rule::wrong_type, "/cluster/dataPath/profile"));
}

// --- DPD-8

Changes groups(std::string_view first_family, std::string_view second_family, std::string_view version = "1.33") {
    const auto group = [](std::string_view name, std::string_view family) {
        std::string text = R"({"name": ")" + std::string(name) +
                           R"(", "instanceType": "m5.large", "desiredCapacity": 1, "privateNetworking": true)";
        if (!family.empty()) text += R"(, "amiFamily": ")" + std::string(family) + "\"";
        return text + "}";
    };
    return {{"cluster.metadata.version", "\"" + std::string(version) + "\""},
            {"cluster.managedNodeGroups", "[" + group("a", first_family) + ", " + group("b", second_family) + "]"}};
}

TEST(DataPathFrontEnds, FollowTheImageOfTheNodes) {
    const auto scenario = load({}, groups("AmazonLinux2", "AmazonLinux2023"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    ASSERT_EQ(spec.data_paths.front_ends.size(), spec.shapes.size());
    for (std::size_t i = 0; i < spec.shapes.size(); ++i)
        EXPECT_EQ(spec.data_paths.front_ends[i], spec.shapes[i].group.value == 0 ? iptables_legacy : iptables_nft);
    EXPECT_EQ(assumed(*scenario, "iptables of nodes whose image is not said"), nullptr);
}

TEST(DataPathFrontEnds, BottlerocketChangedWithOneVersion) {
    const auto front_end = [](std::string_view version) {
        const auto scenario = load({}, groups("Bottlerocket", "Bottlerocket", version));
        EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
        return scenario->spec->data_paths.front_ends.at(0);
    };
    EXPECT_EQ(front_end("1.33"), iptables_legacy);
    EXPECT_EQ(front_end("1.34"), iptables_nft);
}

TEST(DataPathFrontEnds, WhatIsGuessedIsListed) {
    const auto nothing = load({}, groups("", ""));
    ASSERT_TRUE(nothing.ok()) << listed(nothing.error());
    EXPECT_EQ(nothing->spec->data_paths.front_ends.at(0), iptables_nft);
    EXPECT_NE(assumed(*nothing, "iptables of nodes whose image is not said"), nullptr);
    const auto old = load({}, groups("", "", "1.29"));
    ASSERT_TRUE(old.ok()) << listed(old.error());
    EXPECT_EQ(old->spec->data_paths.front_ends.at(0), iptables_legacy);
    const auto ubuntu = load({}, groups("Ubuntu2204", "Ubuntu2204"));
    ASSERT_TRUE(ubuntu.ok()) << listed(ubuntu.error());
    EXPECT_NE(assumed(*ubuntu, "iptables of nodes with an image of Ubuntu2204"), nullptr);
}

TEST(DataPathFrontEnds, OfANodePoolAreThoseOfItsClass) {
    const auto of_alias = [](std::string_view alias) {
        const std::string pool = R"(
          {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "c"}, "spec": {
            "amiSelectorTerms": [{"alias": ")" +
                                 std::string(alias) + R"(@latest"}],
            "subnetSelectorTerms": [{"tags": {"Name": "*"}}]}},
          {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "p"}, "spec": {"template": {"spec": {
            "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "c"},
            "requirements": [{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["m5.large"]}]}}}})";
        const auto scenario = load(pool, {{"cluster.metadata.version", "\"1.33\""}});
        EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
        const Spec& spec = *scenario->spec;
        EXPECT_EQ(spec.data_paths.front_ends.size(), spec.shapes.size());
        return spec.data_paths.front_ends.back();
    };
    EXPECT_EQ(of_alias("al2"), iptables_legacy);
    EXPECT_EQ(of_alias("al2023"), iptables_nft);
}

TEST(DataPathFrontEnds, AForcedIptablesHasOneOfThem) {
    Changes changes = groups("AmazonLinux2", "AmazonLinux2");
    changes.push_back({"cluster.dataPath", R"({"mode": "iptables"})"});
    const auto legacy = load({}, changes);
    ASSERT_TRUE(legacy.ok()) << listed(legacy.error());
    EXPECT_EQ(legacy->spec->data_paths.forced, datapath::plain_data_path(iptables_legacy));
    changes = groups("AmazonLinux2023", "AmazonLinux2023");
    changes.push_back({"cluster.dataPath", R"({"mode": "iptables"})"});
    const auto nft = load({}, changes);
    ASSERT_TRUE(nft.ok()) << listed(nft.error());
    EXPECT_EQ(nft->spec->data_paths.forced, datapath::plain_data_path(iptables_nft));
    changes = groups("AmazonLinux2", "AmazonLinux2023");
    changes.push_back({"cluster.dataPath", R"({"mode": "iptables"})"});
    const auto both = load({}, changes);
    ASSERT_FALSE(both.ok());
    EXPECT_TRUE(is_complained_of(both.error(), Rule::contradictory_fields, "/cluster/dataPath/mode"));
}

}  // namespace data_paths
}  // namespace eks
