// Images of a node as its kubelet sees them: who may pull, when, and what happens when a pull fails.
#pragma once

#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/signals.hpp"

namespace eks {

enum class ImageAnswer : std::uint8_t { there, pulling, missing };
struct ImageAsked {
    ImageAnswer answer = ImageAnswer::there;
    sim::Duration takes;  // to find that it is there
};

// A container of the pod is about to be made. `pulling`: an ImagePulled will come. `missing`: it cannot be made now.
ImageAsked ask_for_image(const Spec& spec, World& world, Turn& turn, PodId pod, const ContainerSpec& container);

// The pull that this pod waited for has failed (KUBELET-36).
void image_failed(World& world, PodId pod, ImageIx image, sim::Time now);
// A container that wants this image has not been started yet because of it.
bool wants_image(const World& world, PodId pod, ImageIx image);
// The kubelet has gone through all containers of the pod. False: some were left out.
bool all_images_found(World& world, PodId pod);
// It looks again at those that were left out, once the back-off of one of them is over (KUBELET-11, KUBELET-36).
void look_again_for_images(const Spec& spec, World& world, Turn& turn, PodId pod);
// It does so now.
void try_images_again(World& world, PodId pod);

// The node's instance has ended: nothing is pulled to it or from it any more.
void end_pulls(const Spec& spec, World& world, Turn& turn, NodeId node);

// --- pulls and fetches
// The registry or a peer is asked.
void begin_pull(const Spec& spec, World& world, Turn& turn, PullId pull);
void end_pull(const Spec& spec, World& world, Turn& turn, PullId pull, bool is_there);
// The last byte has come.
void image_fetched(const Spec& spec, World& world, Turn& turn, PullId pull);

}  // namespace eks
