// A pod on a node for the sake of the argument: as filters would see the node if it were there, or were not.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/world.hpp"

namespace eks {

// Whoever supposes something takes it back before the World is used for anything else. What is remembered of nodes does
// not follow.
inline void suppose(const Spec& spec, World& world, PodId id, NodeId node_id, std::int32_t sign) {
    Pod& pod = world.pods[id];
    const PodTemplate& t = spec[pod.pod_template];
    Node& node = world.nodes[node_id];
    node.requested += t.requests * sign;
    node.scoring_requested += t.scoring_requests * sign;
    node.pods += sign;
    node.volumes += sign * t.attachments;
    if (pod.node == node_id) pod.holds_resources = sign > 0;
    suppose_on_node(world, pod, node_id, sign);
}

}  // namespace eks
