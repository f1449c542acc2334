// The way of a metric as unchanged manifests have it: prometheus-adapter's rules, the Prometheus object, its monitors
// (FR-26, FR-28).
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks::scenario_test {
namespace {

std::string workload_of(const std::string& kind, const std::string& place, const std::string& name,
                        const std::string& image, const std::string& more = "", const std::string& args = "[]") {
    return R"({"apiVersion": "apps/v1", "kind": ")" + kind + R"(", "metadata": {"name": ")" + name +
           R"(", "namespace": ")" + place + R"("}, "spec": {"selector": {"matchLabels": {"app": ")" + name +
           R"("}}, "template": {"metadata": {"labels": {"app": ")" + name +
           R"("}}, "spec": {"containers": [{"name": "main", "image": ")" + image + R"(", "args": )" + args +
           R"(, "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}])" + more + "}}}}";
}

std::string service_of(const std::string& place, const std::string& name) {
    return R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": ")" + name + R"(", "namespace": ")" + place +
           R"(", "labels": {"app": ")" + name + R"("}}, "spec": {"selector": {"app": ")" + name +
           R"("}, "ports": [{"name": "http", "port": 80}]}})";
}

std::string monitor_of(const std::string& place, const std::string& name, const std::string& endpoint,
                       const std::string& labels = "{}") {
    return R"({"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": ")" + name +
           R"(", "namespace": ")" + place + R"(", "labels": )" + labels + R"(}, "spec": {"selector": {"matchLabels":
           {"app": ")" +
           name + R"("}}, "endpoints": [)" + endpoint + "]}}";
}

std::string prometheus_with(const std::string& spec) {
    return R"({"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "metadata": {"name": "k8s",
        "namespace": "monitoring"}, "spec": {)" +
           spec + "}}";
}
constexpr std::string_view all_monitors = R"("serviceMonitorSelector": {}, "serviceMonitorNamespaceSelector": {})";

std::string autoscaler_by(const std::string& metric) {
    return R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web",
        "namespace": "shop"}, "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 2, "maxReplicas": 20, "metrics": [)" +
           metric + "]}}";
}
const std::string by_pods = R"({"type": "Pods", "pods": {"metric": {"name": "http_requests_per_second"},
    "target": {"type": "AverageValue", "averageValue": "25"}}})";
const std::string by_cpu = R"({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization",
    "averageUtilization": 50}}})";

// As whoever resolves a scenario has it: the text in the ConfigMap is a map.
std::string adapter_with(const std::string& rules) {
    return workload_of("Deployment", "monitoring", "prometheus-adapter",
                       "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0",
                       R"(, "volumes": [{"name": "config", "configMap": {"name": "adapter-config"}}])",
                       R"(["--config=/etc/adapter/config.yaml", "--metrics-relist-interval=1m", "--v=4"])") +
           "," + service_of("monitoring", "prometheus-adapter") +
           R"(,{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "adapter-config", "namespace":
               "monitoring"}, "data": {"config.yaml": )" +
           rules + "}}";
}
const std::string rule_of_requests = R"json({"rules": [
    {"seriesQuery": "{__name__=~\"^container_.*\"}", "name": {"matches": "^container_(.*)$"}},
    {"seriesQuery": "http_requests_total{namespace!=\"\",pod!=\"\"}", "resources": {"template": "<<.Resource>>"},
     "name": {"matches": "^(.*)_total$", "as": "${1}_per_second"},
     "metricsQuery": "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)"}]})json";
const std::string rule_of_queue = R"json({"externalRules": [
    {"seriesQuery": "queue_messages_ready{job=\"queue-exporter\"}",
     "metricsQuery": "max(<<.Series>>{<<.LabelMatchers>>})"}]})json";
const std::string rule_of_cpu = R"json({"resourceRules": {"cpu": {
    "containerQuery": "sum(irate(container_cpu_usage_seconds_total{<<.LabelMatchers>>}[120s]))"}}})json";

sim::Result<Scenario, Complaints> load_with(const std::string& manifests, const Changes& more = {}) {
    Changes changes{{"manifests", "[" + manifests + "]"},
                    {"behaviour", "[]"},
                    {"timeline", "[]"},
                    {"expect", "[]"},
                    {"traffic", R"([{"to": "Deployment/shop/web", "rate": "40/s", "request": {"cpu": "10ms"}}])"}};
    changes.insert(changes.end(), more.begin(), more.end());
    return load(changes);
}

