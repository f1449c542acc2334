// One reconcile of a HorizontalPodAutoscaler: guards, stabilisation, limits, and what the controller remembers of it
// (HPA-2 to HPA-4, HPA-13 to HPA-18), as a function of plain values.
// Source: Kubernetes 1.37, pkg/controller/podautoscaler/horizontal.go, pkg/apis/autoscaling/v2/defaults.go.
#pragma once

#include "models/systems/autoscaling/hpa/proposal.hpp"
#include "models/world/pod_scaling_rows.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace eks::hpa {

// --- the outcome

enum class Reason : std::uint8_t {
    succeeded_get_scale,
    succeeded_rescale,
    ready_for_new_scale,
    scale_up_stabilized,
    scale_down_stabilized,
    valid_metric_found,
    failed_get_metric,  // of the source in `failed_source`
    scaling_disabled,
    ambiguous_selector,
    desired_within_range,
    too_few_replicas,
    too_many_replicas,
    scale_up_limit,
    scale_down_limit,
    scaled_to_zero,
    not_scaled_to_zero,
};

struct Condition {
    bool is_true = true;
    Reason reason = Reason::succeeded_get_scale;
    friend bool operator==(const Condition&, const Condition&) = default;
};

// Those that this reconcile sets.
struct Conditions {
    std::optional<Condition> able_to_scale;
    std::optional<Condition> scaling_active;
    std::optional<Condition> scaling_limited;
    std::optional<Condition> scaled_to_zero;
};

struct Outcome {
    std::int32_t replicas = 0;
    bool is_rescaled = false;
    Conditions conditions;
    Memory memory;
    bool is_ambiguous = false;  // another HPA selects the same pods
    Fault fault = Fault::none;  // of the first metric without a proposal, also where scaling goes on without it
    MetricSource failed_source = MetricSource::resource;
};

// What stands around one reconcile.
struct Circumstances {
    std::int32_t replicas = 0;        // of the scale's spec
    bool was_scaled_to_zero = false;  // the condition ScaledToZero as it was left
    bool is_ambiguous = false;
    std::int64_t now_us = 0;
};

// HPA-3: false where the size alone decides, so that no metric is read.
bool goes_by_metrics(const Autoscaler& autoscaler, const Circumstances& circumstances);

// `proposals`: one for each metric; not looked at where the size decides or the selector is ambiguous.
Outcome reconcile(const Autoscaler& autoscaler, const Circumstances& circumstances, std::span<const Proposal> proposals,
                  Memory memory);

}  // namespace eks::hpa
