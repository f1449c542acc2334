// Topology spread constraints: as a filter (SCHED-46) and as a score (SCHED-60).
#pragma once

#include "models/systems/scheduling/plain/node_info.hpp"
#include "models/systems/scheduling/plain/profile.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eks::plain {

// What filtering knows of the pods on nodes; see PodAffinityFilter.
class SpreadFilter {
  public:
    SpreadFilter(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes,
                 const PodObject& pod);

    // Unlike the first count this one does not ask whether the other pod is terminating, and a selector without
    // requirements selects it.
    void change(const NodeObject& node, const PodObject& other, std::int64_t difference);

    // As if the count had begun with them.
    void add_node(const NodeInfo& node);
    void place(const NodeObject& node, const PodObject& other);

    enum class Answer { passes, lacks_label, is_skewed };
    Answer answer(const NodeObject& node) const;

  private:
    const PodObject& pod_;
    std::vector<SpreadConstraint> constraints_;
    std::vector<std::map<std::string, std::int64_t>> counts_;  // by constraint and domain
};

// Scores of the feasible nodes, 0 to 100; nothing where the pod has no such constraint.
std::optional<std::vector<std::int64_t>> spread_scores(const Cluster& cluster, const Profile& profile,
                                                       const std::vector<NodeInfo>& nodes, const PodObject& pod,
                                                       const std::vector<const NodeInfo*>& feasible);

}  // namespace eks::plain