std::string shop(const std::string& prometheus, const std::string& adapter, const std::string& endpoint = R"({"port":
    "http", "interval": "45s"})") {
    return workload_of("Deployment", "shop", "web", "nginx:1.27") + "," + service_of("shop", "web") + "," +
           monitor_of("shop", "web", endpoint) + "," + autoscaler_by(by_pods) + "," + prometheus + "," + adapter;
}

const Feed& feed_of(const Scenario& scenario) {
    return scenario.spec->pod_scaling.horizontal.front().metrics.front().feed;
}

TEST(DerivedChain, IsReadFromTheAdapterThePrometheusAndTheMonitor) {
    const auto scenario = load_with(shop(prometheus_with(std::string(all_monitors)), adapter_with(rule_of_requests)));
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Feed& feed = feed_of(*scenario);
    ASSERT_EQ(feed.chain, 0);
    EXPECT_EQ(feed.delay, sim::Duration::zero());
    EXPECT_EQ(feed.window, sim::Duration::seconds(120));
    const MetricChain& chain = scenario->spec->pod_scaling.chains.front();
    const Spec& spec = *scenario->spec;
    EXPECT_EQ(spec[chain[ChainPlace::exporter].pods].name, "web");
    EXPECT_EQ(chain[ChainPlace::exporter].interval, sim::Duration::zero());
    EXPECT_EQ(spec[chain[ChainPlace::scraper].pods].name, "prometheus-k8s");
    EXPECT_EQ(chain[ChainPlace::scraper].interval, sim::Duration::seconds(45));
    EXPECT_EQ(spec[chain[ChainPlace::adapter].pods].name, "prometheus-adapter");
    // It asks Prometheus at each request; what it lists each minute are names.
    EXPECT_EQ(chain[ChainPlace::adapter].interval, sim::Duration::zero());
    const Assumption* found = assumed(*scenario, "customMetrics.http_requests_per_second.via");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->rule, "read from ConfigMap/monitoring/adapter-config rules[1] and ServiceMonitor/shop/web");
    EXPECT_EQ(assumed(*scenario, "customMetrics: how late an adapter answers"), nullptr);
    // What was read is none of what is ignored.
    for (const IgnoredPath& one : scenario->ignored) {
        EXPECT_EQ(one.path.find("seriesQuery"), std::string::npos) << one.path;
        EXPECT_FALSE(one.path.starts_with("Prometheus/")) << one.path;
    }
}

TEST(DerivedChain, ThePrometheusScrapesAsItsOwnObjectSaysWhereTheMonitorDoesNot) {
    const auto scenario = load_with(shop(prometheus_with(std::string(all_monitors) + R"(, "scrapeInterval": "1m")"),
                                         adapter_with(rule_of_requests), R"({"port": "http"})"));
    ASSERT_TRUE(scenario) << listed(scenario.error());
    ASSERT_EQ(feed_of(*scenario).chain, 0);
    EXPECT_EQ(scenario->spec->pod_scaling.chains.front()[ChainPlace::scraper].interval, sim::Duration::seconds(60));
    const auto silent = load_with(
        shop(prometheus_with(std::string(all_monitors)), adapter_with(rule_of_requests), R"({"port": "http"})"));
    ASSERT_TRUE(silent) << listed(silent.error());
    EXPECT_EQ(silent->spec->pod_scaling.chains.front()[ChainPlace::scraper].interval, sim::Duration::seconds(30));
}

TEST(DerivedChain, WhatIsSaidWins) {
    const auto manifests = shop(prometheus_with(std::string(all_monitors)), adapter_with(rule_of_requests));
    const auto scenario = load_with(
        manifests, {{"customMetrics", R"([{"name": "http_requests_per_second", "means": "requestsPerSecond", "of":
        "Deployment/shop/web", "window": "1m", "via": {"scraper": {"interval": "5s"}}}])"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const MetricChain& chain = scenario->spec->pod_scaling.chains.front();
    EXPECT_EQ(chain[ChainPlace::scraper].interval, sim::Duration::seconds(5));
    EXPECT_FALSE(chain[ChainPlace::adapter].pods.valid());
    EXPECT_EQ(assumed(*scenario, "customMetrics.http_requests_per_second.via"), nullptr);
    const auto late = load_with(
        manifests, {{"customMetrics", R"([{"name": "http_requests_per_second", "means": "requestsPerSecond", "of":
        "Deployment/shop/web", "delay": "7s"}])"}});
    ASSERT_TRUE(late) << listed(late.error());
    EXPECT_EQ(feed_of(*late).delay, sim::Duration::seconds(7));
    EXPECT_EQ(feed_of(*late).chain, -1);
}

