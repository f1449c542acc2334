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

// Kubelets run in no pods.
bool is_of_kubelet(const Monitor& monitor) {
    const JsonValue* spec = monitor.object.value().find("spec");
    const JsonValue* endpoints = spec != nullptr ? spec->find("endpoints") : nullptr;
    if (endpoints == nullptr) return false;
    return std::ranges::any_of(endpoints->items, [](const JsonValue& endpoint) {
        const JsonValue* path = endpoint.find("path");
        return path != nullptr && path->text == cadvisor_path;
    });
}

struct Selected {
    WorkloadIx pods;
    std::string job;
};

void add(std::vector<Selected>& to, WorkloadIx workload, const std::string& job) {
    if (std::ranges::find(to, workload, &Selected::pods) == to.end()) to.push_back({workload, job});
}

// What the label says that `jobLabel` names, which the Service has, or of a PodMonitor the pods.
std::string job_of(const Monitor& monitor, const std::string& otherwise, const std::vector<Label>& labels) {
    const auto spec = monitor.object.member("spec");
    if (const auto key = spec->text("jobLabel")) {
        const auto label = std::ranges::find(labels, *key, &Label::key);
        if (label != labels.end()) return label->value;
    }
    return otherwise;
}

std::vector<Selected> selected_by(const Monitor& monitor, const LabelSelector& selector, const Namespaces& in,
                                  const ScenarioBuilder& builder) {
    const Spec& spec = builder.spec;
    std::vector<Selected> pods;
    if (monitor.is_of_pods) {
        const std::string own = monitor.title.substr(monitor.title.find('/') + 1);
        for (std::uint32_t i = 0; i < spec.workloads.size(); ++i) {
            const WorkloadIx ix{i};
            if (in.contains(spec[ix].namespace_name) && selects(selector, spec.template_of(ix).labels))
                add(pods, ix, job_of(monitor, own, spec.template_of(ix).labels));
        }
        return pods;
    }
    for (std::size_t s = 0; s < spec.services.size(); ++s) {
        if (!in.contains(spec.services[s].namespace_name)) continue;
        const auto labels = labels_of_object(builder.service_objects[s]);
        if (!selects(selector, labels)) continue;
        for (const WorkloadIx ix : spec.services[s].to) add(pods, ix, job_of(monitor, spec.services[s].name, labels));
    }
    return pods;
}

}  // namespace

std::vector<Label> labels_of_object(const Reader& object) {
    const auto metadata = object.member("metadata");
    const auto labels = metadata && metadata->is_map() ? metadata->member("labels") : std::nullopt;
    return labels && labels->is_map() ? read_labels(*labels) : std::vector<Label>{};
}

std::optional<sim::Duration> read_scrape_interval(const Reader& at) {
    constexpr sim::Duration least = sim::Duration::milliseconds(100);
    const auto interval = at.duration();
    if (!interval || *interval >= least) return interval;
    at.complain(Rule::out_of_range, fmt::format("{} must be {} at least", at.title(), sim::to_text(least)));
    return std::nullopt;
}

std::vector<MonitoredEndpoint> read_monitors(ScenarioBuilder& builder) {
    std::vector<MonitoredEndpoint> endpoints;
    for (std::size_t m = 0; m < builder.monitors.size(); ++m) {
        const Monitor& monitor = builder.monitors[m];
        const auto spec = monitor.object.member("spec");
        const auto selector_at = spec && spec->is_map() ? spec->member("selector") : std::nullopt;
        if (!selector_at || !selector_at->is_map()) continue;
        const LabelSelector selector = read_label_selector(*selector_at);
        const auto pods = selected_by(monitor, selector, namespaces_of(*spec, monitor.namespace_name), builder);
        for (const Reader& endpoint : spec->items(monitor.is_of_pods ? "podMetricsEndpoints" : "endpoints")) {
            if (!endpoint.is_map()) continue;
            const auto said = endpoint.member("interval");
            const auto interval = (said ? read_scrape_interval(*said) : std::nullopt).value_or(sim::Duration::zero());
            for (const Selected& one : pods)
                endpoints.push_back({one.pods, interval, static_cast<std::int32_t>(m), one.job});
        }
        if (pods.empty() && !builder.monitors_are_read && !is_of_kubelet(monitor))
            monitor.object.warn(Rule::unused_setting,
                                fmt::format("{} selects no pods of this scenario", monitor.object.title()));
        builder.list_ignored_anew(monitor.title, monitor.object.value());
    }
    builder.monitors_are_read = true;
    return endpoints;
}

}  // namespace eks
