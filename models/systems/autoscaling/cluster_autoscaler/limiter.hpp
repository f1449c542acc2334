// How many nodes one estimate may add (CA-15), after cluster-autoscaler 1.36.1 estimator/threshold_based_limiter.go and
// the thresholds beside it. Their time limits (10 s a node group) are left out: an estimate takes no simulated time.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace eks::cluster_autoscaler {

// A threshold of 0 is none, a negative one allows nothing.
inline constexpr std::int64_t no_node_limit = 0;
inline constexpr std::int64_t no_node_allowed = -1;

// The room of the node group and its similar ones together: the sum of max - target.
constexpr std::int64_t similar_groups_threshold(std::int64_t room) { return room > 0 ? room : no_node_allowed; }

constexpr std::int64_t cluster_threshold(std::int64_t max_nodes_total, std::int64_t nodes_now) {
    if (max_nodes_total == 0) return no_node_limit;
    return max_nodes_total > nodes_now ? max_nodes_total - nodes_now : no_node_allowed;
}

constexpr std::int64_t strictest(std::initializer_list<std::int64_t> thresholds) {
    std::int64_t strictest = no_node_limit;
    for (const std::int64_t threshold : thresholds) {
        if (threshold < 0) return no_node_allowed;
        if (threshold > 0 && (strictest == no_node_limit || threshold < strictest)) strictest = threshold;
    }
    return strictest;
}

class NodeLimiter {
  public:
    explicit NodeLimiter(std::int64_t threshold) : threshold_(threshold) {}

    // Each yes is one node added.
    bool permits_node() {
        if (threshold_ < 0 || (threshold_ > 0 && added_ >= threshold_)) return false;
        ++added_;
        return true;
    }

  private:
    std::int64_t threshold_;
    std::int64_t added_ = 0;
};

}  // namespace eks::cluster_autoscaler
