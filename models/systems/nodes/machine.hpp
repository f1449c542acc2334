// A machine, its kubelet and its container runtime, as far as they can stop and come back.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// The containers of a pod are gone with its machine; the API server does not know of it.
void lose_pod(const Spec& spec, World& world, Turn& turn, PodId pod);
// If it waits for something still, it is for its node.
void wait_for_node(World& world, Turn& turn, PodId pod);
// Whether what is due to the pod has to wait, because its node's kubelet or runtime does not act. If so it is done when
// they do again.
bool has_to_wait(World& world, Turn& turn, PodId pod, HeldStep step);

}  // namespace eks
