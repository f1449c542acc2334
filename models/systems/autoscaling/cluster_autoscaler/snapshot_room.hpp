// Room for the packing within a snapshot: nodes of one group are added to it. It answers as PlainRoom does of the same
// cluster written as objects.
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/snapshot.hpp"

#include <optional>
#include <span>

namespace eks::cluster_autoscaler {

// Whether a pod spread over nodes may be placed on old ones after all (CA-14).
bool may_go_to_old_nodes(const Spec& spec, TemplateIx pod_template);

class SnapshotRoom {
  public:
    // `groups`: one pod for each group of the question.
    SnapshotRoom(const Snapshot& before, const AutoscalerTemplate& node, std::span<const Wanted> groups);

    std::size_t size() const { return snapshot_.size(); }
    bool is_unschedulable(std::size_t node) const { return snapshot_[node].is_closed; }
    void add_node() { snapshot_.add(node_); }
    void begin(std::size_t group) {
        group_ = group;
        // What only looks at the node itself needs no new cycle.
        if (!cycle_ || cycle_group_ != group || is_coupled()) cycle_.emplace(snapshot_, groups_[group]);
        cycle_group_ = group;
    }
    Look look(std::size_t node) const { return snapshot_[node].is_closed ? Look::is_refused : cycle_->look(node); }
    void place(std::size_t node) { snapshot_.place(groups_[group_].pod_template, node, +1); }

  private:
    bool is_coupled() const {
        return snapshot_.spec().relations->of_template[groups_[group_].pod_template.value].filters();
    }

    Snapshot snapshot_;
    AutoscalerTemplate node_;
    std::span<const Wanted> groups_;
    std::size_t group_ = 0;
    std::size_t cycle_group_ = 0;
    std::optional<FilterCycle> cycle_;
};

}  // namespace eks::cluster_autoscaler
