// What a scenario says of telemetry, and what unchanged manifests do (FR-25 to FR-28).
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks::scenario_test {
namespace {

std::string workload(std::string_view kind, std::string_view name, std::string_view annotations = "{}",
                     std::string_view more = "") {
    return R"({"apiVersion": "apps/v1", "kind": ")" + std::string(kind) + R"(", "metadata": {"name": ")" +
           std::string(name) + R"(", "namespace": "shop"}, "spec": {"selector": {"matchLabels": {"app": ")" +
           std::string(name) + R"("}}, "template": {"metadata": {"labels": {"app": ")" + std::string(name) +
           R"("}, "annotations": )" + std::string(annotations) + R"(}, "spec": {"containers": [{"name": "main",
           "image": "a:1"}])" +
           std::string(more) + "}}}}";
}

constexpr std::string_view service = R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web",
    "namespace": "shop", "labels": {"team": "web"}}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})";
constexpr std::string_view monitor = R"({"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
    "metadata": {"name": "web", "namespace": "monitoring"}, "spec": {"namespaceSelector": {"matchNames": ["shop"]},
    "selector": {"matchLabels": {"team": "web"}}, "endpoints": [{"port": "http", "interval": "15s", "honorLabels": true},
    {"port": "admin"}]}})";
constexpr std::string_view agent = R"([{"for": "DaemonSet/shop/agent", "telemetry": {"scrapes": "own-node"}}])";

sim::Result<Scenario, Complaints> load_with(const std::string& manifests, std::string_view behaviour,
                                            std::string_view timeline = "[]") {
    return load(Changes{{"manifests", "[" + manifests + "]"},
                        {"behaviour", std::string(behaviour)},
                        {"timeline", std::string(timeline)}});
}

bool is_ignored(const Scenario& scenario, std::string_view path) {
    return std::ranges::find(scenario.ignored, path, &IgnoredPath::path) != scenario.ignored.end();
}

// FR-26: the endpoints of an unchanged ServiceMonitor, each with its interval, or the agent's own.
TEST(TelemetryOfScenario, ReadsServiceMonitorsAsTheyAre) {
    const auto scenario = load_with(workload("Deployment", "web") + "," + workload("DaemonSet", "agent") + "," +
                                        std::string(service) + "," + std::string(monitor),
                                    agent);
    ASSERT_TRUE(scenario) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->telemetry.agents.size(), 1U);
    const TelemetryAgent& row = scenario->spec->telemetry.agents.front();
    EXPECT_EQ(row.scope, ScrapeScope::own_node);
    ASSERT_EQ(row.targets.size(), 2U);
    EXPECT_EQ((*scenario->spec)[row.targets[0].pods].name, "web");
    EXPECT_EQ(row.targets[0].interval, sim::Duration::seconds(15));
    EXPECT_EQ(row.targets[1].interval, sim::Duration::seconds(60));
    EXPECT_EQ(row.targets[0].samples, 300);
    EXPECT_NE(assumed(*scenario, "telemetry.interval of DaemonSet/shop/agent"), nullptr);
    EXPECT_NE(assumed(*scenario, "telemetry.samples of Deployment/shop/web"), nullptr);
    EXPECT_FALSE(is_ignored(*scenario, "ServiceMonitor/monitoring/web spec.endpoints.interval"));
    EXPECT_TRUE(is_ignored(*scenario, "ServiceMonitor/monitoring/web spec.endpoints.honorLabels"));
}

// Without an agent nothing depends on it.
TEST(TelemetryOfScenario, WithoutAnAgentMonitorsAreIgnored) {
    const auto scenario =
        load_with(workload("Deployment", "web") + "," + std::string(service) + "," + std::string(monitor), "[]");
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_TRUE(scenario->spec->telemetry.agents.empty());
    EXPECT_TRUE(is_ignored(*scenario, "ServiceMonitor/monitoring/web spec.endpoints.interval"));
}

