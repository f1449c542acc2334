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
// The node is Ready again: so are those of its pods that have gone on all the while.
void show_readiness(const Spec& spec, World& world, Turn& turn, NodeId node);
// The kubelet begins to stop a pod that is on its way up or runs. Answers whether its containers have to be stopped.
bool begin_stopping(const Spec& spec, World& world, Turn& turn, PodId pod, sim::Time begins, sim::Duration grace);
// Its stage is about to be another one: if it was in CrashLoopBackOff, that is over.
void leave_crash_loop(Turn& turn, const Pod& pod);
// What is to come of the containers of a pod that serves, once they have started: ready, or an end of their own.
void follow_serving_pod(const Spec& spec, World& world, Turn& turn, PodId pod);
// When the pod's worker looks again and finds the back-off over (KUBELET-11, KUBELET-37).
sim::Time restarts_at(const Spec& spec, const World& world, Turn& turn, const Pod& pod, sim::Duration pause);
// Kubelet and runtime of the node act again: sidecars that waited for them are to be started.
void sidecars_go_on(const Spec& spec, World& world, Turn& turn, NodeId node);
// The pod's worker begins with it, from the sandbox on.
void start_on_node(const Spec& spec, World& world, Turn& turn, PodId pod);
// Pods that waited for the node's network try again.
void network_came_up(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
