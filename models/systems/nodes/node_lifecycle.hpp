// What the rest of nodes/ and the opening tell the node lifecycle controller.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// The condition Ready of a node has changed: it was in `from` before.
void ready_condition_changed(const Spec& spec, World& world, Turn& turn, NodeId node, NodeState from);
// Its Node object is gone.
void leave_zone(const Spec& spec, World& world, Turn& turn, NodeId node);
// Its kubelet renews its lease no more, or does again.
void kubelet_fell_silent(const Spec& spec, World& world, Turn& turn, NodeId node);
void kubelet_is_heard(World& world, Turn& turn, NodeId node);
// Whoever said that it was out of service takes that back (PODGC-3).
void back_in_service(const Spec& spec, World& world, Turn& turn, NodeId node);
// Its kubelet finds that the container runtime does not answer.
void runtime_fell_silent(const Spec& spec, World& world, Turn& turn, NodeId node);
// A pod has come to a node: if that has a taint of effect NoExecute, the pod may not stay for ever (NODE-5).
void watch_evictions(const Spec& spec, World& world, Turn& turn, NodeId node);
// node_end.cpp: the control plane has noticed that the instance behind the node has ended.
void instance_is_missed(const Spec& spec, World& world, Turn& turn, NodeId node);
// The pods of a node that is not Ready are not Ready either, to the API server (NODE-2); nor is one that is gone.
void hide_readiness(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
