// Which pods the VerticalPodAutoscaler's updater renews, in which order, and how many at a time (VPA-20 to VPA-22), as
// functions of plain values.
// Source: kubernetes/autoscaler, vertical-pod-autoscaler 1.8, pkg/updater/{priority,restriction}.
//
// Left out: CPU boosts at start-up, evictionRequirements.
#pragma once

#include "models/systems/autoscaling/vpa/recommendation.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace eks::vpa {

// --- VPA-20

constexpr bool sets_requests_of_new_pods(UpdateMode mode) { return mode != UpdateMode::off; }
constexpr bool resizes_in_place(UpdateMode mode) {
    return mode == UpdateMode::in_place_or_recreate || mode == UpdateMode::in_place;
}
// The second where a resize in place is not possible.
constexpr bool evicts(UpdateMode mode) {
    return mode == UpdateMode::recreate || mode == UpdateMode::in_place_or_recreate;
}

// --- VPA-21

struct Requests {
    std::optional<std::int64_t> cpu_milli;
    std::optional<std::int64_t> memory_bytes;
};

struct OomKill {
    std::int64_t started_us = 0;
    std::int64_t finished_us = 0;
};

// A container for which there is a recommendation, after its post-processing.
struct ContainerToUpdate {
    Requests requests;
    Recommendation recommendation;
    std::optional<OomKill> last_end;  // if it was killed for want of memory
};

struct UpdatePriority {
    bool is_outside_range = false;
    bool grows = false;
    double difference = 0;  // relative, the resources added up
    friend bool operator==(const UpdatePriority&, const UpdatePriority&) = default;
};
UpdatePriority update_priority(std::span<const ContainerToUpdate> containers);

bool is_accepted(std::span<const ContainerToUpdate> containers, std::optional<std::int64_t> started_us,
                 std::int64_t now_us, const UpdaterSettings& settings);
// Those that need more come first, then those that are further off.
bool comes_before(const UpdatePriority& a, const UpdatePriority& b);

// --- VPA-22

// The pods of one controller at the start of a loop.
struct PodGroup {
    std::int32_t configured = 0;
    std::int32_t pending = 0;
    std::int32_t running = 0;
    std::int32_t evicted = 0;  // in this loop, or asked to be resized in place
};
// `least_live`: of the autoscaler's own; 0: it has none.
bool may_evict(const PodGroup& group, bool is_pending, std::int32_t least_live = 0,
               const UpdaterSettings& settings = {});
// Whether one of its running pods may be disturbed, as for an eviction and for a resize in place.
bool may_disturb(const PodGroup& group, std::int32_t least_live, const UpdaterSettings& settings);

}  // namespace eks::vpa
