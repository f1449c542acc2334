// Containers of agents that run beside others in a pod, and crash and start again by themselves (FR-25).
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// The kubelet starts it again once it has seen its end (KUBELET-12) and the back-off is over (KUBELET-37).
void restart_sidecar(const Spec& spec, World& world, Turn& turn, AgentPod& row);

}  // namespace eks
