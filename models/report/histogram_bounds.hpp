// The upper bounds of the buckets in which a metric's real exporter counts, so that queries on them mean the same here.
#pragma once

#include "models/metrics/definitions.hpp"

#include <vector>

namespace eks {

// In the unit of the metric, rising, without +Inf. Metrics that only ekssim has are counted in bounds of ours.
std::vector<double> histogram_bounds(const MetricDefinition& metric);

}  // namespace eks
