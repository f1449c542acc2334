#include "models/systems/nodes/crash.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"

namespace eks {

void crash_containers(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (!is_alive(pod)) return;
    pod.forced_end = ForcedEnd::crash;
    ++pod.epoch;
    turn.at(relist_after(spec, world, pod.node, turn.now()), ContainerExitSeen{id, pod.epoch});
    telemetry_changes(spec, world, turn);
}

void crash_if_struck(const Spec& spec, World& world, Turn& turn, PodId id) {
    if (is_struck_by_crash(spec, world, world.pods[id], "")) crash_containers(spec, world, turn, id);
}

}  // namespace eks
