#include "models/scenario/kubernetes/prometheus_selection.hpp"

#include "models/scenario/kubernetes/label_selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace eks {
namespace {

// What the spec of a Prometheus says about one kind of monitors.
struct MonitorChoice {
    std::optional<LabelSelector> monitors;    // none: it goes by none of them
    std::optional<LabelSelector> namespaces;  // none: its own
};

class MonitorSelection {
  public:
    explicit MonitorSelection(const OperatedPrometheus& prometheus)
        : prometheus_(prometheus),
          interval_(operators_scrape_interval),
          services_(choice_of("serviceMonitorSelector", "serviceMonitorNamespaceSelector")),
          pods_(choice_of("podMonitorSelector", "podMonitorNamespaceSelector")) {
        const auto at = prometheus.object.member("spec")->member("scrapeInterval");
        interval_ = (at ? read_scrape_interval(*at) : std::nullopt).value_or(operators_scrape_interval);
    }

    sim::Duration interval() const { return interval_; }

    bool contains(const Monitor& monitor, const Spec& spec) const {
        const MonitorChoice& choice = monitor.is_of_pods ? pods_ : services_;
        if (!choice.monitors || !selects(*choice.monitors, labels_of_object(monitor.object))) return false;
        if (!choice.namespaces) return monitor.namespace_name == prometheus_.namespace_name;
        return selects(*choice.namespaces, spec.labels_of_namespace(monitor.namespace_name));
    }

  private:
    std::optional<LabelSelector> selector_of(std::string_view key) const {
        const auto selector = prometheus_.object.member("spec")->member(key);
        if (!selector || !selector->expect_map()) return std::nullopt;
        if (selector->value().members.empty()) selector->mark_used();
        return read_label_selector(*selector);
    }

    MonitorChoice choice_of(std::string_view monitors, std::string_view namespaces) const {
        return {selector_of(monitors), selector_of(namespaces)};
    }

    const OperatedPrometheus& prometheus_;
    sim::Duration interval_;
    MonitorChoice services_;
    MonitorChoice pods_;
};

}  // namespace

const OperatedPrometheus* prometheus_of(WorkloadIx workload, const ScenarioBuilder& builder) {
    const Workload& w = builder.spec[workload];
    if (w.kind != WorkloadKind::stateful_set) return nullptr;
    const auto found = std::ranges::find_if(builder.prometheuses, [&](const OperatedPrometheus& prometheus) {
        return prometheus.namespace_name == w.namespace_name &&
               std::ranges::find(prometheus.stateful_sets, w.name) != prometheus.stateful_sets.end();
    });
    return found == builder.prometheuses.end() ? nullptr : &*found;
}

std::vector<MonitoredEndpoint> endpoints_selected(const OperatedPrometheus& prometheus,
                                                  const std::vector<MonitoredEndpoint>& endpoints,
                                                  std::optional<sim::Duration> said, ScenarioBuilder& builder) {
    const MonitorSelection selection(prometheus);
    std::vector<MonitoredEndpoint> selected;
    for (MonitoredEndpoint endpoint : endpoints) {
        // One that asks for it by an annotation is nobody's whom an operator configures.
        if (endpoint.monitor < 0) continue;
        if (!selection.contains(builder.monitors[static_cast<std::size_t>(endpoint.monitor)], builder.spec)) continue;
        if (endpoint.interval == sim::Duration::zero()) endpoint.interval = said.value_or(selection.interval());
        selected.push_back(std::move(endpoint));
    }
    builder.list_ignored_anew(prometheus.title, prometheus.object.value());
    return selected;
}

std::optional<CadvisorScrape> cadvisor_scrape(const OperatedPrometheus& prometheus, ScenarioBuilder& builder) {
    const MonitorSelection selection(prometheus);
    for (const Monitor& monitor : builder.monitors) {
        const auto spec = monitor.object.member("spec");
        if (monitor.is_of_pods || !spec || !spec->is_map() || !selection.contains(monitor, builder.spec)) continue;
        for (const Reader& endpoint : spec->items("endpoints")) {
            const JsonValue* path = endpoint.value().find("path");
            if (path == nullptr || path->text != cadvisor_path) continue;
            path->used = true;
            const auto at = endpoint.member("interval");
            const auto said = at ? read_scrape_interval(*at) : std::nullopt;
            return CadvisorScrape{monitor.title, said.value_or(selection.interval())};
        }
    }
    return std::nullopt;
}

}  // namespace eks
