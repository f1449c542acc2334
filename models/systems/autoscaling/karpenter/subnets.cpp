#include "models/systems/autoscaling/karpenter/subnets.hpp"

#include <algorithm>

namespace eks::karpenter {

Subnets::Subnets(const Spec& spec, World& world) : spec_(spec), known_(knowledge_of(spec, world)) {
    for (const auto& subnet : world.subnets) room_.push_back(subnet.free);
}

NodeShapeIx Subnets::in_roomiest(NodeShapeIx choice) const {
    const auto room = [&](NodeShapeIx shape) { return room_[spec_[shape].subnet.value]; };
    NodeShapeIx best = choice;
    for (const NodeShapeIx other : known_.elsewhere(choice)) {
        if (room(other) > room(best)) best = other;
    }
    return best;
}

std::vector<NodeShapeIx> Subnets::choose(const std::vector<NodeShapeIx>& choices) {
    std::vector<NodeShapeIx> chosen;
    for (const NodeShapeIx choice : choices) chosen.push_back(in_roomiest(choice));
    // Of each subnet as many as the smallest of its instance types has room for pods.
    std::vector<NodeShapeIx> smallest;
    for (const NodeShapeIx shape : chosen) {
        const auto same =
            std::ranges::find(smallest, spec_[shape].subnet, [&](NodeShapeIx ix) { return spec_[ix].subnet; });
        if (same == smallest.end())
            smallest.push_back(shape);
        else if (spec_[shape].max_pods < spec_[*same].max_pods)
            *same = shape;
    }
    for (const NodeShapeIx shape : smallest) room_of(shape) -= spec_[shape].max_pods;
    return chosen;
}

}  // namespace eks::karpenter
