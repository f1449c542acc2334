#include "models/scenario/kubernetes/prometheus_adapter.hpp"

#include "models/scenario/kubernetes/adapter_rules.hpp"
#include "models/scenario/kubernetes/config_maps.hpp"
#include "models/scenario/kubernetes/container_flags.hpp"
#include "models/scenario/kubernetes/monitors.hpp"
#include "models/scenario/kubernetes/prometheus_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace eks {
namespace {

constexpr std::string_view api_service_title = "APIService/v1beta1.metrics.k8s.io";

// The image of prometheus-adapter, also of its time as k8s-prometheus-adapter.
std::optional<std::string> adapter_image(const Spec& spec, WorkloadIx workload) {
    for (const ContainerSpec& container : spec.template_of(workload).containers) {
        if (!container.image) continue;
        const std::string& name = spec.images[container.image.value].name;
        const std::size_t slash = name.rfind('/');
        if (name.find("prometheus-adapter", slash == std::string::npos ? 0 : slash) != std::string::npos) return name;
    }
    return std::nullopt;
}

// KEDA asks Prometheus itself.
bool is_asked_for_metrics(const ScenarioBuilder& builder) {
    return std::ranges::any_of(builder.metric_requests,
                               [](const MetricRequest& request) { return !request.is_of_keda; });
}

bool is_asked_for_usage(const PodScaling& scaling) {
    const auto reads_usage = [](const ScalerMetric& metric) { return metric.feed.kind == FeedKind::usage; };
    return !scaling.vertical.empty() || std::ranges::any_of(scaling.horizontal, [&](const HorizontalScaler& scaler) {
        return std::ranges::any_of(scaler.metrics, reads_usage);
    });
}

class AdapterReading {
  public:
    AdapterReading(WorkloadIx pods, const KubernetesObjects& objects, ScenarioBuilder& builder)
        : objects_(objects), builder_(builder), object_(builder.object_of(pods)) {
        adapter_.pods = pods;
    }

    void read(const std::string& image) {
        std::string file = "config.yaml";
        for (const ContainerFlag& flag : flags_of_containers(object_, WorkloadKind::deployment, image)) {
            if (flag.name == "config" && flag.value)
                file = flag.value->substr(flag.value->rfind('/') + 1);
            else if (flag.name == "prometheus-url" && flag.value)
                adapter_.prometheus_url = *flag.value;
            else
                flag.at.mark_ignored();
        }
        if (const auto configuration = mounted(file)) {
            if (is_asked_for_metrics(builder_)) {
                read_rules(*configuration, "rules", false);
                read_rules(*configuration, "externalRules", true);
            }
            adapter_.has_resource_rules = configuration->has("resourceRules");
        }
        builder_.adapter = std::move(adapter_);
    }

  private:
    // Whoever resolves a scenario has made a map of the text; one that is JSON is read here.
    std::optional<Reader> mounted(const std::string& file) {
        const auto pod_spec = pod_spec_in(object_, WorkloadKind::deployment);
        if (!pod_spec) return std::nullopt;
        const std::string& space = builder_.spec[adapter_.pods].namespace_name;
        for (const Reader& volume : pod_spec->items("volumes")) {
            const auto source = volume.is_map() ? volume.member("configMap") : std::nullopt;
            const auto name = source && source->is_map() ? source->text("name") : std::nullopt;
            const auto data = name ? data_of_config_map(objects_, space, *name) : std::nullopt;
            const auto entry = data ? data->member(file) : std::nullopt;
            if (!entry) continue;
            const auto text = entry->is_text() ? entry->text() : std::nullopt;
            const bool is_json = text && text->starts_with('{');
            if (!entry->is_map() && !is_json) continue;
            adapter_.configuration = fmt::format("ConfigMap/{}/{}", space, *name);
            return entry->is_map() ? entry : parsed_within(*text, *entry, builder_);
        }
        return std::nullopt;
    }

    void read_rules(const Reader& configuration, std::string_view key, bool is_external) {
        std::size_t number = 0;
        for (const Reader& at : configuration.items(key)) {
            const std::string place = fmt::format("{}[{}]", key, number++);
            if (!at.expect_map()) continue;
            AdapterRule rule;
            rule.place = place;
            rule.is_external = is_external;
            const std::string series_query = at.text("seriesQuery").value_or("");
            const std::string query = at.text("metricsQuery").value_or("");
            rule.series = series_of_query(series_query);
            rule.job = value_of_label(series_query, "job");
            if (rule.job.empty()) rule.job = value_of_label(query, "job");
            rule.window = range_of_query(query);
            std::string matches;
            std::string as;
            if (const auto name = at.member("name"); name && name->expect_map()) {
                matches = name->text("matches").value_or("");
                as = name->text("as").value_or("");
            }
            if (!rule.series.empty()) rule.metric = name_of_metric(rule.series, matches, as).value_or("");
            const auto takes = takes_series(at, rule.series);
            if (!takes) rule.series.clear();
            if (takes == false) rule.metric.clear();
            adapter_.rules.push_back(std::move(rule));
        }
    }

