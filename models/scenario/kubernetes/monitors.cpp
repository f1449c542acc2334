#include "models/scenario/kubernetes/monitors.hpp"

#include "models/scenario/kubernetes/label_selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace eks {
namespace {

// Which namespaces it looks into: its own where it says nothing.
struct Namespaces {
    bool any = false;
    std::vector<std::string> names;
    bool contains(const std::string& name) const { return any || std::ranges::find(names, name) != names.end(); }
};

Namespaces namespaces_of(const Reader& spec, const std::string& own) {
    Namespaces namespaces;
    if (const auto selector = spec.member("namespaceSelector"); selector && selector->is_map()) {
        namespaces.any = selector->boolean("any").value_or(false);
        for (const Reader& name : selector->items("matchNames")) {
            if (const auto text = name.text()) namespaces.names.push_back(*text);
        }
    }
    if (namespaces.names.empty()) namespaces.names.push_back(own);
    return namespaces;
}

std::vector<Label> labels_of(const Reader& object) {
    const auto metadata = object.member("metadata");
    const auto labels = metadata && metadata->is_map() ? metadata->member("labels") : std::nullopt;
    return labels && labels->is_map() ? read_labels(*labels) : std::vector<Label>{};
}

void add(std::vector<WorkloadIx>& to, WorkloadIx workload) {
    if (std::ranges::find(to, workload) == to.end()) to.push_back(workload);
}

std::vector<WorkloadIx> selected_by(const Monitor& monitor, const LabelSelector& selector, const Namespaces& in,
                                    const ScenarioBuilder& builder) {
    const Spec& spec = builder.spec;
    std::vector<WorkloadIx> pods;
    if (monitor.is_of_pods) {
        for (std::uint32_t i = 0; i < spec.workloads.size(); ++i) {
            const WorkloadIx ix{i};
            if (in.contains(spec[ix].namespace_name) && selects(selector, spec.template_of(ix).labels)) add(pods, ix);
        }
        return pods;
    }
    for (std::size_t s = 0; s < spec.services.size(); ++s) {
        if (!in.contains(spec.services[s].namespace_name)) continue;
        if (!selects(selector, labels_of(builder.service_objects[s]))) continue;
        for (const WorkloadIx ix : spec.services[s].to) add(pods, ix);
    }
    return pods;
}

}  // namespace

std::optional<sim::Duration> read_scrape_interval(const Reader& at) {
    constexpr sim::Duration least = sim::Duration::milliseconds(100);
    const auto interval = at.duration();
    if (!interval || *interval >= least) return interval;
    at.complain(Rule::out_of_range, fmt::format("{} must be {} at least", at.title(), sim::to_text(least)));
    return std::nullopt;
}

std::vector<MonitoredEndpoint> read_monitors(ScenarioBuilder& builder) {
    std::vector<MonitoredEndpoint> endpoints;
    for (const Monitor& monitor : builder.monitors) {
        const auto spec = monitor.object.member("spec");
        const auto selector_at = spec && spec->is_map() ? spec->member("selector") : std::nullopt;
        if (!selector_at || !selector_at->is_map()) continue;
        const LabelSelector selector = read_label_selector(*selector_at);
        const auto pods = selected_by(monitor, selector, namespaces_of(*spec, monitor.namespace_name), builder);
        for (const Reader& endpoint : spec->items(monitor.is_of_pods ? "podMetricsEndpoints" : "endpoints")) {
            if (!endpoint.is_map()) continue;
            const auto said = endpoint.member("interval");
            const auto interval = (said ? read_scrape_interval(*said) : std::nullopt).value_or(sim::Duration::zero());
            for (const WorkloadIx ix : pods) endpoints.push_back({ix, interval});
        }
        if (pods.empty())
            monitor.object.warn(Rule::unused_setting,
                                fmt::format("{} selects no pods of this scenario", monitor.object.title()));
        builder.list_ignored_anew(monitor.title, monitor.object.value());
    }
    return endpoints;
}

}  // namespace eks
