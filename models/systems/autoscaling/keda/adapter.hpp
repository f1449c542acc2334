// What KEDA's metrics adapter answers the HPA of a ScaledObject: its triggers' values, cached ones where they say so,
// what a formula makes of them, and the fallback in the place of what fails (KEDA-2, KEDA-6, KEDA-8).
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/autoscaling/hpa/readings.hpp"
#include "models/world/world.hpp"

namespace eks::keda {

// The operator runs where nobody sees it, or has a pod that is ready.
bool operator_runs(const Spec& spec, const World& world);

// `reading`: what the scaler itself says; of a formula nothing. Counts failures.
void answer(const Spec& spec, World& world, const HorizontalScaler& scaler, const ScalerMetric& metric,
            const hpa::ScaledPods& pods, sim::Time now, hpa::Reading& reading);

}  // namespace eks::keda
