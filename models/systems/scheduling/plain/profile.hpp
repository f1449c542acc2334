// A scheduler profile: which plugins filter and score, with which weights and arguments.
#pragma once

#include "models/systems/scheduling/plain/objects.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace eks::plain {

// In the order in which they filter (SCHED-28); the last two only score.
enum class Plugin : std::uint8_t {
    node_unschedulable,
    node_name,
    taint_toleration,
    node_affinity,
    node_ports,
    node_resources_fit,
    volume_restrictions,
    node_volume_limits,
    volume_binding,
    volume_zone,
    pod_topology_spread,
    inter_pod_affinity,
    node_resources_balanced_allocation,
    image_locality,
};

inline constexpr std::size_t plugin_count = 14;
inline constexpr std::array<std::string_view, plugin_count> plugin_names{
    "NodeUnschedulable",
    "NodeName",
    "TaintToleration",
    "NodeAffinity",
    "NodePorts",
    "NodeResourcesFit",
    "VolumeRestrictions",
    "NodeVolumeLimits",
    "VolumeBinding",
    "VolumeZone",
    "PodTopologySpread",
    "InterPodAffinity",
    "NodeResourcesBalancedAllocation",
    "ImageLocality",
};
inline constexpr std::size_t filter_count = 12;

constexpr std::string_view name_of(Plugin plugin) { return plugin_names[static_cast<std::size_t>(plugin)]; }

struct WeightedResource {
    std::string name;
    std::int64_t weight = 1;
};

enum class ScoringStrategy : std::uint8_t { least_allocated, most_allocated, requested_to_capacity_ratio };

struct ShapePoint {
    std::int64_t utilization = 0;
    std::int64_t score = 0;  // 0 to 10
};

enum class SpreadDefaults : std::uint8_t { system, list };

struct Profile {
    std::array<bool, plugin_count> prefilters{};
    std::array<bool, plugin_count> filters{};
    std::array<std::int64_t, plugin_count> weights{};  // 0: does not score

    ScoringStrategy strategy = ScoringStrategy::least_allocated;
    std::vector<WeightedResource> fit_resources{{"cpu", 1}, {"memory", 1}};
    std::vector<ShapePoint> shape;
    std::vector<std::string> ignored_resources;
    std::vector<std::string> ignored_groups;
    std::vector<WeightedResource> balanced_resources{{"cpu", 1}, {"memory", 1}};
    std::int64_t hard_affinity_weight = 1;
    bool ignores_preferred_of_existing = false;
    SpreadDefaults spread_defaults = SpreadDefaults::system;
    std::vector<SpreadConstraint> default_spread;  // of a list; selectors are the pod's own
    bool has_added_terms = false;
    std::vector<NodeSelectorTerm> added_terms;
    std::vector<PreferredNodeTerm> added_preferred_terms;

    bool filters_by(Plugin plugin) const { return filters[static_cast<std::size_t>(plugin)]; }
    bool prefilters_by(Plugin plugin) const { return prefilters[static_cast<std::size_t>(plugin)]; }
    std::int64_t weight_of(Plugin plugin) const { return weights[static_cast<std::size_t>(plugin)]; }
};

// What a cluster has without a configuration (SCHED-50).
inline Profile default_profile() {
    Profile profile;
    for (std::size_t i = 0; i < filter_count; ++i) profile.filters[i] = profile.prefilters[i] = true;
    for (const auto& [plugin, weight] :
         {std::pair{Plugin::taint_toleration, 3}, std::pair{Plugin::node_affinity, 2},
          std::pair{Plugin::pod_topology_spread, 2}, std::pair{Plugin::inter_pod_affinity, 2},
          std::pair{Plugin::node_resources_fit, 1}, std::pair{Plugin::node_resources_balanced_allocation, 1},
          std::pair{Plugin::image_locality, 1}})
        profile.weights[static_cast<std::size_t>(plugin)] = weight;
    return profile;
}

}  // namespace eks::plain