// What cannot be told is guessed as before, with the reason among the assumptions.
TEST(DerivedChain, SaysWhyNothingCouldBeRead) {
    const auto why = [](const std::string& prometheus, const std::string& rules) {
        const auto scenario = load_with(shop(prometheus, adapter_with(rules)));
        EXPECT_TRUE(scenario) << listed(scenario.error());
        if (!scenario) return std::string{};
        EXPECT_EQ(feed_of(*scenario).chain, -1);
        EXPECT_NE(assumed(*scenario, "customMetrics: how late an adapter answers"), nullptr);
        const Assumption* found = assumed(*scenario, "customMetrics.http_requests_per_second.via");
        EXPECT_NE(found, nullptr);
        return found == nullptr ? std::string{} : found->rule;
    };
    EXPECT_NE(why(prometheus_with(std::string(all_monitors)), R"({"rules": [{"seriesQuery": "{pod!=\"\"}"}]})")
                  .find("no rule"),
              std::string::npos);
    EXPECT_NE(why(prometheus_with(std::string(all_monitors)), R"("rules: [")").find("mounts no ConfigMap"),
              std::string::npos);
    // Without a selector the operator's Prometheus goes by no monitor; without one of namespaces by those of its own.
    EXPECT_NE(why(prometheus_with(""), rule_of_requests).find("selects no monitor"), std::string::npos);
    EXPECT_NE(why(prometheus_with(R"("serviceMonitorSelector": {})"), rule_of_requests).find("selects no monitor"),
              std::string::npos);
    EXPECT_NE(why(prometheus_with(R"("serviceMonitorSelector": {"matchLabels": {"release": "kps"}},
                                     "serviceMonitorNamespaceSelector": {})"),
                  rule_of_requests)
                  .find("selects no monitor"),
              std::string::npos);
}

// Another rule of the same series, with this query and these further fields.
std::string rate_by(const std::string& query, const std::string& more = "") {
    return R"json({"seriesQuery": "http_requests_total{pod!=\"\"}", "name": {"matches": "^(.*)_total$",
        "as": "${1}_per_second"}, "metricsQuery": ")json" +
           query + "\"" + more + "}";
}
std::string rules(const std::string& list) { return R"({"rules": [)" + list + "]}"; }

sim::Result<Scenario, Complaints> shop_by(const std::string& rules, const std::string& endpoints = R"({"port": "http",
    "interval": "45s"})") {
    return load_with(shop(prometheus_with(std::string(all_monitors)), adapter_with(rules), endpoints));
}

// pkg/custom-provider/series_registry.go: each rule's series overwrite those of the rules before it.
TEST(DerivedChain, OfRulesThatMakeOneMetricTheLastCounts) {
    const auto scenario = shop_by(rules(rate_by("rate(<<.Series>>[2m])") + "," + rate_by("rate(<<.Series>>[4m])")));
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_EQ(feed_of(*scenario).window, sim::Duration::seconds(240));
}

// irate() takes the last two scrapes, however far back it may look.
TEST(DerivedChain, AnInstantRateIsOverOneScrape) {
    const auto scenario = shop_by(rules(rate_by("sum(irate(<<.Series>>[5m]))")));
    ASSERT_TRUE(scenario) << listed(scenario.error());
    EXPECT_EQ(feed_of(*scenario).chain, 0);
    EXPECT_EQ(feed_of(*scenario).window, sim::Duration::seconds(45));
    EXPECT_EQ(find(scenario->warnings, Rule::unused_setting), nullptr) << listed(scenario->warnings);
}

TEST(DerivedChain, ARateNeedsTwoScrapes) {
    const auto scenario = shop_by(rules(rate_by("rate(<<.Series>>[89s])")));
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const Complaint* found = find(scenario->warnings, Rule::unused_setting);
    ASSERT_NE(found, nullptr);
    EXPECT_NE(to_text(*found).find("at least two scrapes, better four"), std::string::npos) << to_text(*found);
    const auto enough = shop_by(rules(rate_by("rate(<<.Series>>[90s])")));
    ASSERT_TRUE(enough) << listed(enough.error());
    EXPECT_EQ(find(enough->warnings, Rule::unused_setting), nullptr) << listed(enough->warnings);
}

