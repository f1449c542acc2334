// How many Jobs of a CronJob are there at a time at most, which follows from its schedule and from how long one takes.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/spec.hpp"

#include <cstdint>

namespace eks::sizing {

// Beside its run time a Job's pod holds its place on a node while it is placed, its image is pulled, and it is stopped.
// A guess; the simulation knows better.
inline constexpr sim::Duration held_beside_run_time = sim::Duration::seconds(30);

// How long one run holds its place: init containers, the 99th percentile of the run time times `factor`, and the above.
sim::Duration holds_place_for(const PodTemplate& pod, double factor = 1.0);

// The largest number of activations within any stretch of this length, [t, t + length), from the start of the run on.
// `Forbid` and `Replace` allow one (CRON-5 and on).
std::int64_t peak_jobs(const CronJobSpec& cron, const Spec& spec, sim::Duration horizon, sim::Duration length);

}  // namespace eks::sizing
