#include "models/report/histogram_bounds.hpp"

#include <string_view>

namespace eks {

namespace {

std::vector<double> exponential_bounds(double first, double factor, int count) {
    std::vector<double> bounds;
    for (int i = 0; i < count; ++i, first *= factor) bounds.push_back(first);
    return bounds;
}

void add_linear_bounds(std::vector<double>& bounds, double first, double step, int count) {
    for (int i = 0; i < count; ++i) bounds.push_back(first + step * i);
}

// kubernetes/pkg/kubelet/metrics/metrics.go: podStartupDurationBuckets.
const std::vector<double> pod_start_bounds{0.5, 1,   2,   3,   4,   5,   6,   8,   10,   20,   30,   45,  60,
                                           120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600};
// The same file: imagePullDurationBuckets.
const std::vector<double> image_pull_bounds{1,   5,   10,  20,  30,  60,   120,  180,  240,
                                            300, 360, 480, 600, 900, 1200, 1800, 2700, 3600};
// kubernetes/staging/src/k8s.io/component-base/metrics/prometheus/restclient/metrics.go.
const std::vector<double> rate_limiter_bounds{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};

// kubernetes/pkg/proxy/metrics/metrics.go: networkProgrammingLatency.
std::vector<double> programming_bounds() {
    std::vector<double> bounds;
    add_linear_bounds(bounds, 0.25, 0.25, 2);
    add_linear_bounds(bounds, 1, 1, 59);
    add_linear_bounds(bounds, 60, 5, 12);
    add_linear_bounds(bounds, 120, 30, 7);
    return bounds;
}

// Ours: the kubelet's for the start of pods, and on to a day.
std::vector<double> own_bounds() {
    std::vector<double> bounds = pod_start_bounds;
    for (const double hours : {2.0, 4.0, 8.0, 24.0}) bounds.push_back(hours * 3600);
    return bounds;
}

}  // namespace

std::vector<double> histogram_bounds(const MetricDefinition& metric) {
    const std::string_view name = metric.name;
    // kubernetes/pkg/scheduler/metrics/metrics.go.
    if (name == "scheduler_pod_scheduling_sli_duration_seconds") return exponential_bounds(0.01, 2, 20);
    if (name == "scheduler_pod_scheduling_attempts") return exponential_bounds(1, 2, 5);
    if (name == "kubelet_pod_start_sli_duration_seconds") return pod_start_bounds;
    if (name == "kubelet_image_pull_duration_seconds") return image_pull_bounds;
    // kubernetes/pkg/controller/cronjob/metrics/metrics.go.
    if (name == "cronjob_controller_job_creation_skew_duration_seconds") return exponential_bounds(1, 2, 10);
    if (name == "rest_client_rate_limiter_duration_seconds") return rate_limiter_bounds;
    if (name == "kubeproxy_network_programming_duration_seconds") return programming_bounds();
    // kubernetes/pkg/proxy/metrics/metrics.go.
    if (name == "kubeproxy_sync_proxy_rules_duration_seconds") return exponential_bounds(0.001, 2, 15);
    return own_bounds();
}

}  // namespace eks
