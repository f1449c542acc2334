// What Cluster Autoscaler's process remembers from loop to loop. All of it is gone when the process ends.
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/indices.hpp"
#include "models/world/ids.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace eks {

// What its metrics show as levels, as of its last loop.
enum class AutoscalerLevel : std::uint8_t {
    unschedulable_pods,
    // nodes_count
    ready,
    unready,
    not_started,
    unregistered,
    long_unregistered,
    unneeded_nodes,
    safe_to_autoscale,
    scale_down_in_cooldown,
    // unremovable_nodes_count, by reason
    not_underutilized,
    group_min_size_reached,
    blocked_by_pod,
    no_place_to_move_pods,
    recently_unremovable,
    max_nodes,
};
inline constexpr std::size_t autoscaler_level_count = 15;

enum class AutoscalerCount : std::uint8_t {
    scaled_up_nodes,
    // scaled_down_nodes_total, by reason
    empty,
    underutilized,
    unready,
    // failed_scale_ups_total, by reason
    out_of_resources,
    timeout,
    evicted_pods,
};
inline constexpr std::size_t autoscaler_count_count = 7;

// What a new node of a group is taken for (CA-20): a real one that was seen, or what its Auto Scaling group says.
struct AutoscalerTemplate {
    NodeShapeIx shape;
    bool is_real = false;
    Resources daemon_requests;  // of the DaemonSet pods on it
    std::int32_t daemon_pods = 0;
    friend bool operator==(const AutoscalerTemplate&, const AutoscalerTemplate&) = default;
};

struct AutoscaledGroupState {
    std::int32_t requested = 0;  // by the scale-up that is on its way (CA-32); 0: none
    sim::Time requested_at;
    sim::Time backed_off_until;  // CA-34
    sim::Duration backoff;       // the last one's length
    sim::Time last_failure = sim::Time::never();
    sim::Time activity_seen = sim::Time::never();  // the scaling activity that failed last (CA-29); never: none has
    std::int32_t missing = 0;                      // CA-35: instances, and since when so many
    sim::Time missing_since = sim::Time::never();
    AutoscalerTemplate node;
    friend bool operator==(const AutoscaledGroupState&, const AutoscaledGroupState&) = default;
};

// How far the removal of a node has come (CA-51).
enum class NodeRemoval : std::uint8_t {
    none,
    tainted,
    evicting,  // some evictions were refused and are asked for again
    leaving,   // all have been evicted, and some are there still
    ordered,   // the cloud has been asked to terminate it
};

struct AutoscaledNode {
    NodeId node;
    sim::Time unneeded_since = sim::Time::never();  // CA-46
    sim::Time unremovable_until;                    // CA-42
    NodeRemoval removal = NodeRemoval::none;
    bool is_drain = false;       // else it was empty
    bool is_of_unready = false;  // it was not Ready
    bool was_cordoned = false;   // by somebody else
    sim::Time removal_began;     // of the present step
    sim::Time removal_due = sim::Time::never();
    friend bool operator==(const AutoscaledNode&, const AutoscaledNode&) = default;
};

struct ClusterAutoscalerState {
    bool runs = false;
    std::uint32_t starts = 0;                 // of the process
    std::uint64_t loops = 0;                  // since then: the ordinal of draws
    sim::Time looks_at = sim::Time::never();  // the loop that is scheduled
    sim::Time last_loop;                      // its end, from which the scan interval is counted
    sim::Time last_scale_up;
    sim::Time last_deletion;
    sim::Time groups_read;  // the cache of Auto Scaling groups
    sim::Time last_plan = sim::Time::never();
    sim::Duration shortest_plan_interval = sim::Duration::max();  // CA-45
    std::uint32_t last_place = 0;                                 // where the last search for a node ended
    std::vector<AutoscaledGroupState> groups;                     // as ClusterAutoscaler::groups
    std::vector<AutoscaledNode> nodes;                            // by slot
    std::array<std::int64_t, autoscaler_level_count> levels{};
    friend bool operator==(const ClusterAutoscalerState&, const ClusterAutoscalerState&) = default;
};

}  // namespace eks
