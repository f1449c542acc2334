// Room for the packing by the scheduler's whole cycle: everything is counted anew for each pod.
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/packing.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/simulated_nodes.hpp"
#include "models/systems/scheduling/plain/filters.hpp"

#include <optional>

namespace eks::cluster_autoscaler {

// A refusal as the packing needs it.
Look look_of(const std::optional<plain::Refusal>& refusal);

class PlainRoom {
  public:
    explicit PlainRoom(const EstimateQuestion& question) : question_(question), nodes_(question) {}

    std::size_t size() const { return nodes_.infos().size(); }
    bool is_unschedulable(std::size_t node) const { return nodes_.infos()[node].node->is_unschedulable; }
    void add_node() { nodes_.add(); }

    void begin(std::size_t group) {
        group_ = group;
        cycle_.emplace(nodes_.cluster(), profile_, nodes_.infos(), question_.groups[group].pod);
    }
    Look look(std::size_t node) const {
        if (cycle_->pod_refusal()) return Look::is_refused;
        return look_of(cycle_->refusal(nodes_.infos()[node]));
    }
    void place(std::size_t node) { nodes_.infos()[node].add(question_.groups[group_].pod); }

  private:
    const EstimateQuestion& question_;
    plain::Profile profile_ = plain::default_profile();
    SimulatedNodes nodes_;
    std::size_t group_ = 0;
    std::optional<plain::FilterRound> cycle_;
};

}  // namespace eks::cluster_autoscaler
