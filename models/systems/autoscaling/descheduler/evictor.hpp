// Who may be evicted in a run of the descheduler, and the limits of the run (DESCH-1). It asks the eviction API, which
// asks the budgets.
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/snapshot.hpp"
#include "models/systems/turn.hpp"

#include <cstdint>
#include <vector>

namespace eks::descheduler {

// What one run shares among its profiles and strategies.
struct Pass {
    const Spec& spec;
    World& world;
    Turn& turn;
    // The cluster with the pods that have been evicted taken off: where a pod could go.
    cluster_autoscaler::Snapshot snapshot;
    std::vector<NodeId> nodes;               // those that are Ready
    std::vector<std::int64_t> of_node;       // evictions, by slot
    std::vector<std::int64_t> of_namespace;  // likewise, by place in Spec::namespaces
    std::int64_t in_all = 0;
};

class Evictor {
  public:
    Evictor(Pass& pass, const DeschedulerEvictor& settings) : pass_(pass), settings_(settings) {}

    // The default evictor's filter, and what the step says of namespaces and labels.
    bool may_evict(const DeschedulerStep& step, PodId pod) const;
    // Whether some other node would take it (nodeFit, which some strategies ask for by themselves).
    bool fits_elsewhere(PodId pod) const;
    // False: it stays. Either it would fit nowhere and that counts, a limit is reached, or a budget refuses.
    bool evict(const DeschedulerStep& step, PodId pod);

  private:
    bool is_admitted(PodId pod) const;
    bool is_within_limits(const Pod& pod) const;

    Pass& pass_;
    const DeschedulerEvictor& settings_;
};

// Pods of the node that have not ended, in the order of their ordinals.
std::vector<PodId> pods_on(const World& world, NodeId node);

}  // namespace eks::descheduler
