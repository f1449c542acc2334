// When the descheduler runs (DESCH-1): as the pod of a CronJob, or again and again by itself.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// Its pods are ready, or no longer, or run.
void descheduler_changes(const Spec& spec, World& world, Turn& turn);

}  // namespace eks
