// `run.placed`: on which nodes pods stand when the run begins. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

namespace eks {

// `run` is the section; the workloads and node groups are known.
void read_placement(const Reader& run, ScenarioBuilder& builder);

}  // namespace eks
