// PodDisruptionBudget objects.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <string>

namespace eks {

void read_disruption_budget(const Reader& object, const std::string& namespace_name, const std::string& name,
                            ScenarioBuilder& builder);

}  // namespace eks
