// Inter-pod affinity and anti-affinity: as a filter (SCHED-45) and as a score (SCHED-59).
#pragma once

#include "models/systems/scheduling/plain/node_info.hpp"
#include "models/systems/scheduling/plain/profile.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eks::plain {

using TopologyCounts = std::map<std::pair<std::string, std::string>, std::int64_t>;

// What filtering knows of the pods on nodes. It is counted once a cycle and then changed pod by pod, where pods are
// taken away or added for the sake of the argument.
class PodAffinityFilter {
  public:
    PodAffinityFilter(const Cluster& cluster, const std::vector<NodeInfo>& nodes, const PodObject& pod);

    void change(const NodeObject& node, const PodObject& other, std::int64_t difference);

    // As if the count had begun with them.
    void add_node(const NodeInfo& node);
    void place(const NodeObject& node, const PodObject& other);

    enum class Answer { passes, breaks_own_affinity, breaks_own_anti_affinity, breaks_anti_affinity_of_others };
    Answer answer(const NodeObject& node) const;

  private:
    bool has_nothing_to_ask() const;

    const Cluster& cluster_;
    const PodObject& pod_;
    TopologyCounts affinity_;
    TopologyCounts anti_affinity_;
    TopologyCounts anti_affinity_of_others_;
    // Decided once: then nothing is looked at for the whole cycle, whatever is added.
    bool is_skipped_ = false;
};

// Raw scores of the feasible nodes, normalised to 100; nothing where no term is about any pod.
std::optional<std::vector<std::int64_t>> pod_affinity_scores(const Cluster& cluster, const Profile& profile,
                                                             const std::vector<NodeInfo>& nodes, const PodObject& pod,
                                                             const std::vector<const NodeInfo*>& feasible);

}  // namespace eks::plain
