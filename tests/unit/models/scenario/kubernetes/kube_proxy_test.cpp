// kube-proxy's own settings: its ConfigMap, its flags, and those of EKS's add-on.
#include "tests/unit/models/scenario/data_path_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace kube_proxy {

using data_path_test::Changes;
using data_path_test::is_complained_of;
using data_path_test::is_ignored;
using data_path_test::load;
using data_path_test::warns;
using scenario_test::listed;
using Mode = KubeProxySettings::Mode;
using enum datapath::Coefficient;

// As whoever resolves a scenario has read the text of the ConfigMap.
std::string config_map(std::string_view configuration) {
    return R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kube-proxy-config", "namespace": "kube-system"},
               "data": {"config": )" +
           std::string(configuration) + "}}";
}

// What EKS installs, with other values.
constexpr std::string_view of_eks =
    R"({"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration",
  "bindAddress": "0.0.0.0", "clientConnection": {"qps": 5}, "mode": "iptables",
  "conntrack": {"maxPerCore": 65536, "min": 262144, "tcpCloseWaitTimeout": "1h0m0s", "tcpEstablishedTimeout": "12h0m0s",
                "udpTimeout": "20s", "udpStreamTimeout": "60s"},
  "iptables": {"masqueradeAll": true, "masqueradeBit": 14, "minSyncPeriod": "10s", "syncPeriod": "1m0s"},
  "ipvs": {"excludeCIDRs": null, "minSyncPeriod": "2s", "scheduler": "rr", "syncPeriod": "40s"},
  "nftables": {"minSyncPeriod": "3s", "syncPeriod": "50s", "masqueradeAll": true}})";

