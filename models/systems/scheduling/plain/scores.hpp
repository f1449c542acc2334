// The scores of one cycle: every plugin's, normalised and weighted, for each feasible node (SCHED-50 to SCHED-60).
#pragma once

#include "models/systems/scheduling/plain/node_info.hpp"
#include "models/systems/scheduling/plain/profile.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace eks::plain {

struct Scores {
    // By plugin and feasible node; nothing where the plugin does not score.
    std::array<std::optional<std::vector<std::int64_t>>, plugin_count> of_plugin;
    std::vector<std::int64_t> total;
};

Scores score(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes, const PodObject& pod,
             const std::vector<const NodeInfo*>& feasible);

}  // namespace eks::plain
