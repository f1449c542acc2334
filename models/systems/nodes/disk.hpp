// The root volume of a node: what is on it, and when it will hold more than some mark. One file system for everything
// (KUBELET-60): the system, images, logs, writable layers and emptyDirs.
#pragma once

#include "models/systems/signals.hpp"

#include <limits>

namespace eks {

Bytes disk_used(const Spec& spec, const World& world, NodeId node, sim::Time at);
Bytes pod_disk_used(const Spec& spec, const World& world, const Pod& pod, sim::Time at);
// The first instant from `from` on at which a pod whose containers run has written so much.
sim::Time pod_disk_reaches(const Spec& spec, const World& world, const Pod& pod, Bytes used, sim::Time from);
// Whether so much more does not go onto the disk.
bool disk_is_full(const Spec& spec, const World& world, NodeId node, sim::Time now, Bytes more);
// The first instant from `from` on at which this much is used, if nothing but the logs of the pods that run now grows.
sim::Time disk_reaches(const Spec& spec, const World& world, NodeId node, Bytes used, sim::Time from);

inline constexpr Bytes never_used = std::numeric_limits<Bytes>::max();
// From so much on the kubelet deletes images (KUBELET-55).
Bytes image_collection_mark(Bytes capacity, const KubeletSettings& kubelet);

}  // namespace eks
