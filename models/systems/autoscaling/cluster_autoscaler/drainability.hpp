// Whether a pod may be moved off a node that scale-down would like to remove (CA-47): the first rule that says
// something decides. After cluster-autoscaler 1.36.1 simulator/drainability/rules/.
#pragma once

#include "models/spec/eviction_wishes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace eks::cluster_autoscaler {

enum class ControllerKind : std::uint8_t {
    none,
    replication_controller,
    replica_set,
    stateful_set,        // of group apps
    stateful_set_other,  // of any other group: nobody can look it up
    daemon_set,          // of group apps
    daemon_set_other,
    job,
    other,
};

enum class PodEnd : std::uint8_t { still_runs, succeeded, failed };

struct PodToMove {
    bool is_mirror = false;
    bool is_long_terminating = false;
    bool is_of_daemon_set = false;  // by its controller or by annotation
    ControllerKind controller = ControllerKind::none;
    bool controller_exists = false;
    std::optional<std::int64_t> controller_replicas;
    SafeToEvict safe_to_evict = SafeToEvict::unsaid;
    PodEnd end = PodEnd::still_runs;
    bool restarts_always = true;
    bool is_in_kube_system = false;
    std::int64_t age_us = 0;
    bool has_blocking_local_storage = false;  // a local volume that no annotation gives free
    bool has_budget = false;                  // a PodDisruptionBudget matches it
    bool has_spent_budget = false;            // and one of them allows no disruption
};

struct DrainOptions {
    bool skips_nodes_with_system_pods = true;
    bool skips_nodes_with_local_storage = true;
    bool skips_nodes_with_custom_controller_pods = true;
    std::int64_t min_replica_count = 0;
    std::int64_t system_pod_timeout_us = 3'600'000'000;  // blocking-system-pod-disruption-timeout
};

enum class DrainOutcome : std::uint8_t { movable, daemon_set, waits, is_ignored, is_blocked };

enum class DrainBlock : std::uint8_t {
    none,
    controller_not_found,
    min_replicas_reached,
    not_replicated,
    unmovable_kube_system_pod,
    not_safe_to_evict_annotation,
    local_storage_requested,
    not_enough_pdb,
};

// As Cluster Autoscaler's events and logs have it: "NotReplicated".
std::string_view name_of(DrainBlock block);

struct DrainVerdict {
    DrainOutcome outcome = DrainOutcome::movable;
    DrainBlock block = DrainBlock::none;
    friend bool operator==(const DrainVerdict&, const DrainVerdict&) = default;
};

DrainVerdict drain_verdict(const PodToMove& pod, const DrainOptions& options);

}  // namespace eks::cluster_autoscaler
