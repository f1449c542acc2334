// ServiceMonitors and PodMonitors of the Prometheus operator, as they are: whom they select, and how often each of
// their endpoints is scraped. Which agents go by them is nothing that they say: all do here but those of a Prometheus
// object, which selects its monitors (prometheus_selection.hpp).
#pragma once

#include "models/scenario/builder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// Of kubelets: what their cAdvisor measures.
inline constexpr std::string_view cadvisor_path = "/metrics/cadvisor";

// The operator's own, where a Prometheus object has no scrapeInterval.
inline constexpr sim::Duration operators_scrape_interval = sim::Duration::seconds(30);

// An endpoint of the pods of a workload.
struct MonitoredEndpoint {
    WorkloadIx pods;
    sim::Duration interval;     // zero: the scraper's own
    std::int32_t monitor = -1;  // into ScenarioBuilder::monitors; -1: none, the pods ask for it themselves
    std::string job;            // the label of its series
};

std::vector<Label> labels_of_object(const Reader& object);

// How often something is scraped: a complaint and nothing below a tenth of a second, which nobody means.
std::optional<sim::Duration> read_scrape_interval(const Reader& at);

// Those of all monitors of the scenario. What they say of it counts as used from now on.
std::vector<MonitoredEndpoint> read_monitors(ScenarioBuilder& builder);

}  // namespace eks
