// A scheduler profile: which plugins filter and score, with which weights and arguments.
#pragma once

#include "models/spec/pod_constraints.hpp"
#include "models/spec/pod_template.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {

// In the order in which they filter (SCHED-28); the last two only score.
enum class SchedulerPlugin : std::uint8_t {
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

inline constexpr std::size_t scheduler_plugin_count = 14;
inline constexpr std::array<std::string_view, scheduler_plugin_count> scheduler_plugin_names{
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
inline constexpr std::size_t scheduler_filter_count = 12;

constexpr std::string_view name_of(SchedulerPlugin plugin) {
    return scheduler_plugin_names[static_cast<std::size_t>(plugin)];
}

struct WeightedResource {
    std::string name;
    std::int64_t weight = 1;
    friend bool operator==(const WeightedResource&, const WeightedResource&) = default;
};

enum class ScoringStrategy : std::uint8_t { least_allocated, most_allocated, requested_to_capacity_ratio };

struct ShapePoint {
    std::int64_t utilization = 0;
    std::int64_t score = 0;  // 0 to 10
    friend bool operator==(const ShapePoint&, const ShapePoint&) = default;
};

enum class SpreadDefaults : std::uint8_t { system, list };

struct SchedulerProfile {
    std::string name = "default-scheduler";         // what pods call it
    std::int32_t percentage_of_nodes_to_score = 0;  // 0: the scheduler's own
    std::array<bool, scheduler_plugin_count> prefilters{};
    std::array<bool, scheduler_plugin_count> filters{};
    std::array<std::int64_t, scheduler_plugin_count> weights{};  // 0: does not score

    ScoringStrategy strategy = ScoringStrategy::least_allocated;
    std::vector<WeightedResource> fit_resources{{"cpu", 1}, {"memory", 1}};
    std::vector<ShapePoint> shape;
    std::vector<std::string> ignored_resources;
    std::vector<std::string> ignored_groups;
    std::vector<WeightedResource> balanced_resources{{"cpu", 1}, {"memory", 1}};
    // Both count processor and memory alike, as they do by default. Set by complete().
    bool fits_by_cpu_and_memory = true;
    bool balances_cpu_and_memory = true;
    std::int64_t hard_affinity_weight = 1;
    bool ignores_preferred_of_existing = false;
    SpreadDefaults spread_defaults = SpreadDefaults::system;
    std::vector<SpreadConstraint> default_spread;  // of a list; selectors are the pod's own
    bool has_added_terms = false;
    std::vector<NodeSelectorTerm> added_terms;
    std::vector<PreferredNodeTerm> added_preferred_terms;

    friend bool operator==(const SchedulerProfile&, const SchedulerProfile&) = default;

    bool filters_by(SchedulerPlugin plugin) const { return filters[static_cast<std::size_t>(plugin)]; }
    bool prefilters_by(SchedulerPlugin plugin) const { return prefilters[static_cast<std::size_t>(plugin)]; }
    std::int64_t weight_of(SchedulerPlugin plugin) const { return weights[static_cast<std::size_t>(plugin)]; }
};

// What a cluster has without a configuration (SCHED-50).
inline SchedulerProfile default_scheduler_profile() {
    SchedulerProfile profile;
    for (std::size_t i = 0; i < scheduler_filter_count; ++i) profile.filters[i] = profile.prefilters[i] = true;
    for (const auto& [plugin, weight] :
         {std::pair{SchedulerPlugin::taint_toleration, 3}, std::pair{SchedulerPlugin::node_affinity, 2},
          std::pair{SchedulerPlugin::pod_topology_spread, 2}, std::pair{SchedulerPlugin::inter_pod_affinity, 2},
          std::pair{SchedulerPlugin::node_resources_fit, 1},
          std::pair{SchedulerPlugin::node_resources_balanced_allocation, 1},
          std::pair{SchedulerPlugin::image_locality, 1}})
        profile.weights[static_cast<std::size_t>(plugin)] = weight;
    return profile;
}

}  // namespace eks
