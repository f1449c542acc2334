// What other parts of nodes/ and the opening need of the kubelet.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// The kubelet sees an end at its next relist of containers (KUBELET-12), which comes each second at the node's phase.
sim::Time relist_after(const Spec& spec, const World& world, NodeId node, sim::Time exit);
// The image of the container that the kubelet makes next for the pod.
ImageIx next_image(const Spec& spec, const Pod& pod);
// How long a pull of this image takes that nobody shares anything with (AWS-102): fetched and unpacked side by side.
sim::Duration pull_time(const Spec& spec, const Image& image);
// Told of each CNI that begins to serve: a change of its DaemonSet that waits for it goes on.
void cni_serves_again(const Spec& spec, World& world, Turn& turn, NodeId node);
// Pods that waited for the node's network try again.
void network_came_up(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
