// ScaledObjects and ScaledJobs of KEDA, with the defaults of KEDA-1.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <string>

namespace eks {

// Once all workloads have been read; the Jobs of a ScaledJob are one of them. What its triggers stand for is found
// later, see custom_metrics.hpp.
void read_scaled_object(const Reader& object, const std::string& namespace_name, const std::string& name,
                        ScenarioBuilder& builder);
void read_scaled_job(const Reader& object, const std::string& namespace_name, const std::string& name,
                     ScenarioBuilder& builder);

}  // namespace eks
