// Where pods wait for the scheduler (SCHED-1 to SCHED-9; X-1 in 1.10): an active queue in order of priority and time, a
// back-off queue, and a pool of pods that only an event, or five minutes, wakes.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// What happened in the cluster that may let a waiting pod in (SCHED-10).
enum class ClusterChange : std::uint8_t { pod_gone, node_added, taint_lifted };

// A pod that the scheduler has not seen yet.
void enqueue(const Spec& spec, World& world, Turn& turn, PodId pod);
// The attempt failed: `reason` is what it came furthest against, `rejectors` has a bit for every filter that refused it.
void requeue_refused(const Spec& spec, World& world, Turn& turn, PodId pod, WaitCause reason, std::uint32_t rejectors);
// Offers a change to the pods in the pool; who may profit leaves it (SCHED-9). `node` is the one that changed, if one did.
void wake_pool(const Spec& spec, World& world, Turn& turn, ClusterChange change, NodeId node);
// Takes the next pod to try, or none.
PodId pop_next(const Spec& spec, World& world, Turn& turn);
// The pod leaves whatever queue it is in.
void leave_queue(World& world, Turn& turn, PodId pod);
// Lets the loop run if there is work and it is not running yet.
void wake_scheduler(World& world, Turn& turn);

}  // namespace eks
