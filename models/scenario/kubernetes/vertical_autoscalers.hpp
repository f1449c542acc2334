// VerticalPodAutoscalers: in a run they advise (VPA-1 to VPA-13).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <string>

namespace eks {

// Once all workloads have been read.
void read_vertical_autoscaler(const Reader& object, const std::string& namespace_name, const std::string& name,
                              ScenarioBuilder& builder);

}  // namespace eks