// A rule that takes none of the series makes no metric of it, so that an earlier one may.
TEST(DerivedChain, FiltersDecideWhoseTheSeriesIs) {
    const auto window_of = [](const std::string& filters) {
        const auto scenario =
            shop_by(rules(rate_by("rate(<<.Series>>[2m])") + "," +
                          rate_by("rate(<<.Series>>[4m])", R"(, "seriesFilters": [)" + filters + "]")));
        EXPECT_TRUE(scenario) << listed(scenario.error());
        return scenario ? feed_of(*scenario).window : sim::Duration::zero();
    };
    EXPECT_EQ(window_of(R"({"isNot": ".*_total$"})"), sim::Duration::seconds(120));
    EXPECT_EQ(window_of(R"({"is": "^http_.*"})"), sim::Duration::seconds(240));
    EXPECT_EQ(window_of(R"({"is": "^http_.*"}, {"isNot": "requests"})"), sim::Duration::seconds(120));
}

TEST(DerivedChain, WhatARuleLeavesOpenIsGuessed) {
    const auto why = [](const std::string& rule, const std::string& endpoints) {
        const auto scenario = shop_by(rules(rule), endpoints);
        EXPECT_TRUE(scenario) << listed(scenario.error());
        if (!scenario) return std::string{};
        EXPECT_EQ(feed_of(*scenario).chain, -1);
        const Assumption* found = assumed(*scenario, "customMetrics.http_requests_per_second.via");
        return found == nullptr ? std::string{} : found->rule;
    };
    const std::string endpoint = R"({"port": "http"})";
    EXPECT_NE(why(rate_by("rate(a[1m]) / rate(b[5m])"), endpoint).find("how far back"), std::string::npos);
    EXPECT_NE(why(rate_by("rate(a[2m])", R"json(, "seriesFilters": [{"isNot": "^(a|b)"}])json"), endpoint)
                  .find("seriesFilters"),
              std::string::npos);
    const std::string two =
        why(rate_by("rate(a[20m])"), R"({"port": "admin", "interval": "5m"}, {"port": "http", "interval": "10s"})");
    EXPECT_NE(two.find("ServiceMonitor/shop/web each 5m, ServiceMonitor/shop/web each 10s"), std::string::npos) << two;
    const auto alike = shop_by(rules(rate_by("rate(a[2m])")),
                               R"({"port": "admin", "interval": "10s"}, {"port": "http", "interval": "10s"})");
    ASSERT_TRUE(alike) << listed(alike.error());
    EXPECT_EQ(feed_of(*alike).chain, 0);
}

// An address that is another Service's is not that of the Prometheus object; one that is no Service's may be.
TEST(DerivedChain, TheAdapterAsksWhomItsAddressNames) {
    const auto chain_of = [](const std::string& url) {
        std::string adapter = adapter_with(rule_of_requests);
        const std::string flag = "\"--v=4\"";
        adapter.replace(adapter.find(flag), flag.size(), "\"--prometheus-url=" + url + "\"");
        const auto scenario = load_with(shop(prometheus_with(std::string(all_monitors)), adapter) + "," +
                                        workload_of("Deployment", "monitoring", "thanos", "thanos:1") + "," +
                                        service_of("monitoring", "thanos"));
        EXPECT_TRUE(scenario) << listed(scenario.error());
        return scenario ? feed_of(*scenario).chain : -2;
    };
    EXPECT_EQ(chain_of("http://thanos.monitoring.svc:9090/"), -1);
    EXPECT_EQ(chain_of("http://prometheus-operated.monitoring.svc:9090/"), 0);
}

// Of a PodMonitor the pods have the label that jobLabel names.
TEST(DerivedChain, ThePodsNameTheJobOfAPodMonitor) {
    const std::string monitor = R"({"apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "metadata": {
        "name": "pods", "namespace": "shop"}, "spec": {"jobLabel": "app", "selector": {"matchLabels": {"app": "web"}},
        "podMetricsEndpoints": [{"port": "http", "interval": "15s"}]}})";
    const auto chain_of = [&](const std::string& job) {
        const auto scenario = load_with(
            workload_of("Deployment", "shop", "web", "nginx:1.27") + "," + monitor + "," + autoscaler_by(by_pods) +
            "," + prometheus_with(R"("podMonitorSelector": {}, "podMonitorNamespaceSelector": {})") + "," +
            adapter_with(
                R"json({"rules": [{"seriesQuery": "http_requests_total{job=\")json" + job +
                R"json(\"}", "name": {"as": "http_requests_per_second"}, "metricsQuery": "rate(a[2m])"}]})json"));
        EXPECT_TRUE(scenario) << listed(scenario.error());
        return scenario ? feed_of(*scenario).chain : -2;
    };
    EXPECT_EQ(chain_of("web"), 0);
    EXPECT_EQ(chain_of("shop/pods"), -1);
}

