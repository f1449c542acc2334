// What the autoscalers of pods come to, once everything is known: whose HPA a ScaledObject has, who scales the same
// pods, and what nobody can see. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

namespace eks {

void finish_pod_scaling(ScenarioBuilder& builder);

}  // namespace eks
