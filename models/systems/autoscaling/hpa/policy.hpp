// A look of a HorizontalPodAutoscaler whose size a policy of the caller's decides (models/world/scaler_policy.hpp). The
// controller still does what is around the decision: when it looks, what it reads, the object's limits, and its status.
// Tolerance, stabilisation and `behavior` are the controller's own policy and do not apply.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/horizontal_scaler.hpp"
#include "models/systems/autoscaling/hpa/reconcile.hpp"
#include "models/world/world.hpp"

#include <span>

namespace eks::hpa {

PolicyView view_of(const World& world, const HorizontalScaler& scaler, std::span<const Proposal> proposals,
                   sim::Time now);

// Asks the policy, which leaves it with its next state, and keeps the answer within the object's limits.
Outcome decided_by(ScalerPolicy& policy, const PolicyView& view, Memory memory);

}  // namespace eks::hpa