// An external metric is whose the rule's job is.
TEST(DerivedChain, AJobNamesTheExporter) {
    const std::string external = R"({"type": "External", "external": {"metric": {"name": "queue_messages_ready"},
        "target": {"type": "AverageValue", "averageValue": "100"}}})";
    const auto scenario = load_with(
        workload_of("Deployment", "shop", "web", "nginx:1.27") + "," +
            workload_of("Deployment", "monitoring", "queue-exporter", "exporter:1") + "," +
            service_of("monitoring", "queue-exporter") + "," +
            monitor_of("monitoring", "queue-exporter", R"({"port": "http", "interval": "20s"})") + "," +
            autoscaler_by(external) + "," + prometheus_with(R"("serviceMonitorSelector": {})") + "," +
            adapter_with(rule_of_queue),
        {{"traffic", R"([{"to": "Queue/orders", "rate": "20/s", "work": "1s", "workers": "Deployment/shop/web"}])"}});
    ASSERT_TRUE(scenario) << listed(scenario.error());
    ASSERT_EQ(feed_of(*scenario).chain, 0);
    const MetricChain& chain = scenario->spec->pod_scaling.chains.front();
    EXPECT_EQ((*scenario->spec)[chain[ChainPlace::exporter].pods].name, "queue-exporter");
    EXPECT_EQ(chain[ChainPlace::scraper].interval, sim::Duration::seconds(20));
}

std::string resources_by_adapter(const std::string& service) {
    return workload_of("Deployment", "shop", "web", "nginx:1.27") + "," + autoscaler_by(by_cpu) + "," +
           prometheus_with(std::string(all_monitors)) + "," + adapter_with(rule_of_cpu) +
           R"(,{"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
               "spec": {"group": "metrics.k8s.io", "service": {"name": ")" +
           service + R"(", "namespace": "monitoring"}}})" + "," +
           monitor_of("monitoring", "kubelet", R"({"port": "https-metrics", "interval": "40s"},
               {"port": "https-metrics", "path": "/metrics/cadvisor", "interval": "25s"})");
}

// FR-28: where the API of resource metrics is the adapter's, CPU is as old as the last scrape of the kubelets.
TEST(DerivedChain, AnAdapterStandsInForMetricsServer) {
    const auto scenario = load_with(resources_by_adapter("prometheus-adapter"));
    ASSERT_TRUE(scenario) << listed(scenario.error());
    const MetricsServer& server = scenario->spec->pod_scaling.metrics_server;
    ASSERT_EQ(server.pods.size(), 1U);
    EXPECT_EQ((*scenario->spec)[server.pods.front()].name, "prometheus-adapter");
    EXPECT_EQ(server.resolution, sim::Duration::seconds(25));
    EXPECT_EQ(find(scenario->warnings, Rule::no_metrics_server), nullptr);
    const Assumption* found = assumed(*scenario, "resource metrics");
    ASSERT_NE(found, nullptr);
    EXPECT_NE(found->rule.find("ServiceMonitor/monitoring/kubelet"), std::string::npos) << found->rule;
    // The API may be somebody else's.
    const auto other = load_with(resources_by_adapter("metrics-server"));
    ASSERT_TRUE(other) << listed(other.error());
    EXPECT_TRUE(other->spec->pod_scaling.metrics_server.pods.empty());
    EXPECT_NE(find(other->warnings, Rule::no_metrics_server), nullptr);
}

