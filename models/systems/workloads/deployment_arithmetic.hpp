// What the Deployment controller does in one sync (DEPLOY-1 to DEPLOY-4), as functions of plain values: the sizes that
// its ReplicaSets get. The controller of a run and the decision call `rolling_update` are both built on them.
//
//     const std::vector<ReplicaSetSize> sets{{.size = 10, .available = 10}, {.size = 0}};  // the old one, the new one
//     const RolloutSync sync = sync_rollout(sets, 1, {.replicas = 10, .surge = 3, .unavailable = 2});
//     sync.sizes;  // {10, 3}: three more than wanted may stand, so the new set begins with three
#pragma once

#include "models/spec/pods_or_percent.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace eks {

// How far a Deployment may be from its replicas while it rolls.
struct RolloutRoom {
    std::int32_t replicas = 0;
    std::int32_t surge = 0;
    std::int32_t unavailable = 0;  // never more than the replicas
};

// DEPLOY-1
RolloutRoom room_of_rollout(PodsOrPercent max_surge, PodsOrPercent max_unavailable, std::int32_t replicas);
RolloutRoom room_of_recreate(std::int32_t replicas);

struct ReplicaSetSize {
    std::int32_t size = 0;       // spec.replicas
    std::int32_t available = 0;  // as its status says
    std::int32_t pods = 0;       // likewise: pods that it counts, terminating ones not
    // The annotations that the controller leaves: the replicas of the Deployment, and these with the surge, when it
    // last set the size.
    std::optional<std::int32_t> desired_then;
    std::optional<std::int32_t> most_then;
    std::int64_t revision = 0;  // the history goes by it
};

enum class RolloutAct : std::uint8_t {
    nothing,
    scales,      // one set that takes all replicas, or old ones that end
    shares_out,  // among several, all of which get new annotations
    scales_up,
    scales_down,
    awaits_old_pods,
};

struct RolloutSync {
    RolloutAct act = RolloutAct::nothing;
    std::vector<std::int32_t> sizes;  // in the order of the sets
};

inline constexpr std::size_t no_new_set = static_cast<std::size_t>(-1);

// All functions below take a Deployment's ReplicaSets oldest first, `newest` being the place of the one with its
// present template, if there is one.

// DEPLOY-3: whether the replicas were changed since the sizes were set. If so, sync_scale() is what happens.
bool is_scaling_event(std::span<const ReplicaSetSize> sets, RolloutRoom room);
// `pods_in_status`: of the Deployment. With the Recreate strategy (`is_rolling` false) several sets stay as they are.
RolloutSync sync_scale(std::span<const ReplicaSetSize> sets, std::size_t newest, RolloutRoom room, bool is_rolling,
                       std::int32_t pods_in_status);

// DEPLOY-2: how large the new set becomes by step 1; what a new one begins with.
std::int32_t size_of_new_set(std::span<const ReplicaSetSize> sets, std::int32_t now, RolloutRoom room);
// DEPLOY-2: steps 1 and 2.
RolloutSync sync_rollout(std::span<const ReplicaSetSize> sets, std::size_t newest, RolloutRoom room);
// DEPLOY-4. `has_old_pods`: one that is not Failed or Succeeded; terminating ones are.
RolloutSync sync_recreate(std::span<const ReplicaSetSize> sets, std::size_t newest, RolloutRoom room,
                          bool has_old_pods);

// DEPLOY-2, step 3: all that there is is new and available.
bool is_complete(std::span<const ReplicaSetSize> sets, std::size_t newest, std::int32_t replicas);
// Places of old sets that go because the history is longer than its limit: those without pods, of the lowest revision
// first.
std::vector<std::size_t> beyond_history(std::span<const ReplicaSetSize> sets, std::size_t newest, std::int32_t limit);

// DEPLOY-5: what is looked at to tell whether a rollout gets on.
struct RolloutProgress {
    std::int32_t updated = 0;
    std::int32_t old = 0;
    std::int32_t ready = 0;
    std::int32_t available = 0;
};
constexpr bool gets_on(const RolloutProgress& before, const RolloutProgress& now) {
    return now.updated > before.updated || now.old < before.old || now.ready > before.ready ||
           now.available > before.available;
}

}  // namespace eks
