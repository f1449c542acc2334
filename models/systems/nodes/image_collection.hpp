// The kubelet's garbage collection of images (KUBELET-55).
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// Whether an image is there that no pod of the node uses and that is old enough to be deleted at `at`.
bool has_image_to_delete(const Spec& spec, const World& world, NodeId node, sim::Time at);
// Deletes such images, the one that was used longest ago first, until so much is free that was not; all that there are
// if it is not enough. What was freed.
Bytes delete_images(const Spec& spec, World& world, Turn& turn, NodeId node, Bytes wanted);

}  // namespace eks
