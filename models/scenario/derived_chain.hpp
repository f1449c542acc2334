// The way of a metric that nobody describes, as the manifests have it: prometheus-adapter's rule of that name, the
// Prometheus that it asks, and the monitor by which that scrapes whoever has the series (FR-28). Internal to
// models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

#include <cstdint>
#include <optional>

namespace eks {

struct DerivedChain {
    std::int32_t chain = -1;  // into PodScaling::chains
    sim::Duration window;     // of the rate that the rule takes; zero: it takes none
};

// Among the assumptions is what was found, or why nothing was. Behind telemetry.
std::optional<DerivedChain> derive_metric_chain(const MetricRequest& request, ScenarioBuilder& builder);

}  // namespace eks
