// By which monitors the pods of a Prometheus object go, and how often they scrape where a monitor does not say it.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/monitors.hpp"

#include <optional>
#include <vector>

namespace eks {

// The object that an operator made the workload of, or null.
const OperatedPrometheus* prometheus_of(WorkloadIx workload, const ScenarioBuilder& builder);

// Those of the endpoints whose monitors it selects, with its own interval, or the one that is said instead, where their
// monitor has none.
std::vector<MonitoredEndpoint> endpoints_selected(const OperatedPrometheus& prometheus,
                                                  const std::vector<MonitoredEndpoint>& endpoints,
                                                  std::optional<sim::Duration> said, ScenarioBuilder& builder);

// How often it scrapes the kubelets' cAdvisor, and by which monitor; nothing where it does not.
struct CadvisorScrape {
    std::string monitor;
    sim::Duration interval;
};
std::optional<CadvisorScrape> cadvisor_scrape(const OperatedPrometheus& prometheus, ScenarioBuilder& builder);

}  // namespace eks