    // Whether its filters leave the series in; nothing where a pattern is none that can be read here.
    static std::optional<bool> takes_series(const Reader& rule, std::string_view series) {
        bool is_clear = true;
        for (const Reader& filter : rule.items("seriesFilters")) {
            if (!filter.expect_map()) continue;
            for (const std::string_view key : {"is", "isNot"}) {
                const std::string pattern = filter.text(key).value_or("");
                if (pattern.empty()) continue;
                const auto fits = matches_pattern(series, pattern);
                if (fits && *fits != (key == "is")) return false;
                is_clear = is_clear && fits;
            }
        }
        return is_clear ? std::optional(true) : std::nullopt;
    }

    const KubernetesObjects& objects_;
    ScenarioBuilder& builder_;
    const Reader& object_;
    MetricsAdapter adapter_;
};

// "monitoring/prometheus-k8s" of "http://prometheus-k8s.monitoring.svc:9090/"; empty for other addresses.
std::string service_of_url(std::string_view url) {
    if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of(":/"));
    const std::size_t point = url.find('.');
    if (point == std::string_view::npos) return {};
    const std::string_view name = url.substr(0, point);
    url.remove_prefix(point + 1);
    return fmt::format("{}/{}", url.substr(0, url.find('.')), name);
}

const Service* service_at(const Spec& spec, std::string_view place) {
    const auto found = std::ranges::find_if(spec.services, [&](const Service& service) {
        return place == fmt::format("{}/{}", service.namespace_name, service.name);
    });
    return found == spec.services.end() ? nullptr : &*found;
}

}  // namespace

void read_metrics_adapter(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    if (!is_asked_for_metrics(builder) && !is_asked_for_usage(builder.spec.pod_scaling)) return;
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx pods = WorkloadIx::of(i);
        if (builder.spec[pods].kind != WorkloadKind::deployment) continue;
        const auto image = adapter_image(builder.spec, pods);
        if (image) return AdapterReading(pods, objects, builder).read(*image);
    }
}

void serve_resources_by_adapter(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    const auto position = objects.find(api_service_title);
    if (!builder.adapter || !builder.adapter->has_resource_rules || !position) return;
    const auto spec = objects.reader_of(objects.all()[*position]).member("spec");
    const auto at = spec && spec->is_map() ? spec->member("service") : std::nullopt;
    if (!at || !at->is_map()) return;
    const WorkloadIx pods = builder.adapter->pods;
    const Service* service = service_at(
        builder.spec, fmt::format("{}/{}", at->text("namespace").value_or(""), at->text("name").value_or("")));
    if (service == nullptr || std::ranges::find(service->to, pods) == service->to.end()) return;
    MetricsServer& server = builder.spec.pod_scaling.metrics_server;
    server.pods = {pods};
    const OperatedPrometheus* prometheus = prometheus_asked_by(*builder.adapter, builder);
    const auto scrape = prometheus != nullptr ? cadvisor_scrape(*prometheus, builder) : std::nullopt;
    server.resolution = scrape ? scrape->interval : operators_scrape_interval;
    builder.assume("resource metrics",
                   fmt::format("of {}, as of the last scrape of the kubelets, each {}", builder.title_of(pods),
                               sim::to_text(server.resolution)),
                   scrape ? fmt::format("read from {}, {} and {}; that Prometheus is up is taken for granted",
                                        api_service_title, builder.adapter->configuration, scrape->monitor)
                          : fmt::format("read from {} and {}; no ServiceMonitor of the kubelets that says how often: "
                                        "the default of the Prometheus operator",
                                        api_service_title, builder.adapter->configuration));
}

const OperatedPrometheus* prometheus_asked_by(const MetricsAdapter& adapter, const ScenarioBuilder& builder) {
    if (const Service* service = service_at(builder.spec, service_of_url(adapter.prometheus_url))) {
        for (const WorkloadIx pods : service->to) {
            if (const OperatedPrometheus* prometheus = prometheus_of(pods, builder)) return prometheus;
        }
        return nullptr;
    }
    return builder.prometheuses.size() == 1 ? &builder.prometheuses.front() : nullptr;
}

}  // namespace eks