TEST(TelemetryOfScenario, ReadsPodMonitorsAndAnnotations) {
    const std::string pod_monitor = R"({"apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "metadata": {
        "name": "web", "namespace": "shop"}, "spec": {"selector": {"matchLabels": {"app": "web"}},
        "podMetricsEndpoints": [{"port": "http", "interval": "10s"}]}})";
    const auto scenario = load_with(workload("Deployment", "web") + "," +
                                        workload("Deployment", "api", R"({"prometheus.io/scrape": "true"})") + "," +
                                        workload("Deployment", "quiet", R"({"prometheus.io/scrape": "false"})") + "," +
                                        workload("DaemonSet", "agent") + "," + pod_monitor,
                                    agent);
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const auto& targets = scenario->spec->telemetry.agents.front().targets;
    ASSERT_EQ(targets.size(), 2U);
    EXPECT_EQ(targets[0].interval, sim::Duration::seconds(10));
    EXPECT_EQ((*scenario->spec)[targets[1].pods].name, "api");
    EXPECT_FALSE(is_ignored(*scenario, "Deployment/shop/api spec.template.metadata.annotations.prometheus.io/scrape"));
}

// FR-27: where the log lies is in the manifest.
TEST(TelemetryOfScenario, FindsTheVolumeOfTheLog) {
    const auto volume_of = [](std::string_view volumes, std::string_view log = "{}") {
        const auto scenario =
            load_with(workload("DaemonSet", "agent", "{}", volumes) + "," + workload("Deployment", "web"),
                      R"([{"for": "DaemonSet/shop/agent", "telemetry": {"scrapes": "all", "writeAheadLog": )" +
                          std::string(log) + R"(, "targets": ["Deployment/shop/web"]}}])");
        EXPECT_TRUE(scenario) << listed(scenario.error());
        return scenario ? scenario->spec->telemetry.agents.front().volume : WalVolume::container;
    };
    const std::string host = R"(, "volumes": [{"name": "root", "hostPath": {"path": "/"}}])";
    EXPECT_EQ(volume_of(""), WalVolume::container);
    EXPECT_EQ(volume_of(R"(, "volumes": [{"name": "wal", "emptyDir": {}}])"), WalVolume::empty_dir);
    EXPECT_EQ(volume_of(host), WalVolume::container);
    EXPECT_EQ(volume_of(host, R"({"volume": "root"})"), WalVolume::host_path);
    EXPECT_EQ(volume_of(R"(, "volumes": [{"name": "a", "emptyDir": {}},
                            {"name": "b", "persistentVolumeClaim": {"claimName": "wal"}}])"),
              WalVolume::persistent);
}

TEST(TelemetryOfScenario, ComplainsOfWhatCannotBe) {
    const std::string pods = workload("Deployment", "web") + "," + workload("DaemonSet", "agent");
    const auto rule_of = [&](std::string_view behaviour, std::string_view timeline = "[]") {
        const auto scenario = load_with(pods, behaviour, timeline);
        return scenario ? std::string() : listed(scenario.error());
    };
    EXPECT_NE(
        rule_of(R"([{"for": "DaemonSet/shop/agent", "telemetry": {"scrapes": "own-pod"}}])").find("which container"),
        std::string::npos);
    EXPECT_NE(rule_of(R"([{"for": "DaemonSet/shop/agent", "telemetry": {"interval": "10s"}}])").find("is an agent's"),
              std::string::npos);
    EXPECT_NE(rule_of(R"([{"for": "DaemonSet/shop/agent", "telemetry": {"scrapes": "all",
                           "writeAheadLog": {"volume": "data"}}}])")
                  .find("has no volume"),
              std::string::npos);
    EXPECT_NE(rule_of(R"([{"for": "DaemonSet/shop/agent", "telemetry": {"scrapes": "all", "interval": "99ms"}}])")
                  .find("must be 100ms at least"),
              std::string::npos);
    EXPECT_NE(rule_of(R"([{"for": "DaemonSet/shop/agent", "telemetry": {"scrapes": "all", "sends": "0/s"}}])")
                  .find("sends nothing"),
              std::string::npos);
    EXPECT_NE(rule_of(R"([{"for": "DaemonSet/shop/agent", "telemetry": {"scrapes": "all", "batch": "10s",
                           "writeAheadLog": {"keeps": "9s"}}}])")
                  .find("leave the log after 9s"),
              std::string::npos);
    EXPECT_NE(
        rule_of("[]", R"([{"at": "1m", "for": "1m", "fault": "telemetry-backend-outage"}])").find("no workload is"),
        std::string::npos);
    EXPECT_NE(rule_of("[]", R"([{"at": "1m", "fault": "container-crash", "workload": "Deployment/shop/web",
                                 "container": "main"}])")
                  .find("only a sidecar"),
              std::string::npos);
    EXPECT_NE(rule_of("[]", R"([{"at": "1m", "for": "1m", "fault": "container-crash",
                                 "workload": "Deployment/shop/web", "count": 1}])")
                  .find("does not go with for"),
              std::string::npos);
    EXPECT_EQ(rule_of("[]", R"([{"at": "1m", "fault": "container-crash", "workload": "Deployment/shop/web"}])"), "");
}

