// Where pods wait for the scheduler (SCHED-1 to SCHED-9; X-1 in 1.10): an active queue in order of priority and time, a
// back-off queue, and a pool of pods that only an event, or five minutes, wakes.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// The attempt failed: `reason` is what it came furthest against, `rejectors` has a bit for every filter that refused
// it.
void requeue_refused(const Spec& spec, World& world, Turn& turn, PodId pod, WaitCause reason, std::uint32_t rejectors);
// The pod waits for room on this node (SCHED-85), or no longer.
void nominate(World& world, PodId pod, NodeId node);
void drop_nomination(World& world, PodId pod);
// Takes the next pod to try, or none.
PodId pop_next(const Spec& spec, World& world, Turn& turn);
// Lets the loop run if there is work and it is not running yet.
void wake_scheduler(World& world, Turn& turn);

}  // namespace eks
