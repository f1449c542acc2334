// prometheus-adapter among the workloads, known by its image, and the configuration that it mounts: which metrics it
// makes of which series, and whether it stands in for metrics-server (FR-28). Read where an autoscaler may ask it.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Behind all workloads, Services and autoscalers.
void read_metrics_adapter(const KubernetesObjects& objects, ScenarioBuilder& builder);

// Where the cluster's resource metrics API is the adapter's, it is the metrics-server: what it tells is as old as the
// last scrape of the kubelets. Behind find_metrics_server.
void serve_resources_by_adapter(const KubernetesObjects& objects, ScenarioBuilder& builder);

// The Prometheus object whose pods it asks, or null. Where its address is no Service's of the scenario, the only one
// there is.
const OperatedPrometheus* prometheus_asked_by(const MetricsAdapter& adapter, const ScenarioBuilder& builder);

}  // namespace eks