// What the timeline makes of monitors and annotations is in force from then on, and a sidecar may be taken away.
TEST(TelemetryOfScenario, ChangesInMidRunAreRevisions) {
    const std::string annotated = R"({"prometheus.io/scrape": "true"})";
    const auto scenario =
        load_with(workload("Deployment", "web", annotated) + "," + workload("DaemonSet", "agent"),
                  R"([{"for": "DaemonSet/shop/agent", "telemetry": {"scrapes": "all"}},
                      {"for": "Deployment/shop/web", "telemetry": {"scrapes": "own-pod", "container": "main"}}])",
                  R"([{"at": "1m", "apply": "Deployment/shop/web", "merge": {"spec": {"template": {"metadata":
                       {"annotations": {"prometheus.io/scrape": null}}}}}},
                      {"at": "2m", "apply": "Deployment/shop/web",
                       "json6902": [{"op": "replace", "path": "/spec/template/spec/containers/0/name", "value": "x"}]}])");
    ASSERT_TRUE(scenario) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->revisions.size(), 2U);
    EXPECT_EQ(scenario->spec->telemetry.agents.back().targets.size(), 1U);
    EXPECT_TRUE(scenario->spec->revision(1).telemetry.agents.back().targets.empty());
}

// FR-28: a monitor that is made to scrape more often does so for agents and for what an HPA sees by them.
TEST(TelemetryOfScenario, AMonitorMayChangeInMidRun) {
    const auto scenario = load(Changes{
        {"manifests", "[" + workload("Deployment", "web") + "," + workload("Deployment", "prometheus") + "," +
                          workload("Deployment", "adapter") + "," + std::string(service) + "," + std::string(monitor) +
                          "]"},
        {"behaviour", R"([{"for": "Deployment/shop/prometheus", "telemetry": {"scrapes": "all"}}])"},
        {"customMetrics", R"([{"name": "requests", "means": "requestsPerSecond", "of": "Deployment/shop/web", "via": {
              "exporter": {"workload": "Deployment/shop/web"}, "scraper": {"workload": "Deployment/shop/prometheus"},
              "adapter": {"workload": "Deployment/shop/adapter"}}}])"},
        {"traffic", R"([{"to": "Service/shop/web", "rate": "10/s"}])"},
        {"timeline", R"([{"at": "1m", "apply": "ServiceMonitor/monitoring/web",
              "merge": {"spec": {"endpoints": [{"port": "http", "interval": "5s"}]}}}])"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->revisions.size(), 1U);
    const Spec& changed = scenario->spec->revision(1);
    EXPECT_EQ(changed.telemetry.agents.front().targets.front().interval, sim::Duration::seconds(5));
    EXPECT_EQ(scenario->spec->pod_scaling.chains.front()[ChainPlace::scraper].interval, sim::Duration::seconds(15));
    EXPECT_EQ(changed.pod_scaling.chains.front()[ChainPlace::scraper].interval, sim::Duration::seconds(5));
}

}  // namespace
}  // namespace eks::scenario_test
