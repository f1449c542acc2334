// ServiceMonitors and PodMonitors of the Prometheus operator, as they are: whom they select, and how often each of
// their endpoints is scraped. Which agents go by them is nothing that they say: all do here.
#pragma once

#include "models/scenario/builder.hpp"

#include <optional>
#include <vector>

namespace eks {

// An endpoint of the pods of a workload.
struct MonitoredEndpoint {
    WorkloadIx pods;
    sim::Duration interval;  // zero: the scraper's own
};

// How often something is scraped: a complaint and nothing below a tenth of a second, which nobody means.
std::optional<sim::Duration> read_scrape_interval(const Reader& at);

// Those of all monitors of the scenario. What they say of it counts as used from now on.
std::vector<MonitoredEndpoint> read_monitors(ScenarioBuilder& builder);

}  // namespace eks
