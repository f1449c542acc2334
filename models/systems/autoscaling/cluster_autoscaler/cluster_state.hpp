// What Cluster Autoscaler knows of its node groups and their nodes (CA-30 to CA-35): who is ready, what is on its way,
// and which groups are left alone for a while.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/turn.hpp"
#include "models/world/cluster_autoscaler_rows.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks::cluster_autoscaler {

// Where a node group stands in ClusterAutoscaler::groups.
class GroupPlaces {
  public:
    explicit GroupPlaces(const Spec& spec) : places_(spec.node_groups.size()) {
        const auto& groups = spec.cluster_autoscaler.groups;
        for (std::size_t i = 0; i < groups.size(); ++i) places_[groups[i].group.value] = i + 1;
    }
    std::optional<std::size_t> of(NodeGroupIx group) const {
        if (!group.valid() || places_[group.value] == 0) return std::nullopt;
        return places_[group.value] - 1;
    }

  private:
    std::vector<std::size_t> places_;
};

// CA-30
struct NodeCounts {
    std::int32_t ready = 0;
    std::int32_t unready = 0;
    std::int32_t not_started = 0;
    std::int32_t unregistered = 0;
    std::int32_t long_unregistered = 0;
    std::int32_t being_deleted = 0;
    // Instances that count for the size of the group.
    std::int32_t instances() const {
        return ready + unready + not_started + unregistered + long_unregistered + being_deleted;
    }
    std::int32_t registered() const { return ready + unready + not_started + being_deleted; }
};

struct ClusterCounts {
    NodeCounts all;
    std::vector<NodeCounts> groups;  // as ClusterAutoscaler::groups
    // The first instant at which one of these is another one by itself.
    sim::Time next_change = sim::Time::never();
};

ClusterCounts count_nodes(const Spec& spec, const World& world, sim::Time now);

// The node's row, made where there is none.
AutoscaledNode& row_of(ClusterAutoscalerState& state, NodeId node);
// Null: nothing is known of it.
const AutoscaledNode* find_row(const ClusterAutoscalerState& state, NodeId node);
inline NodeRemoval removal_of(const ClusterAutoscalerState& state, NodeId node) {
    const AutoscaledNode* row = find_row(state, node);
    return row == nullptr ? NodeRemoval::none : row->removal;
}

// CA-31: so many nodes are unready that nothing is done.
bool is_healthy(const ClusterAutoscaler& settings, const NodeCounts& all);
// CA-33, CA-34
bool may_grow(const Spec& spec, const World& world, std::size_t group, const NodeCounts& counts, sim::Time now);
// CA-32
std::int32_t upcoming_nodes(const Spec& spec, const World& world, std::size_t group, const NodeCounts& counts,
                            sim::Time now);

// Requests that are fulfilled or have timed out, launches that have failed, instances that never came (CA-29, CA-34,
// CA-35). True: a size was put right, and the loop ends there.
bool put_groups_right(const Spec& spec, World& world, Turn& turn, const ClusterCounts& counts);

// The first instant from `now` on at which put_groups_right() may have something to do again, by itself.
sim::Time next_look_at_groups(const Spec& spec, const World& world, sim::Time now);

}  // namespace eks::cluster_autoscaler
