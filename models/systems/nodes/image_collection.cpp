#include "models/systems/nodes/image_collection.hpp"

#include "models/world/verbs.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr sim::Duration youngest_deleted = sim::Duration::microseconds(120'000'000);  // first detected 2 m ago

// By image: a pod of the node has containers of it, dead ones included.
std::vector<bool> images_in_use(const Spec& spec, const World& world, NodeId node) {
    std::vector<bool> in_use(spec.images.size(), false);
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        const bool had_containers = pod.has_sandbox && !pod.is_evicted;
        if (pod.stage == PodStage::finished && !had_containers) continue;
        const PodTemplate& t = spec[pod.pod_template];
        for (const auto* containers : {&t.init_containers, &t.containers}) {
            for (const ContainerSpec& c : *containers) in_use[c.image.value] = true;
        }
    }
    return in_use;
}

// Those that may go, in the order in which they go.
std::vector<ImageIx> images_to_delete(const Spec& spec, const World& world, NodeId node, sim::Time at) {
    const std::vector<bool> in_use = images_in_use(spec, world, node);
    const auto known = [&](ImageIx image) -> const ImageOnNode& {
        return world.images_on_nodes[node.slot * spec.images.size() + image.value];
    };
    std::vector<ImageIx> found;
    for (std::size_t i = 0; i < spec.images.size(); ++i) {
        const ImageIx image = ImageIx::of(i);
        if (in_use[i] || !node_has_image(world, node, image)) continue;
        if (at - known(image).detected >= youngest_deleted) found.push_back(image);
    }
    std::ranges::stable_sort(found, [&](ImageIx a, ImageIx b) {
        return known(a).last_used != known(b).last_used ? known(a).last_used < known(b).last_used
                                                        : known(a).detected < known(b).detected;
    });
    return found;
}

}  // namespace

bool has_image_to_delete(const Spec& spec, const World& world, NodeId node, sim::Time at) {
    return !images_to_delete(spec, world, node, at).empty();
}

Bytes delete_images(const Spec& spec, World& world, Turn& turn, NodeId node, Bytes wanted) {
    Bytes freed = 0;
    for (const ImageIx image : images_to_delete(spec, world, node, turn.now())) {
        if (freed >= wanted) break;
        freed += spec.images[image.value].unpacked_bytes;
        take_image_off_node(spec, world, node, image);
        turn.note(ImageDeletedFact{node, image});
    }
    return freed;
}

}  // namespace eks
