#include "models/scenario/derived_chain.hpp"

#include "models/scenario/kubernetes/adapter_rules.hpp"
#include "models/scenario/kubernetes/monitors.hpp"
#include "models/scenario/kubernetes/prometheus_adapter.hpp"
#include "models/scenario/kubernetes/prometheus_selection.hpp"
#include "models/scenario/metric_chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {
namespace {

// The kubelet's --housekeeping-interval: how often its cAdvisor looks.
constexpr sim::Duration housekeeping = sim::Duration::seconds(10);

// Whoever has the series: how often he renews it, and is scraped, and what says so.
struct FoundExporter {
    WorkloadIx pods;
    sim::Duration renews;
    sim::Duration scraped;
    std::string monitor;
};

class Deriving {
  public:
    Deriving(const MetricRequest& request, ScenarioBuilder& builder)
        : request_(request), builder_(builder), adapter_(*builder.adapter) {}

    std::optional<DerivedChain> derive() {
        if (adapter_.configuration.empty())
            return give_up(
                fmt::format("{} mounts no ConfigMap with rules as YAML or JSON", builder_.title_of(adapter_.pods)));
        const AdapterRule* rule = rule_of();
        if (rule == nullptr)
            return give_up(
                fmt::format("no rule of {} makes it of a series that it names plainly", adapter_.configuration));
        if (rule->series.empty())
            return give_up(
                fmt::format("whether {} {} leaves the series in cannot be told: its seriesFilters have "
                            "other patterns than a name with one gap",
                            adapter_.configuration, rule->place));
        if (rule->window == unclear_range)
            return give_up(
                fmt::format("how far back {} {} looks cannot be told: its metricsQuery has several ranges, "
                            "or one that is no length of time",
                            adapter_.configuration, rule->place));
        const OperatedPrometheus* prometheus = prometheus_asked_by(adapter_, builder_);
        const auto scraper = prometheus != nullptr ? stateful_set_of(*prometheus) : std::nullopt;
        if (!scraper) return give_up("which Prometheus object the adapter asks cannot be told");
        const auto exporter = exporter_of(*rule, *prometheus);
        if (!exporter && !differing_.empty())
            return give_up(fmt::format("how often the series {} is scraped cannot be told: {}", rule->series,
                                       fmt::join(differing_, ", ")));
        if (!exporter)
            return give_up(fmt::format("who has the series {} of {} {} cannot be told: {} selects no monitor of it",
                                       rule->series, adapter_.configuration, rule->place, prometheus->title));
        MetricChain chain;
        chain.stable_key = stable_key_of(fmt::format("customMetrics/{}/{}", request_.name, exporter->monitor));
        chain[ChainPlace::exporter] = {exporter->pods, exporter->renews};
        const auto agents = interval_of_agent(builder_, *scraper, exporter->pods);
        chain[ChainPlace::scraper] = {*scraper, agents.value_or(exporter->scraped)};
        // It asks Prometheus whenever it is asked; --metrics-relist-interval is how often it looks which metrics there
        // are.
        chain[ChainPlace::adapter] = {adapter_.pods, sim::Duration::zero()};
        auto window = rule->window;
        if (window == last_two_samples)
            window = chain[ChainPlace::scraper].interval;
        else if (window)
            warn_of_short(*window, chain[ChainPlace::scraper].interval, *rule);
        list(chain, *rule, window, *exporter);
        return DerivedChain{position_of(chain), window.value_or(sim::Duration::zero())};
    }

  private:
    std::optional<DerivedChain> give_up(std::string why) {
        builder_.assume(what(), "not known", std::move(why));
        return std::nullopt;
    }

    std::string what() const { return fmt::format("customMetrics.{}.via", request_.name); }

    void warn_of_short(sim::Duration window, sim::Duration scraped, const AdapterRule& rule) const {
        if (window >= scraped * 2) return;
        request_.at.warn(Rule::unused_setting,
                         fmt::format("{}: {} {} looks {} back at what is scraped each {}: Prometheus has no value of "
                                     "fewer than two scrapes; here it has one",
                                     request_.at.title(), adapter_.configuration, rule.place, sim::to_text(window),
                                     sim::to_text(scraped)),
                         "at least two scrapes, better four");
    }

    // Of several that make a metric of one name, the last.
    const AdapterRule* rule_of() const {
        const bool is_external = request_.source == hpa::MetricSource::external;
        const auto found = std::find_if(adapter_.rules.rbegin(), adapter_.rules.rend(), [&](const AdapterRule& rule) {
            return rule.is_external == is_external && !rule.metric.empty() && rule.metric == request_.name;
        });
        return found == adapter_.rules.rend() ? nullptr : &*found;
    }

