// A pod stops being ready: everybody who counts ready pods hears of it.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// `still_answers`: its containers go on for a while.
inline void end_readiness_of(const Spec& spec, World& world, Turn& turn, PodId id, bool still_answers = false) {
    const Pod& pod = world.pods[id];
    note_readiness(turn, id, pod, -1);
    --world[pod.workload].ready;
    readiness_changed(spec, world, turn, pod, -1);
    pod_readiness_changed(spec, world, turn, id);
    platform_pods_change(spec, world, turn, id);
    traffic_changes(spec, world, turn, pod.workload);
    const EndpointChange dead = pod.seems_ready ? EndpointChange::removed_missed : EndpointChange::removed_dead;
    endpoint_changes(spec, world, turn, pod.workload, still_answers ? EndpointChange::removed_answering : dead,
                     pod.node);
    endpoints_change(spec, world, turn, pod.workload);
    budgets_changed(spec, world, turn, pod.workload);
}

// Its containers were ready while its node was not. It becomes an endpoint anew, or is none any more: that it answered
// all the time is over either way.
inline void end_hiding(const Spec& spec, World& world, Turn& turn, Pod& pod) {
    if (pod.hides_ready) endpoint_changes(spec, world, turn, pod.workload, EndpointChange::ended);
    pod.hides_ready = false;
}

}  // namespace eks