// FR-26: an agent that an operator makes goes by the monitors that its object selects, and as often as that says.
TEST(PrometheusObject, TelemetryFollowsItsSelection) {
    const std::string others =
        workload_of("Deployment", "shop", "web", "nginx:1.27") + "," + service_of("shop", "web") + "," +
        workload_of("Deployment", "shop", "api", "nginx:1.27") + "," + service_of("shop", "api") + "," +
        monitor_of("shop", "web", R"({"port": "http"})", R"({"release": "kps"})") + "," +
        monitor_of("shop", "api", R"({"port": "http", "interval": "5s"})") + ",";
    const auto targets_of = [&](const std::string& spec, const std::string& telemetry) {
        const auto scenario = load_with(
            others + prometheus_with(spec),
            {{"behaviour", R"([{"for": "StatefulSet/monitoring/prometheus-k8s", "telemetry": )" + telemetry + "}]"}});
        EXPECT_TRUE(scenario) << listed(scenario.error());
        return scenario ? scenario->spec->telemetry.agents.front().targets : std::vector<ScrapeTarget>{};
    };
    const std::string one = R"("serviceMonitorSelector": {"matchLabels": {"release": "kps"}},
                               "serviceMonitorNamespaceSelector": {}, "scrapeInterval": "20s")";
    const auto selected = targets_of(one, R"({"scrapes": "all"})");
    ASSERT_EQ(selected.size(), 1U);
    EXPECT_EQ(selected.front().interval, sim::Duration::seconds(20));
    const auto said = targets_of(one, R"({"scrapes": "all", "interval": "7s"})");
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said.front().interval, sim::Duration::seconds(7));
    const auto all = targets_of(std::string(all_monitors), R"({"scrapes": "all"})");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].interval, sim::Duration::seconds(30));
    EXPECT_EQ(all[1].interval, sim::Duration::seconds(5));
    EXPECT_TRUE(targets_of("", R"({"scrapes": "all"})").empty());
    // Its namespace's alone.
    EXPECT_TRUE(targets_of(R"("serviceMonitorSelector": {})", R"({"scrapes": "all"})").empty());
    const auto by_name = targets_of(R"("serviceMonitorSelector": {}, "serviceMonitorNamespaceSelector": {"matchLabels":
        {"kubernetes.io/metadata.name": "shop"}})",
                                    R"({"scrapes": "all"})");
    EXPECT_EQ(by_name.size(), 2U);
}

TEST(PrometheusObject, ItsVolumeIsWhereTheLogLies) {
    const auto volume_of = [](const std::string& storage) {
        const auto scenario = load_with(
            workload_of("Deployment", "shop", "web", "nginx:1.27") + "," + prometheus_with(storage),
            {{"behaviour", R"([{"for": "StatefulSet/monitoring/prometheus-k8s", "telemetry": {"scrapes": "all",
                "targets": ["Deployment/shop/web"]}}])"}});
        EXPECT_TRUE(scenario) << listed(scenario.error());
        return scenario ? scenario->spec->telemetry.agents.front().volume : WalVolume::host_path;
    };
    EXPECT_EQ(volume_of(""), WalVolume::empty_dir);
    EXPECT_EQ(
        volume_of(R"("storage": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "9Gi"}}}}})"),
        WalVolume::persistent);
}

// A change of the timeline reaches what the operator makes.
TEST(PrometheusObject, ItCanChangeInARun) {
    const auto changed = [](const std::string& spec) {
        auto scenario = load_with(
            workload_of("Deployment", "shop", "web", "nginx:1.27") + "," + prometheus_with(R"("replicas": 1)"),
            {{"timeline",
              R"([{"at": "10m", "apply": "Prometheus/monitoring/k8s", "merge": {"spec": )" + spec + "}}]"}});
        EXPECT_TRUE(scenario) << listed(scenario.error());
        EXPECT_EQ(find(scenario->warnings, Rule::unused_setting), nullptr) << listed(scenario->warnings);
        return *scenario;
    };
    EXPECT_EQ(changed(R"({"resources": {"requests": {"cpu": "2"}}})").spec->revisions.size(), 1U);
    // As whoever scales it.
    EXPECT_EQ(changed(R"({"replicas": 3})").spec->revisions.size(), 0U);
}

// A run has the workloads that it starts with.
TEST(PrometheusObject, ItsShardsCannotChangeInARun) {
    const auto scenario = load_with(
        workload_of("Deployment", "shop", "web", "nginx:1.27") + "," + prometheus_with(R"("shards": 2)"),
        {{"timeline", R"([{"at": "10m", "apply": "Prometheus/monitoring/k8s", "merge": {"spec": {"shards": 1}}}])"}});
    ASSERT_FALSE(scenario);
    const Complaint* found = find(scenario.error(), Rule::not_yet_modelled);
    ASSERT_NE(found, nullptr) << listed(scenario.error());
    EXPECT_NE(to_text(*found).find("under `patches`"), std::string::npos) << to_text(*found);
}

}  // namespace
}  // namespace eks::scenario_test
