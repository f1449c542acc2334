// The webhook of VerticalPodAutoscalers: what new pods ask for (VPA-13, VPA-20).
#pragma once

#include "models/systems/autoscaling/vpa/recommendation.hpp"
#include "models/systems/turn.hpp"

namespace eks::vpa {

// A recommendation says nothing of resources that the autoscaler does not control, or whose use no scenario states.
bool has_advice(const VerticalScalerState& state);

// Every autoscaler that changes pods is asked anew what it would make of those that its target makes now. There may be
// another Spec in force afterwards.
void renew_admissions(const Spec& spec, World& world);

}  // namespace eks::vpa
