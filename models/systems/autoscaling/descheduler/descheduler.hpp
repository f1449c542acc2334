// When the descheduler runs (DESCH-1): once for each pod of a CronJob or Job, or again and again in one process.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// Its own pod is ready, or no longer.
void descheduler_changes(const Spec& spec, World& world, Turn& turn);
// A pod that ends by itself has begun to run: if it is the descheduler's, so does a run.
void descheduler_sees_job_pod(const Spec& spec, World& world, Turn& turn, PodId pod);

}  // namespace eks
