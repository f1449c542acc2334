#include "models/systems/autoscaling/cluster_autoscaler/drainability.hpp"

#include <array>
#include <cstddef>

namespace eks::cluster_autoscaler {

namespace {

using enum ControllerKind;

constexpr std::array<std::string_view, 8> block_names{
    "",
    "ControllerNotFound",
    "MinReplicasReached",
    "NotReplicated",
    "UnmovableKubeSystemPod",
    "NotSafeToEvictAnnotation",
    "LocalStorageRequested",
    "NotEnoughPdb",
};

// Rule 3: the controller is gone, or too small to lose a pod.
DrainBlock refused_for_controller(const PodToMove& pod, const DrainOptions& options) {
    const bool is_counted = pod.controller == replication_controller || pod.controller == replica_set;
    const bool is_looked_up =
        is_counted || pod.controller == daemon_set || pod.controller == job || pod.controller == stateful_set;
    // A daemon pod by annotation is taken for one whatever owns it, but for a ReplicationController.
    const bool passes_as_daemon =
        pod.is_of_daemon_set && pod.controller != replication_controller && pod.controller != daemon_set;
    if (!is_looked_up || passes_as_daemon) return DrainBlock::none;
    if (!pod.controller_exists) return DrainBlock::controller_not_found;
    const bool is_too_small =
        is_counted && pod.controller_replicas.value_or(options.min_replica_count) < options.min_replica_count;
    return is_too_small ? DrainBlock::min_replicas_reached : DrainBlock::none;
}

// Rule 6.
bool has_ended(const PodToMove& pod) {
    return pod.end == PodEnd::failed || (pod.end == PodEnd::succeeded && !pod.restarts_always);
}

// Rule 8.
bool is_replicated(const PodToMove& pod, const DrainOptions& options) {
    if (pod.controller == none) return false;
    if (!options.skips_nodes_with_custom_controller_pods) return true;
    switch (pod.controller) {
        case replication_controller:
        case replica_set:
        case stateful_set:
        case stateful_set_other:
        case job: return true;
        case none:
        case daemon_set:
        case daemon_set_other:
        case other: break;
    }
    return false;
}

}  // namespace

std::string_view name_of(DrainBlock block) { return block_names[static_cast<std::size_t>(block)]; }

DrainVerdict drain_verdict(const PodToMove& pod, const DrainOptions& options) {
    const DrainVerdict movable{};
    const auto blocked = [](DrainBlock block) { return DrainVerdict{DrainOutcome::is_blocked, block}; };

    if (pod.is_mirror || pod.is_long_terminating) return {DrainOutcome::is_ignored, DrainBlock::none};
    if (options.skips_nodes_with_custom_controller_pods) {
        const DrainBlock block = refused_for_controller(pod, options);
        if (block != DrainBlock::none) return blocked(block);
    }
    if (pod.is_of_daemon_set) return {DrainOutcome::daemon_set, DrainBlock::none};
    if (pod.safe_to_evict == SafeToEvict::yes || has_ended(pod)) return movable;
    if (pod.safe_to_evict == SafeToEvict::on_completion) return {DrainOutcome::waits, DrainBlock::none};
    if (!is_replicated(pod, options)) return blocked(DrainBlock::not_replicated);
    if (options.skips_nodes_with_system_pods && pod.is_in_kube_system && !pod.has_budget) {
        if (pod.age_us > options.system_pod_timeout_us) return movable;
        return blocked(DrainBlock::unmovable_kube_system_pod);
    }
    if (pod.safe_to_evict == SafeToEvict::no) return blocked(DrainBlock::not_safe_to_evict_annotation);
    if (options.skips_nodes_with_local_storage && pod.has_blocking_local_storage)
        return blocked(DrainBlock::local_storage_requested);
    if (pod.has_spent_budget) return blocked(DrainBlock::not_enough_pdb);
    return movable;
}

}  // namespace eks::cluster_autoscaler
