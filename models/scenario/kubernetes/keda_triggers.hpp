// The triggers of KEDA's objects: what each type is told to aim at, and which queue it is about (KEDA-9).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/keda_formula.hpp"
#include "models/scenario/metric_requests.hpp"
#include "models/scenario/reader.hpp"
#include "models/spec/horizontal_scaler.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks {

struct ReadTriggers {
    std::vector<ScalerMetric> metrics;
    std::vector<FormulaTrigger> names;    // of the metrics, for a formula
    std::vector<MetricRequest> requests;  // of those that traffic has to answer; `owner` and `target` are not set
};
ReadTriggers read_triggers(const Reader& spec, ScenarioBuilder& builder);

}  // namespace eks
