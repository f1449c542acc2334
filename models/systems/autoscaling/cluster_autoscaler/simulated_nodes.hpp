// The nodes of an estimate: those of the cluster with their pods, then the ones it adds, each a copy of the template
// under a name of its own.
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/estimator.hpp"
#include "models/systems/scheduling/plain/node_info.hpp"

#include <deque>
#include <vector>

namespace eks::cluster_autoscaler {

class SimulatedNodes {
  public:
    explicit SimulatedNodes(const EstimateQuestion& question);
    SimulatedNodes(const SimulatedNodes&) = delete;
    SimulatedNodes& operator=(const SimulatedNodes&) = delete;

    void add();

    const plain::Cluster& cluster() const { return cluster_; }
    std::vector<plain::NodeInfo>& infos() { return infos_; }
    const std::vector<plain::NodeInfo>& infos() const { return infos_; }

  private:
    const EstimateQuestion& question_;
    plain::Cluster cluster_;
    std::deque<plain::NodeObject> added_;  // the infos point to them
    std::vector<plain::NodeInfo> infos_;
};

}  // namespace eks::cluster_autoscaler
