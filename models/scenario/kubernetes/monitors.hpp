// ServiceMonitors and PodMonitors of the Prometheus operator, as they are: whom they select, and how often each of
// their endpoints is scraped. Which agents go by them is nothing that they say: all do here.
#pragma once

#include "models/scenario/builder.hpp"

#include <vector>

namespace eks {

// An endpoint of the pods of a workload.
struct MonitoredEndpoint {
    WorkloadIx pods;
    sim::Duration interval;  // zero: the scraper's own
};

// Those of all monitors of the scenario. What they say of it counts as used from now on.
std::vector<MonitoredEndpoint> read_monitors(ScenarioBuilder& builder);

}  // namespace eks
