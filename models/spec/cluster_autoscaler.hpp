// Cluster Autoscaler as its flags set it up (CA-1 to CA-62). The defaults are those of 1.36.1 (config/flags/flags.go).
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

namespace cluster_autoscaler {
// CA-24
enum class Expander : std::uint8_t { random, most_pods, least_nodes, least_waste, priority };
}  // namespace cluster_autoscaler

// What may be said for each node group, by flags or by tags of its Auto Scaling group (CA-43).
struct ScaleDownOptions {
    double utilization_threshold = 0.5;
    double gpu_utilization_threshold = 0.5;
    sim::Duration unneeded_time = sim::Duration::seconds(600);
    sim::Duration unready_time = sim::Duration::seconds(1200);
    bool ignores_daemon_sets = false;
    friend bool operator==(const ScaleDownOptions&, const ScaleDownOptions&) = default;
};

struct AutoscaledGroup {
    NodeGroupIx group;
    std::int32_t minimum = 0;
    std::int32_t maximum = 0;
    NodeShapeIx asg_template;  // what a node of it is taken for as long as none has been seen (CA-21)
    bool has_priority = false;
    std::int64_t priority = 0;  // the highest one of the ConfigMap that matches the group (CA-24)
    ScaleDownOptions scale_down;
    friend bool operator==(const AutoscaledGroup&, const AutoscaledGroup&) = default;
};

struct ClusterAutoscaler {
    WorkloadIx pods;  // none: the cluster has no Cluster Autoscaler
    std::vector<AutoscaledGroup> groups;

    // CA-1
    sim::Duration scan_interval = sim::Duration::seconds(10);
    bool loops_frequently = true;
    // How long a loop runs (CA-61). No figure is published for a loop; a guess.
    sim::Duration loop_time = sim::Duration::microseconds(300'000);

    // Scale-up.
    std::int64_t expendable_below = -10;  // CA-5
    sim::Duration new_pod_delay;          // CA-7
    std::int64_t max_nodes_total = 0;     // 0: any number
    std::int64_t max_nodes_per_scale_up = 1000;
    std::int64_t max_cores = 320'000;         // CA-11
    std::int64_t max_memory_gib = 6'400'000;  // likewise
    bool may_take_fast_path = false;          // CA-16
    bool balances_similar_groups = false;
    std::vector<std::string> balancing_ignored_labels;
    bool forces_daemon_sets = false;  // CA-20
    std::vector<cluster_autoscaler::Expander> expanders{cluster_autoscaler::Expander::random};

    // Cluster state.
    sim::Duration max_provision_time = sim::Duration::seconds(900);
    sim::Duration max_startup_time = sim::Duration::seconds(900);
    std::int64_t ok_unready_nodes = 3;
    double max_unready_percentage = 45;
    sim::Duration first_backoff = sim::Duration::seconds(300);  // CA-34
    sim::Duration longest_backoff = sim::Duration::seconds(1800);
    sim::Duration backoff_forgotten_after = sim::Duration::seconds(10'800);

    // Scale-down.
    bool scales_down = true;
    bool scales_down_unready = true;
    sim::Duration delay_after_add = sim::Duration::seconds(600);
    sim::Duration delay_after_delete;
    sim::Duration unremovable_recheck = sim::Duration::seconds(300);
    std::int32_t max_parallel = 10;
    std::int32_t max_drains = 1;
    sim::Duration delete_delay_after_taint = sim::Duration::seconds(5);
    sim::Duration max_eviction_time = sim::Duration::seconds(120);
    sim::Duration max_graceful_termination = sim::Duration::seconds(600);
    bool skips_system_pods = true;
    bool skips_local_storage = true;
    bool skips_custom_controller_pods = true;
    std::int64_t min_replica_count = 0;
    sim::Duration system_pod_timeout = sim::Duration::seconds(3600);

    friend bool operator==(const ClusterAutoscaler&, const ClusterAutoscaler&) = default;
};

}  // namespace eks
