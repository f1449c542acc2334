// The `via` of an entry of `customMetrics`: by which exporter, scraper and adapter the metric comes.
//
//     via:
//       exporter: {workload: Deployment/monitoring/queue-exporter, interval: 60s}
//       scraper: {workload: StatefulSet/monitoring/prometheus, interval: 30s}
//       adapter: {workload: Deployment/monitoring/prometheus-adapter}
//
// Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

#include <optional>
#include <string_view>

namespace eks {

// How often an agent of telemetry scrapes whom; nothing where there is no such agent.
std::optional<sim::Duration> interval_of_agent(const ScenarioBuilder& builder, WorkloadIx scraper, WorkloadIx exporter);

// Behind telemetry, which knows how often an agent scrapes whom.
MetricChain read_metric_chain(const Reader& via, std::string_view metric, ScenarioBuilder& builder);

}  // namespace eks
