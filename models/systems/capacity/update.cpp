// An EKS managed node group replaces its nodes by new ones (AWS-65): it launches some first, and waits for them; then
// it drains and terminates the old nodes, a few at a time, while the group fills up behind them; last it goes back to
// the size it had.
//
// Left out: that EKS gives up when no new node becomes Ready. After how long is not published, so the update goes on
// waiting here.
#include "models/spec/streams.hpp"
#include "models/systems/capacity/groups.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace eks {

namespace {

constexpr std::int32_t most_in_parallel = 100;  // AWS-10

// How many nodes are taken out at a time. How EKS rounds a percentage is not published: down here, and one at least.
std::int32_t parallel_of(const NodeGroup& group, std::int32_t nodes) {
    const std::int32_t share = std::max(nodes * group.update_unavailable_percent / 100, 1);
    return std::min(group.update_unavailable_percent > 0 ? share : group.update_unavailable, most_in_parallel);
}

std::int32_t count_outdated(const Spec& spec, const World& world, NodeGroupIx ix) {
    std::int32_t count = 0;
    for_each_of_group(spec, world, ix,
                      [&](NodeId, const Node& node) { count += is_outdated(spec, world, node) ? 1 : 0; });
    return count;
}

// A new node is Ready in each zone in which there are old ones.
bool has_new_node_in_each_zone(const Spec& spec, const World& world, NodeGroupIx ix) {
    return std::ranges::all_of(spec[ix].shapes, [&](NodeShapeIx shape) {
        bool has_old = false;
        bool has_new = false;
        for_each_of_group(spec, world, ix, [&](NodeId, const Node& node) {
            if (spec[node.shape].zone != spec[shape].zone) return;
            const bool is_old = is_outdated(spec, world, node);
            has_old = has_old || is_old;
            has_new = has_new || (!is_old && node.state == NodeState::ready);
        });
        return !has_old || has_new;
    });
}

void cordon_outdated(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix) {
    std::vector<NodeId> outdated;
    for_each_of_group(spec, world, ix, [&](NodeId id, const Node& node) {
        if (is_outdated(spec, world, node)) outdated.push_back(id);
    });
    for (const NodeId id : outdated) set_cordoned(spec, world, turn, id, true);
}

void replace(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix) {
    std::int32_t going = 0;
    std::vector<NodeId> waiting;
    for_each_of_group(spec, world, ix, [&](NodeId id, const Node& node) {
        if (!is_outdated(spec, world, node)) return;
        if (node.exit == NodeExit::none)
            waiting.push_back(id);
        else
            ++going;
    });
    const NodeGroupState& group = world.groups[ix.value];
    for (; going < group.parallel && !waiting.empty(); ++going) {
        const std::uint64_t pick = sim::draw_below(
            turn.key(),
            {stream::update_choice, spec[ix].stable_key, group.version, static_cast<std::uint32_t>(waiting.size())},
            waiting.size());
        const NodeId next = waiting[pick];
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(pick));
        take_out(spec, world, turn, next);
    }
    if (going == 0) world.groups[ix.value].phase = GroupPhase::shrinking;
}

// Which of its nodes a group that shrinks takes out: of those in the zone with the most, a new one, launched first.
NodeId one_too_many(const Spec& spec, const World& world, NodeGroupIx ix) {
    const auto in_zone = [&](NodeShapeIx shape) {
        std::int32_t count = 0;
        for_each_of_group(spec, world, ix, [&](NodeId, const Node& node) {
            count += spec[node.shape].zone == spec[shape].zone ? 1 : 0;
        });
        return count;
    };
    NodeId best;
    const auto is_before = [&](const Node& a, const Node& b) {
        if (in_zone(a.shape) != in_zone(b.shape)) return in_zone(a.shape) > in_zone(b.shape);
        return a.version != b.version ? a.version > b.version : a.ordinal < b.ordinal;
    };
    for_each_of_group(spec, world, ix, [&](NodeId id, const Node& node) {
        if (!best.valid() || is_before(node, world.nodes[best])) best = id;
    });
    return best;
}

// One by one. An autoscaler may have made the group smaller meanwhile: it never goes below its smallest size.
void shrink(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix) {
    std::int32_t nodes = 0;
    bool is_busy = false;
    for_each_of_group(spec, world, ix, [&](NodeId, const Node& node) {
        ++nodes;
        is_busy = is_busy || node.exit != NodeExit::none;
    });
    if (is_busy) return;
    NodeGroupState& group = world.groups[ix.value];
    while (group.surge > 0) {
        --group.surge;
        if (group.desired <= spec[ix].minimum) continue;
        --group.desired;
        if (nodes > group.desired) return take_out(spec, world, turn, one_too_many(spec, world, ix));
    }
    group.phase = GroupPhase::steady;
}

}  // namespace

void upgrade_group(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix, DrainForce force) {
    NodeGroupState& group = world.groups[ix.value];
    if (group.phase != GroupPhase::steady) return;
    const std::int32_t outdated_before = count_outdated(spec, world, ix);
    ++group.version;
    group.is_forced = force == DrainForce::deletes;
    const std::int32_t nodes = count_outdated(spec, world, ix);
    if (nodes == 0) return;
    turn.note(NodesOutdatedFact{ix, nodes - outdated_before});
    std::set<ZoneIx> zones;
    for_each_of_group(spec, world, ix, [&](NodeId, const Node& node) { zones.insert(spec[node.shape].zone); });
    const auto zones_in_use = static_cast<std::int32_t>(zones.size());
    group.parallel = parallel_of(spec[ix], nodes);
    group.surge = std::max(2 * zones_in_use, group.parallel);
    group.desired += group.surge;
    group.phase = GroupPhase::adding;
    look_at_size(world, turn, ix, turn.now() + spec.latencies.group_reaction);
}

void update_goes_on(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix) {
    NodeGroupState& group = world.groups[ix.value];
    if (group.phase == GroupPhase::adding && has_new_node_in_each_zone(spec, world, ix)) {
        group.phase = GroupPhase::replacing;
        cordon_outdated(spec, world, turn, ix);
    }
    if (group.phase == GroupPhase::replacing) replace(spec, world, turn, ix);
    if (group.phase == GroupPhase::shrinking) shrink(spec, world, turn, ix);
}

// What is left of the old nodes stays, and takes pods again. What EKS does with them is not published.
void update_fails(const Spec& spec, World& world, Turn& turn, NodeGroupIx ix) {
    for (const auto& [id, node] : world.nodes) {
        if (node.has_instance() && spec[node.shape].group == ix && node.exit == NodeExit::draining)
            node.exit = NodeExit::none;
    }
    for (const NodeId id : world.node_order) {
        const Node& node = world.nodes[id];
        if (spec[node.shape].group == ix && node.cordoned && node.exit == NodeExit::none)
            set_cordoned(spec, world, turn, id, false);
    }
    world.groups[ix.value].phase = GroupPhase::shrinking;
    update_goes_on(spec, world, turn, ix);
}

void group_node_ready(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const NodeGroupIx group = spec[world.nodes[node].shape].group;
    if (world.groups[group.value].phase == GroupPhase::adding) update_goes_on(spec, world, turn, group);
}

void group_node_lost(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const NodeGroupIx group = spec[world.nodes[node].shape].group;
    if (is_outdated(spec, world, world.nodes[node])) turn.note(NodesOutdatedFact{group, -1});
    look_at_size(world, turn, group, turn.now() + spec.latencies.group_reaction);
    update_goes_on(spec, world, turn, group);
}

}  // namespace eks