    // Of several shards the first: all of them scrape equally often.
    std::optional<WorkloadIx> stateful_set_of(const OperatedPrometheus& prometheus) const {
        return builder_.find_workload(WorkloadKind::stateful_set, prometheus.namespace_name,
                                      prometheus.stateful_sets.front());
    }

    bool runs_image(WorkloadIx workload, std::string_view part) const {
        return std::ranges::any_of(builder_.spec.template_of(workload).containers, [&](const ContainerSpec& one) {
            return one.image && builder_.spec.images[one.image.value].name.find(part) != std::string::npos;
        });
    }

    // By the job that the rule names; else by the names that the exporters of Kubernetes have for their series; else it
    // is the application's own, whom the metric is about.
    bool has_series(const MonitoredEndpoint& endpoint, const AdapterRule& rule) const {
        if (!rule.job.empty()) return endpoint.job == rule.job;
        if (rule.series.starts_with("node_")) return runs_image(endpoint.pods, "node-exporter");
        if (rule.series.starts_with("kube_")) return runs_image(endpoint.pods, "kube-state-metrics");
        if (request_.source == hpa::MetricSource::pods) return endpoint.pods == request_.target;
        return std::ranges::any_of(builder_.spec.services, [&](const Service& service) {
            return request_.described == fmt::format("Service/{}/{}", service.namespace_name, service.name) &&
                   std::ranges::find(service.to, endpoint.pods) != service.to.end();
        });
    }

    std::optional<FoundExporter> exporter_of(const AdapterRule& rule, const OperatedPrometheus& prometheus) {
        if (rule.job.empty() && rule.series.starts_with("container_")) {
            const auto scrape = cadvisor_scrape(prometheus, builder_);
            if (!scrape) return std::nullopt;
            return FoundExporter{WorkloadIx{}, housekeeping, scrape->interval, scrape->monitor};
        }
        const auto all = read_monitors(builder_);
        auto selected = endpoints_selected(prometheus, all, std::nullopt, builder_);
        std::erase_if(selected, [&](const MonitoredEndpoint& endpoint) { return !has_series(endpoint, rule); });
        if (selected.empty()) return std::nullopt;
        const auto monitor_of = [&](const MonitoredEndpoint& endpoint) {
            return builder_.monitors[static_cast<std::size_t>(endpoint.monitor)].title;
        };
        const MonitoredEndpoint& first = selected.front();
        const auto is_as_often = [&](const MonitoredEndpoint& one) { return one.interval == first.interval; };
        if (std::ranges::all_of(selected, is_as_often))
            return FoundExporter{first.pods, sim::Duration::zero(), first.interval, monitor_of(first)};
        // Which of the endpoints has it, nobody says.
        for (const MonitoredEndpoint& one : selected)
            differing_.push_back(fmt::format("{} each {}", monitor_of(one), sim::to_text(one.interval)));
        return std::nullopt;
    }

    void list(const MetricChain& chain, const AdapterRule& rule, std::optional<sim::Duration> window,
              const FoundExporter& exporter) {
        const std::string who = exporter.pods.valid() ? builder_.title_of(exporter.pods) : "the kubelets' cAdvisor";
        builder_.assume(
            what(),
            fmt::format("{}, scraped each {} by {}, of whom {} asks{}", who,
                        sim::to_text(chain[ChainPlace::scraper].interval),
                        builder_.title_of(chain[ChainPlace::scraper].pods), builder_.title_of(adapter_.pods),
                        window ? fmt::format(" the rate over {}", sim::to_text(*window)) : ""),
            fmt::format("read from {} {} and {}", adapter_.configuration, rule.place, exporter.monitor));
    }

    // Autoscalers that ask for the same see the same.
    std::int32_t position_of(const MetricChain& chain) {
        auto& chains = builder_.spec.pod_scaling.chains;
        const auto there = std::ranges::find(chains, chain);
        if (there != chains.end()) return static_cast<std::int32_t>(there - chains.begin());
        chains.push_back(chain);
        return static_cast<std::int32_t>(chains.size() - 1);
    }

    const MetricRequest& request_;
    ScenarioBuilder& builder_;
    const MetricsAdapter& adapter_;
    std::vector<std::string> differing_;  // endpoints that may have the series, which are not scraped equally often
};

}  // namespace

std::optional<DerivedChain> derive_metric_chain(const MetricRequest& request, ScenarioBuilder& builder) {
    if (!builder.adapter || request.is_of_keda) return std::nullopt;
    return Deriving(request, builder).derive();
}

}  // namespace eks
