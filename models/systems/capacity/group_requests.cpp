// What others ask of an Auto Scaling group: another size, and the end of one of its instances (CA-28).
#include "models/systems/capacity/groups.hpp"
#include "models/systems/signals.hpp"

namespace eks {

void set_group_size(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix, std::int32_t desired) {
    NodeGroupState& group = world.groups[ix.value];
    group.desired = desired;
    group.resized_at = turn.now();
    look_at_size(world, turn, ix, turn.now() + spec.latencies.group_reaction);
}

void terminate_in_group(const Spec& spec, World& world, Turn& turn, NodeId node) {
    NodeGroupState& group = world.groups[spec[world.nodes[node].shape].group.value];
    --group.desired;
    group.resized_at = turn.now();
    terminate_instance(spec, world, turn, node);
}

}  // namespace eks
