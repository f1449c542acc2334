// Pods that are given other requests and limits while they run (VPA-20). The kubelet takes a resize if the node has
// room for it, puts it off if it has not, and gives it up if the node never can.
// Source: Kubernetes 1.36, pkg/kubelet/allocation; the feature is on from 1.33.
//
// Left out: resizePolicy RestartContainer, and that the scheduler counts the larger of what a pod has and what it is
// about to have while a resize is put off.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// Whether the API server takes it: not before 1.33, and a pod keeps its class of quality of service.
bool takes_resize(const Spec& spec, const World& world, PodId pod, TemplateIx to);
void ask_for_resize(const Spec& spec, World& world, Turn& turn, std::uint32_t scaler, PodId pod, TemplateIx to);

// It comes to nothing: its pod is gone, or will be.
void drop_resizing(const Spec& spec, World& world, Turn& turn, VerticalScalerState& state, std::size_t place);

// A pod has left the node: its kubelet tries again what it has put off.
void try_deferred_resizes(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
