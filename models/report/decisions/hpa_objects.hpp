// HorizontalPodAutoscalers, their pods and what the metrics API answers, read from JSON for the calls `hpa_replicas`
// and `hpa_decide`.
#pragma once

#include "models/report/decisions/arguments.hpp"
#include "models/systems/autoscaling/hpa/proposal.hpp"
#include "models/systems/autoscaling/hpa/reconcile.hpp"

#include <string>
#include <vector>

namespace eks::decisions {

// A metric of a `spec.metrics`, and what of it says which requests and samples are meant.
struct HpaMetric {
    hpa::Metric metric;
    std::string resource;
    std::string container;  // empty: all of the pod
};
HpaMetric hpa_metric_of(const Json& object);

std::vector<hpa::PodView> hpa_pods_of(const Json& pods);
hpa::Reading hpa_reading_of(const HpaMetric& metric, const Json& reading, const Json& pods);

struct HpaOptions {
    hpa::StartUp start_up;
    double tolerance = 0.1;
    std::int64_t downscale_window_us = 300'000'000;
};
HpaOptions hpa_options_of(const Json& arguments);
hpa::Tolerances hpa_tolerances_of(const HpaOptions& options, const Json& behavior);
// HPA-2; none where the object has none.
std::optional<hpa::Behavior> hpa_behavior_of(const Json& behavior);

const char* hpa_fault_name(hpa::Fault fault);

}  // namespace eks::decisions
