// What the parts of a node group share: who belongs to it, and how one of its nodes is taken out.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

// Counts for the size of its group: it is launched, or runs, and the group has not given it up, whether EC2 has taken
// the call or refuses it for the moment. What of a managed group is about to be interrupted counts no more, so that
// another one is launched before it ends (AWS-33).
inline bool is_in_service(const Spec& spec, const Node& node) {
    const bool is_replaced = node.interrupted_at != sim::Time::never() && spec[spec[node.shape].group].is_managed &&
                             !spec[spec[node.shape].group].is_node_pool;
    return node.has_instance() && node.exit != NodeExit::shutting_down && node.exit != NodeExit::terminating &&
           !is_replaced;
}
// Of an earlier version of its group's launch template.
inline bool is_outdated(const Spec& spec, const World& world, const Node& node) {
    return node.version < world.groups[spec[node.shape].group.value].version;
}

// f(id, node) for each node of the group that has an instance, in the order of their slots.
template <class F>
void for_each_of_group(const Spec& spec, const World& world, NodeGroupIx group, F f) {
    for (const auto& [id, node] : world.nodes) {
        if (node.has_instance() && spec[node.shape].group == group) f(id, node);
    }
}

// The group looks at its size at this instant, if it would not do so earlier.
void look_at_size(World& world, Turn& turn, NodeGroupIx group, sim::Time at);

// Drains the node and terminates its instance.
void take_out(const Spec& spec, World& world, Turn& turn, NodeId node);

// --- update.cpp
void update_goes_on(const Spec& spec, World& world, Turn& turn, NodeGroupIx group);
// A drain of it has taken too long.
void update_fails(const Spec& spec, World& world, Turn& turn, NodeGroupIx group);

}  // namespace eks
