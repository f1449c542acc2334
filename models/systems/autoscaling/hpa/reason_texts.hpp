// The reasons of a HorizontalPodAutoscaler's conditions as the controller writes them, name and message (HPA-18).
// Source: Kubernetes 1.37, pkg/controller/podautoscaler/horizontal.go, reconcileAutoscaler and below.
#pragma once

#include "models/systems/autoscaling/hpa/reconcile.hpp"

#include <string>
#include <string_view>

namespace eks::hpa {

// As in a metric's `type`.
constexpr std::string_view name_of(MetricSource source) {
    switch (source) {
        case MetricSource::resource: return "Resource";
        case MetricSource::container_resource: return "ContainerResource";
        case MetricSource::pods: return "Pods";
        case MetricSource::object: return "Object";
        case MetricSource::external: break;
    }
    return "External";
}

// `failed`: the source of the metric that has failed, where one has.
inline std::string name_of(Reason reason, MetricSource failed) {
    switch (reason) {
        case Reason::succeeded_get_scale: return "SucceededGetScale";
        case Reason::succeeded_rescale: return "SucceededRescale";
        case Reason::ready_for_new_scale: return "ReadyForNewScale";
        case Reason::scale_up_stabilized: return "ScaleUpStabilized";
        case Reason::scale_down_stabilized: return "ScaleDownStabilized";
        case Reason::valid_metric_found: return "ValidMetricFound";
        case Reason::failed_get_metric: return "FailedGet" + std::string(name_of(failed)) + "Metric";
        case Reason::scaling_disabled: return "ScalingDisabled";
        case Reason::ambiguous_selector: return "AmbiguousSelector";
        case Reason::desired_within_range: return "DesiredWithinRange";
        case Reason::too_few_replicas: return "TooFewReplicas";
        case Reason::too_many_replicas: return "TooManyReplicas";
        case Reason::scale_up_limit: return "ScaleUpLimit";
        case Reason::scale_down_limit: return "ScaleDownLimit";
        case Reason::scaled_to_zero: return "ScaledToZero";
        case Reason::not_scaled_to_zero: return "NotScaledToZero";
    }
    return "";
}

constexpr std::string_view message_of(Reason reason) {
    switch (reason) {
        case Reason::succeeded_get_scale: return "the HPA controller was able to get the target's current scale";
        case Reason::succeeded_rescale: return "the HPA controller was able to update the target scale";
        case Reason::ready_for_new_scale: return "recommended size matches current size";
        case Reason::scale_up_stabilized:
            return "recent recommendations were lower than current one, applying the lowest recent recommendation";
        case Reason::scale_down_stabilized:
            return "recent recommendations were higher than current one, applying the highest recent recommendation";
        case Reason::valid_metric_found: return "the HPA was able to successfully calculate a replica count";
        case Reason::failed_get_metric: return "the HPA was unable to compute the replica count";
        case Reason::scaling_disabled: return "scaling is disabled since the replica count of the target is zero";
        case Reason::ambiguous_selector: return "pods by the selector are controlled by several HPAs";
        case Reason::desired_within_range: return "the desired count is within the acceptable range";
        case Reason::too_few_replicas: return "the desired replica count is less than the minimum replica count";
        case Reason::too_many_replicas: return "the desired replica count is more than the maximum replica count";
        case Reason::scale_up_limit:
            return "the desired replica count is increasing faster than the maximum scale rate";
        case Reason::scale_down_limit:
            return "the desired replica count is decreasing faster than the maximum scale rate";
        case Reason::scaled_to_zero: return "it has scaled the target to zero";
        case Reason::not_scaled_to_zero: return "it has not scaled the target to zero";
    }
    return "";
}

// Why a metric proposes nothing.
constexpr std::string_view message_of(Fault fault) {
    switch (fault) {
        case Fault::none: break;
        case Fault::metrics_unavailable: return "no metrics returned from the metrics API";
        case Fault::no_pods: return "no pods returned by selector while calculating replica count";
        case Fault::no_usable_samples: return "did not receive metrics for targeted pods (pods might be unready)";
        case Fault::missing_request: return "missing request of the resource in a container";
        case Fault::container_not_found: return "container not present in metrics for a pod";
        case Fault::zero_requests: return "no metrics returned matched known pods with requests";
    }
    return "";
}

}  // namespace eks::hpa
