// A pod stops being ready: everybody who counts ready pods hears of it.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

inline void end_readiness_of(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Pod& pod = world.pods[id];
    note_readiness(turn, id, pod, -1);
    --world[pod.workload].ready;
    readiness_changed(spec, world, turn, pod, -1);
    pod_readiness_changed(spec, world, turn, id);
    traffic_changes(spec, world, turn, pod.workload);
    endpoints_change(spec, world, turn, pod.workload);
    budgets_changed(spec, world, turn, pod.workload);
}

}  // namespace eks
