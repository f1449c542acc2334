// One scheduling cycle (SCHED-20 to SCHED-61): which nodes can take the pod, which of them is best, and why the others
// cannot.
#pragma once

#include "models/systems/scheduling/plain/filters.hpp"
#include "models/systems/scheduling/plain/node_info.hpp"
#include "models/systems/scheduling/plain/profile.hpp"
#include "models/systems/scheduling/plain/scores.hpp"

#include <optional>
#include <vector>

namespace eks::plain {

struct RefusedNode {
    const NodeInfo* node = nullptr;
    Refusal refusal;
};

struct Choice {
    std::optional<Refusal> pod_refusal;  // of the pod as a whole; then all else is empty
    std::vector<const NodeInfo*> feasible;
    std::vector<RefusedNode> refused;
    std::optional<Scores> scores;  // of two or more feasible nodes (SCHED-30)
    std::vector<const NodeInfo*> best;
};

// Looks at every node.
Choice choose(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes, const PodObject& pod);

}  // namespace eks::plain
