// What `behaviour` says of telemetry, and what manifests do: which workloads are agents, whom they scrape, and where
// their write-ahead logs lie.
//
//     - {for: DaemonSet/monitoring/agent, telemetry: {scrapes: own-node, interval: 30s}}
//     - {for: Deployment/shop/web, telemetry: {samples: 300}}
//
// Targets are those of unchanged ServiceMonitors and PodMonitors, pods and Services with the annotation
// prometheus.io/scrape, or those that the agent's `targets` name. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

#include <optional>

namespace eks {

// Behind `behaviour` and its own complaints about `for`. A later reading is one with changes of the timeline, which may
// take a sidecar's container away.
void read_telemetry(const std::optional<Reader>& behaviour, ScenarioBuilder& builder, bool is_later);

}  // namespace eks
