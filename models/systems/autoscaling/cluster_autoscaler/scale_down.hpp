// Which nodes are not needed (CA-40 to CA-46): planned in every loop, acted upon when they have been so for long
// enough.
//
// Left out: the soft taint by which the scheduler prefers other nodes to unneeded ones (CA-51), the annotation
// scale-down-disabled, as nobody gives nodes annotations here, and groups that go as a whole or not at all (CA-50).
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/cluster_state.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/drain_rules.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/snapshot.hpp"

#include <optional>
#include <vector>

namespace eks::cluster_autoscaler {

// Brings the list of unneeded nodes up to date; the snapshot takes what the chosen nodes lose.
// Answers the first instant at which the outcome may be another one by itself.
sim::Time plan_scale_down(const Spec& spec, World& world, Turn& turn, Snapshot& snapshot);

// Why a node is not among the unneeded ones, and what was found on the way to it.
struct NodeStays {
    NodeId node;
    std::optional<AutoscalerLevel> reason;  // the word of unremovable_nodes_count; none: it is unneeded
    std::optional<double> utilization;      // CA-43
    double threshold = 0;
    PodsToMove pods;
};
// The same plan, node by node, for whoever asks; nodes of no group, or on their way out, are not among them. That one
// has been found unremovable lately is not asked.
std::vector<NodeStays> explain_scale_down(const Spec& spec, World& world, Turn& turn, Snapshot& snapshot);
// CA-40: nothing is removed before.
sim::Time scale_down_cooldown_over(const Spec& spec, const World& world);
// How long it has to be unneeded: another time for one that is not Ready.
sim::Duration unneeded_time_of(const Spec& spec, const Node& node);

// CA-46, CA-50: begins the removal of nodes that have been unneeded for long enough. True if there are any.
bool delete_unneeded(const Spec& spec, World& world, Turn& turn);

// The first instant at which delete_unneeded() may have something to do, as the list is now.
sim::Time next_deletion(const Spec& spec, const World& world);

// --- removal.cpp
// CA-51: the node is tainted and cordoned.
void begin_removal(const Spec& spec, World& world, Turn& turn, NodeId node, bool is_drain);
// The removals that are under way. Drains are those of nodes with pods to move.
struct RemovalsNow {
    std::int32_t all = 0;
    std::int32_t drains = 0;
};
RemovalsNow removals_now(const World& world);
// Nodes of removals that are under way, cordoned for their sake. A process that starts takes back what an earlier one
// left half done: its taints.
std::vector<NodeId> cordoned_for_removal(const World& world);

}  // namespace eks::cluster_autoscaler