std::string daemon_set(std::string_view command) {
    return R"({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "kube-proxy", "namespace": "kube-system"},
               "spec": {"selector": {"matchLabels": {"k8s-app": "kube-proxy"}}, "template": {"metadata": {"labels": {"k8s-app": "kube-proxy"}},
               "spec": {"hostNetwork": true, "tolerations": [{"operator": "Exists"}], "containers": [{"name": "kube-proxy",
               "image": "eks/kube-proxy:v1.34", "command": )" +
           std::string(command) + "}]}}}}";
}

KubeProxySettings settings_of(const std::string& more, Changes changes = {}) {
    const auto scenario = load(more, std::move(changes));
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return scenario.ok() ? scenario->spec->data_paths.kube_proxy : KubeProxySettings{};
}

TEST(KubeProxy, SaysNothingAndHasItsDefaults) {  // DPD-6, DPD-10
    const KubeProxySettings settings = settings_of("");
    EXPECT_EQ(settings.mode, Mode::iptables);
    EXPECT_EQ(settings.min_sync_period, sim::Duration::seconds(1));
    EXPECT_EQ(settings.sync_period, sim::Duration::seconds(30));
    EXPECT_EQ(settings.conntrack_max_per_core, 32768);
    EXPECT_EQ(settings.conntrack_min, 131072);
    EXPECT_FALSE(settings.masquerades_all);
}

TEST(KubeProxy, ReadsItsConfigMap) {
    const auto scenario = load(config_map(of_eks));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const DataPaths& paths = scenario->spec->data_paths;
    EXPECT_EQ(paths.kube_proxy.mode, Mode::iptables);
    EXPECT_EQ(paths.kube_proxy.min_sync_period, sim::Duration::seconds(10));
    EXPECT_EQ(paths.kube_proxy.sync_period, sim::Duration::seconds(60));
    EXPECT_TRUE(paths.kube_proxy.masquerades_all);
    EXPECT_EQ(paths.kube_proxy.conntrack_max_per_core, 65536);
    EXPECT_EQ(paths.kube_proxy.conntrack_min, 262144);
    EXPECT_EQ(paths.coefficients[hold_established], 43'200);
    EXPECT_EQ(paths.coefficients[hold_udp], 20);
    EXPECT_EQ(paths.coefficients[hold_udp_stream], 60);
    EXPECT_EQ(paths.coefficients[sync_period], 10);
    for (const char* path : {"bindAddress", "conntrack.tcpCloseWaitTimeout", "iptables.masqueradeBit", "ipvs.scheduler",
                             "ipvs.minSyncPeriod", "nftables.syncPeriod"})
        EXPECT_TRUE(is_ignored(*scenario, "ConfigMap/kube-system/kube-proxy-config data.config." + std::string(path)))
            << path;
    EXPECT_FALSE(is_ignored(*scenario, "ConfigMap/kube-system/kube-proxy-config data.config.iptables.minSyncPeriod"));
}

TEST(KubeProxy, EachModeHasASectionOfItsOwn) {
    const std::string path = "manifests[3].data.config.mode";
    const KubeProxySettings nftables = settings_of(config_map(of_eks), {{path, "\"nftables\""}});
    EXPECT_EQ(nftables.mode, Mode::nftables);
    EXPECT_EQ(nftables.min_sync_period, sim::Duration::seconds(3));
    EXPECT_EQ(nftables.sync_period, sim::Duration::seconds(50));
    const KubeProxySettings ipvs = settings_of(config_map(of_eks), {{path, "\"ipvs\""}});
    EXPECT_EQ(ipvs.mode, Mode::ipvs);
    EXPECT_EQ(ipvs.min_sync_period, sim::Duration::seconds(2));
    EXPECT_EQ(ipvs.sync_period, sim::Duration::seconds(40));
    const KubeProxySettings empty = settings_of(config_map(of_eks), {{path, "\"\""}});
    EXPECT_EQ(empty.mode, Mode::iptables);
}

// defaults.go of kube-proxy's v1alpha1: 0 is what nobody has said.
TEST(KubeProxy, ZeroInAFileIsTheDefault) {
    const KubeProxySettings zero =
        settings_of(config_map(R"({"mode": "iptables", "iptables": {"minSyncPeriod": "0s", "syncPeriod": "0s"}})"));
    EXPECT_EQ(zero.min_sync_period, sim::Duration::seconds(1));
    EXPECT_EQ(zero.sync_period, sim::Duration::seconds(30));
    const KubeProxySettings ipvs = settings_of(config_map(R"({"mode": "ipvs", "ipvs": {"minSyncPeriod": "0s"}})"));
    EXPECT_EQ(ipvs.min_sync_period, sim::Duration::zero());
}

TEST(KubeProxy, JsonInTheTextIsReadToo) {
    const KubeProxySettings settings = settings_of(config_map(R"("{\"mode\": \"nftables\"}")"));
    EXPECT_EQ(settings.mode, Mode::nftables);
    const auto other = load(config_map(R"("mode: nftables")"));
    ASSERT_TRUE(other.ok()) << listed(other.error());
    EXPECT_TRUE(warns(*other, Rule::unused_setting));
    EXPECT_EQ(other->spec->data_paths.kube_proxy.mode, Mode::iptables);
}

TEST(KubeProxy, FlagsCountWithoutAFile) {
    const KubeProxySettings flags = settings_of(daemon_set(
        R"(["kube-proxy", "--proxy-mode=ipvs", "--ipvs-min-sync-period=4s", "--ipvs-sync-period", "35s", "--masquerade-all",
            "--conntrack-max-per-core=1000", "--conntrack-min=2000", "--nodeport-addresses=10.0.0.0/8"])"));
    EXPECT_EQ(flags.mode, Mode::ipvs);
    EXPECT_EQ(flags.min_sync_period, sim::Duration::seconds(4));
    EXPECT_EQ(flags.sync_period, sim::Duration::seconds(35));
    EXPECT_TRUE(flags.masquerades_all);
    EXPECT_EQ(flags.conntrack_max_per_core, 1000);
    EXPECT_EQ(flags.conntrack_min, 2000);
    // With flags nobody mounts the ConfigMap.
    const KubeProxySettings both = settings_of(daemon_set(R"(["kube-proxy", "--iptables-min-sync-period=7s"])") + ", " +
                                               config_map(R"({"mode": "nftables"})"));
    EXPECT_EQ(both.mode, Mode::iptables);
    EXPECT_EQ(both.min_sync_period, sim::Duration::seconds(7));
}

TEST(KubeProxy, FlagsBesideAFileDoNotCount) {
    const auto scenario = load(
        daemon_set(R"(["kube-proxy", "--v=2", "--config=/var/lib/kube-proxy-config/config", "--proxy-mode=ipvs"])") +
        ", " + config_map(R"({"mode": "nftables"})"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->data_paths.kube_proxy.mode, Mode::nftables);
    EXPECT_TRUE(warns(*scenario, Rule::unused_setting));
}

TEST(KubeProxy, SettingsOfTheAddOnLieUnderTheManifests) {
    const Changes addon{{"cluster.addons", R"([{"name": "kube-proxy", "configurationValues":
                         {"mode": "ipvs", "ipvs": {"scheduler": "lc"}}}])"}};
    const auto alone = load({}, addon);
    ASSERT_TRUE(alone.ok()) << listed(alone.error());
    EXPECT_EQ(alone->spec->data_paths.kube_proxy.mode, Mode::ipvs);
    EXPECT_FALSE(is_ignored(*alone, "cluster addons.configurationValues.mode"));
    EXPECT_TRUE(is_ignored(*alone, "cluster addons.configurationValues.ipvs.scheduler"));
    EXPECT_EQ(settings_of(config_map(R"({"mode": "nftables"})"), addon).mode, Mode::nftables);
}

TEST(KubeProxy, ConntrackThatIsLeftAloneIsLinuxs) {
    const auto scenario = load(config_map(R"({"conntrack": {"maxPerCore": 0}})"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->data_paths.kube_proxy.conntrack_max_per_core, 0);
    EXPECT_EQ(scenario->spec->data_paths.kube_proxy.conntrack_min, 262'144);
    EXPECT_NE(scenario_test::assumed(*scenario, "conntrack's limit where kube-proxy leaves it as it is"), nullptr);
}

TEST(KubeProxy, CoefficientsOfTheScenarioLieOverItsSettings) {
    const auto scenario =
        load(config_map(of_eks), {{"cluster.dataPath.coefficients", R"({"hold_udp": 25, "sync_period": 2})"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->data_paths.coefficients[hold_udp], 25);
    EXPECT_EQ(scenario->spec->data_paths.kube_proxy.min_sync_period, sim::Duration::seconds(2));
}

TEST(KubeProxy, NftablesCameWithVersions) {  // DPD-11
    const auto at = [](std::string_view version, std::string_view configuration) {
        return load(config_map(configuration),
                    {{"cluster.metadata.version", "\"" + std::string(version) + "\""},
                     {"cluster.managedNodeGroups[workers].amiFamily", "\"AmazonLinux2023\""}});
    };
    constexpr std::string_view plain = R"({"mode": "nftables"})";
    constexpr std::string_view gated = R"({"mode": "nftables", "featureGates": {"NFTablesProxyMode": true}})";
    EXPECT_TRUE(at("1.31", plain).ok());
    EXPECT_TRUE(at("1.29", gated).ok());
    for (const auto& [version, configuration] : {std::pair("1.30", plain), std::pair("1.10", gated)}) {
        const auto refused = at(version, configuration);
        ASSERT_FALSE(refused.ok()) << version;
        EXPECT_TRUE(is_complained_of(refused.error(), Rule::not_supported, "/manifests/3/data/config/mode"))
            << listed(refused.error());
    }
}

TEST(KubeProxy, NftablesNeedsANewerKernelThanThatOfAmazonLinux2) {  // DPD-11
    const auto scenario = load(config_map(R"({"mode": "nftables"})"),
                               {{"cluster.managedNodeGroups[workers].amiFamily", "\"AmazonLinux2\""}});
    ASSERT_FALSE(scenario.ok());
    EXPECT_TRUE(is_complained_of(scenario.error(), Rule::not_supported, "/cluster/managedNodeGroups/0"))
        << listed(scenario.error());
}

TEST(KubeProxy, IpvsEnds) {  // DPD-14
    const auto at = [](std::string_view version) {
        return load(config_map(R"({"mode": "ipvs"})"),
                    {{"cluster.metadata.version", "\"" + std::string(version) + "\""}});
    };
    EXPECT_FALSE(warns(*at("1.34"), Rule::proxy_mode_ends));
    EXPECT_TRUE(warns(*at("1.35"), Rule::proxy_mode_ends));
}

TEST(KubeProxy, AllThatIsWrongIsSaidAtOnce) {
    const auto scenario = load(config_map(R"({"mode": "userspace",
        "iptables": {"minSyncPeriod": "1 s", "syncPeriod": "soon", "masqueradeAll": "perhaps"},
        "conntrack": {"maxPerCore": -1, "min": "many", "udpTimeout": "x"}})"));
    ASSERT_FALSE(scenario.ok());
    const Complaints& all = scenario.error();
    for (const char* path : {"mode", "iptables/minSyncPeriod", "iptables/syncPeriod", "iptables/masqueradeAll",
                             "conntrack/maxPerCore", "conntrack/min", "conntrack/udpTimeout"})
        EXPECT_TRUE(
            is_complained_of(all, Rule::bad_kube_proxy_setting, "/manifests/3/data/config/" + std::string(path)))
            << path << "\n"
            << listed(all);
    const auto crossed = load(config_map(R"({"iptables": {"minSyncPeriod": "40s"}})"));
    ASSERT_FALSE(crossed.ok());
    EXPECT_TRUE(is_complained_of(crossed.error(), Rule::bad_kube_proxy_setting,
                                 "/manifests/3/data/config/iptables/minSyncPeriod"));
}

TEST(KubeProxy, IsNotReadWhereNobodyLooksAtConnections) {
    const auto scenario = load(config_map(R"({"mode": "userspace"})"), {{"traffic", "[]"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_TRUE(is_ignored(*scenario, "ConfigMap/kube-system/kube-proxy-config data.config.mode"));
}

TEST(KubeProxy, WithoutItsPodsNobodyReadsItsSettings) {
    const auto scenario =
        load(config_map(R"({"mode": "userspace"})"),
             {{"patches", R"([{"target": "DaemonSet/kube-system/kube-proxy", "merge": {"$patch": "delete"}}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_TRUE(is_ignored(*scenario, "ConfigMap/kube-system/kube-proxy-config data.config.mode"));
}

TEST(KubeProxy, ARunDoesNotFollowOtherSettings) {
    const auto with = [](std::string_view traffic, std::string_view command) {
        return load(
            daemon_set(R"(["kube-proxy", "--proxy-mode=iptables"])"),
            {{"traffic", std::string(traffic)},
             {"timeline", R"([{"at": "1h", "apply": "DaemonSet/kube-system/kube-proxy", "merge": {"spec": {"template":
                        {"spec": {"containers": [{"name": "kube-proxy", "command": )" +
                              std::string(command) + R"(}]}}}}}])"}});
    };
    constexpr std::string_view seen = R"([{"to": "Service/shop/web", "rate": "1/s", "connections": "short"}])";
    const auto other = with(seen, R"(["kube-proxy", "--proxy-mode=nftables"])");
    ASSERT_FALSE(other.ok());
    const Complaint* complaint = scenario_test::find(other.error(), Rule::not_yet_modelled);
    ASSERT_NE(complaint, nullptr) << listed(other.error());
    EXPECT_NE(complaint->message.find("kube-proxy, Cilium"), std::string::npos) << complaint->message;
    // What says the same, or is looked at by nobody, may change.
    const auto same = with(seen, R"(["kube-proxy", "--v=4", "--proxy-mode=iptables"])");
    EXPECT_TRUE(same.ok()) << listed(same.error());
    const auto unseen = with("[]", R"(["kube-proxy", "--proxy-mode=nftables"])");
    EXPECT_TRUE(unseen.ok()) << listed(unseen.error());
}

}  // namespace kube_proxy
}  // namespace eks
