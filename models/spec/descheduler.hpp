// The descheduler and its policy (DESCH-1 to DESCH-4), after kubernetes-sigs/descheduler 0.34, pkg/framework/plugins/.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/selector_requirement.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// Those that choose by the pod alone come first, as a profile's "deschedule" plugins run before its "balance" ones.
enum class DeschedulerStrategy : std::uint8_t {
    remove_failed_pods,
    remove_pods_having_too_many_restarts,
    pod_life_time,
    remove_pods_violating_node_taints,
    remove_pods_violating_node_affinity,
    remove_pods_violating_inter_pod_anti_affinity,
    remove_duplicates,
    remove_pods_violating_topology_spread_constraint,
    low_node_utilization,
    high_node_utilization,
};
inline constexpr std::size_t descheduler_strategy_count = 10;
// As the policy names the plugin.
std::string_view name_of(DeschedulerStrategy strategy);

// DESCH-1: what the default evictor lets go.
struct DeschedulerEvictor {
    bool evicts_local_storage = false;
    bool evicts_daemon_sets = false;
    bool evicts_system_critical = false;
    bool evicts_failed_bare = false;
    bool keeps_claims = false;          // ignorePvcPods
    bool keeps_without_budget = false;  // ignorePodsWithoutPDB
    bool asks_for_fit = false;          // nodeFit
    std::int64_t min_replicas = 0;
    sim::Duration min_age;
    std::int64_t below_priority = 2'000'000'000;  // of system-cluster-critical
    bool has_selector = false;
    std::vector<SelectorRequirement> selector;
    friend bool operator==(const DeschedulerEvictor&, const DeschedulerEvictor&) = default;
};

// In percent of what a node has to allocate; below 0: not stated.
struct NodeUsageShares {
    double cpu = -1;
    double memory = -1;
    double pods = -1;
    friend bool operator==(const NodeUsageShares&, const NodeUsageShares&) = default;
};

// One plugin of a profile with its arguments, of which each reads its own.
struct DeschedulerStep {
    DeschedulerStrategy strategy = DeschedulerStrategy::remove_failed_pods;
    bool has_namespaces = false;
    bool namespaces_are_excluded = false;
    std::vector<std::string> namespaces;
    bool has_selector = false;
    std::vector<SelectorRequirement> selector;
    std::vector<std::string> excluded_owner_kinds;  // RemoveDuplicates, RemoveFailedPods
    sim::Duration least_age;                        // RemoveFailedPods: minPodLifetimeSeconds
    sim::Duration longest_life;                     // PodLifeTime
    std::vector<std::string> states;                // PodLifeTime, RemovePodsHavingTooManyRestarts
    std::int64_t restarts = 0;
    bool counts_init_containers = false;
    bool heeds_preferred = false;          // PreferNoSchedule taints, ScheduleAnyway constraints
    bool heeds_required_affinity = false;  // RemovePodsViolatingNodeAffinity: by its list of kinds
    bool heeds_preferred_affinity = false;
    std::vector<std::string> excluded_taints;
    NodeUsageShares thresholds;
    NodeUsageShares targets;
    bool are_deviations = false;
    std::int64_t more_nodes_than = 0;  // numberOfNodes
    friend bool operator==(const DeschedulerStep&, const DeschedulerStep&) = default;
};

struct DeschedulerProfile {
    std::string name;
    DeschedulerEvictor evictor;
    std::vector<DeschedulerStep> steps;  // in the order in which they run
    friend bool operator==(const DeschedulerProfile&, const DeschedulerProfile&) = default;
};

struct Descheduler {
    WorkloadIx pods;                  // none: the cluster has no descheduler
    sim::Duration interval;           // descheduling-interval; zero: once a pod, as a Job's
    std::int64_t most_per_node = -1;  // evictions of one run; below 0: any number
    std::int64_t most_per_namespace = -1;
    std::int64_t most_in_all = -1;
    std::vector<DeschedulerProfile> profiles;
    friend bool operator==(const Descheduler&, const Descheduler&) = default;
};

}  // namespace eks
