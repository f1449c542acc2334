// HorizontalPodAutoscalers, in the forms of autoscaling/v1, v2, v2beta2 and v2beta1 (HPA-2).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>
#include <string>

namespace eks {

// Once all workloads have been read. What its metrics stand for is found later, see custom_metrics.hpp.
void read_horizontal_autoscaler(const Reader& object, const std::string& namespace_name, const std::string& name,
                                ScenarioBuilder& builder);

// The parts that KEDA's ScaledObjects have too.
// What a scaleTargetRef names: a Deployment, ReplicaSet or StatefulSet among the workloads; none, with a warning, where
// there is no such thing.
std::optional<WorkloadIx> read_scale_target(const Reader& reference, const std::string& namespace_name,
                                            std::string_view scaler, ScenarioBuilder& builder);
// `behavior`, with its defaults filled in.
hpa::Behavior read_scaling_behavior(const Reader& behavior);
// HPA-12: its tolerances.
hpa::Tolerances read_scaling_tolerances(const Reader& behavior, const ScenarioBuilder& builder);

}  // namespace eks
