// Source: Kubernetes 1.36, pkg/controller/deployment/{rolling,recreate,sync}.go, util/deployment_util.go.
#include "models/systems/workloads/deployment_arithmetic.hpp"

#include <algorithm>
#include <numeric>

namespace eks {

namespace {

RolloutSync unchanged(std::span<const ReplicaSetSize> sets) {
    RolloutSync sync;
    for (const ReplicaSetSize& set : sets) sync.sizes.push_back(set.size);
    return sync;
}

std::int64_t sum_of(std::span<const ReplicaSetSize> sets, std::int32_t ReplicaSetSize::* field) {
    return std::accumulate(sets.begin(), sets.end(), std::int64_t{0},
                           [field](std::int64_t sum, const ReplicaSetSize& set) { return sum + set.*field; });
}

// Step 2 of DEPLOY-2. False: nothing was scaled down.
bool scale_down_old(std::span<const ReplicaSetSize> sets, std::size_t newest, RolloutRoom room,
                    std::vector<std::int32_t>& sizes) {
    const std::int32_t least = room.replicas - room.unavailable;
    const std::int64_t not_up = newest == no_new_set ? 0 : sets[newest].size - sets[newest].available;
    std::int64_t left = sum_of(sets, &ReplicaSetSize::size) - least - not_up;
    if (left <= 0) return false;
    std::vector<std::size_t> old;
    std::int64_t available = newest == no_new_set ? 0 : sets[newest].available;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (i == newest || sets[i].size == 0) continue;
        old.push_back(i);
        available += sets[i].available;
    }
    bool has_scaled = false;
    for (const std::size_t i : old) {  // what is not available is no loss
        if (left <= 0) break;
        // A set with more available pods than it should have is on its way down: the controller takes this for an
        // error and leaves the rest for the next sync.
        if (sets[i].available > sets[i].size) return false;
        const std::int64_t taken = std::min<std::int64_t>(left, sets[i].size - sets[i].available);
        sizes[i] -= static_cast<std::int32_t>(taken);
        left -= taken;
        has_scaled = has_scaled || taken > 0;
    }
    std::int64_t spare = available - least;
    for (const std::size_t i : old) {
        if (spare <= 0) break;
        const std::int64_t taken = std::min<std::int64_t>(sizes[i], spare);
        sizes[i] -= static_cast<std::int32_t>(taken);
        spare -= taken;
        has_scaled = has_scaled || taken > 0;
    }
    return has_scaled;
}

// DEPLOY-3: what a set gains or loses, before it is cut to what is left.
std::int64_t share_of(const ReplicaSetSize& set, RolloutRoom room, std::int32_t pods_in_status) {
    if (room.replicas == 0) return -set.size;
    const bool is_known = set.most_then.has_value() && *set.most_then > 0;
    const std::int64_t most_then = is_known ? *set.most_then : pods_in_status;
    if (most_then == 0) return 0;
    const std::int64_t most_now = std::int64_t{room.replicas} + room.surge;
    return (std::int64_t{2} * set.size * most_now + most_then) / (2 * most_then) - set.size;  // half up
}

}  // namespace

RolloutRoom room_of_rollout(PodsOrPercent max_surge, PodsOrPercent max_unavailable, std::int32_t replicas) {
    RolloutRoom room{replicas, pods_of(max_surge, replicas, Rounding::up),
                     pods_of(max_unavailable, replicas, Rounding::down)};
    if (room.surge == 0 && room.unavailable == 0) room.unavailable = 1;
    room.unavailable = std::min(room.unavailable, replicas);
    return room;
}

RolloutRoom room_of_recreate(std::int32_t replicas) { return {replicas, 0, 0}; }

bool is_scaling_event(std::span<const ReplicaSetSize> sets, RolloutRoom room) {
    return std::ranges::any_of(sets, [&](const ReplicaSetSize& set) {
        return set.size > 0 && set.desired_then.has_value() && *set.desired_then != room.replicas;
    });
}

RolloutSync sync_scale(std::span<const ReplicaSetSize> sets, std::size_t newest, RolloutRoom room, bool is_rolling,
                       std::int32_t pods_in_status) {
    RolloutSync sync = unchanged(sets);
    if (sets.empty()) return sync;
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (sets[i].size > 0) active.push_back(i);
    }
    if (active.size() <= 1) {  // the one that has pods, or the newest
        const std::size_t only = !active.empty() ? active[0] : newest != no_new_set ? newest : sets.size() - 1;
        if (sets[only].size != room.replicas) sync.act = RolloutAct::scales;
        sync.sizes[only] = room.replicas;
        return sync;
    }
    const bool is_saturated = newest != no_new_set && sets[newest].size == room.replicas &&
                              sets[newest].desired_then == room.replicas && sets[newest].available == room.replicas;
    if (is_saturated) {
        sync.act = RolloutAct::scales;
        for (std::size_t i = 0; i < sets.size(); ++i) {
            if (i != newest) sync.sizes[i] = 0;
        }
        return sync;
    }
    if (!is_rolling) return sync;
    sync.act = RolloutAct::shares_out;
    const std::int64_t most = room.replicas == 0 ? 0 : std::int64_t{room.replicas} + room.surge;
    const std::int64_t wanted = most - sum_of(sets, &ReplicaSetSize::size);
    if (wanted == 0) return sync;
    // Largest first; among equals the newer one grows first and the older one shrinks first.
    std::ranges::sort(active, [&](std::size_t a, std::size_t b) {
        if (sets[a].size != sets[b].size) return sets[a].size > sets[b].size;
        return wanted > 0 ? a > b : a < b;
    });
    std::int64_t left = wanted;
    for (const std::size_t i : active) {
        if (left == 0) break;
        const std::int64_t share = share_of(sets[i], room, pods_in_status);
        const std::int64_t given = wanted > 0 ? std::min(share, left) : std::max(share, left);
        sync.sizes[i] += static_cast<std::int32_t>(given);
        left -= given;
    }
    std::int32_t& first = sync.sizes[active[0]];
    first = static_cast<std::int32_t>(std::max<std::int64_t>(first + left, 0));
    return sync;
}

std::int32_t size_of_new_set(std::span<const ReplicaSetSize> sets, std::int32_t now, RolloutRoom room) {
    if (now > room.replicas) return room.replicas;
    const std::int64_t free = std::int64_t{room.replicas} + room.surge - sum_of(sets, &ReplicaSetSize::size);
    if (free <= 0) return now;
    return now + static_cast<std::int32_t>(std::min<std::int64_t>(free, room.replicas - now));
}

RolloutSync sync_rollout(std::span<const ReplicaSetSize> sets, std::size_t newest, RolloutRoom room) {
    RolloutSync sync = unchanged(sets);
    std::int32_t& size = sync.sizes[newest];
    size = size_of_new_set(sets, size, room);
    if (size != sets[newest].size) {
        sync.act = RolloutAct::scales_up;
    } else if (scale_down_old(sets, newest, room, sync.sizes)) {
        sync.act = RolloutAct::scales_down;
    }
    return sync;
}

RolloutSync sync_recreate(std::span<const ReplicaSetSize> sets, std::size_t newest, RolloutRoom room,
                          bool has_old_pods) {
    RolloutSync sync = unchanged(sets);
    bool counts_old_pods = false;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (i == newest) continue;
        counts_old_pods = counts_old_pods || sets[i].pods > 0;
        if (sets[i].size == 0) continue;
        sync.sizes[i] = 0;
        sync.act = RolloutAct::scales_down;
    }
    if (sync.act == RolloutAct::scales_down) return sync;
    if (has_old_pods || counts_old_pods) {
        sync.act = RolloutAct::awaits_old_pods;
    } else if (newest != no_new_set && sync.sizes[newest] != room.replicas) {
        sync.sizes[newest] = room.replicas;
        sync.act = RolloutAct::scales_up;
    }
    return sync;
}

bool is_complete(std::span<const ReplicaSetSize> sets, std::size_t newest, std::int32_t replicas) {
    // A Deployment that wants no pods has all of them before its new set is made.
    const std::int32_t updated = newest == no_new_set ? 0 : sets[newest].pods;
    return updated == replicas && sum_of(sets, &ReplicaSetSize::pods) == replicas &&
           sum_of(sets, &ReplicaSetSize::available) == replicas;
}

std::vector<std::size_t> beyond_history(std::span<const ReplicaSetSize> sets, std::size_t newest, std::int32_t limit) {
    std::vector<std::size_t> old;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (i != newest) old.push_back(i);
    }
    std::ranges::stable_sort(old, {}, [&](std::size_t i) { return sets[i].revision; });
    std::vector<std::size_t> gone;
    const std::int64_t surplus = static_cast<std::int64_t>(old.size()) - limit;
    for (std::int64_t n = 0; n < surplus; ++n) {
        // One that has pods, or had so lately, stays, and still counts as one of those that had to go.
        const ReplicaSetSize& set = sets[old[static_cast<std::size_t>(n)]];
        if (set.size == 0 && set.pods == 0) gone.push_back(old[static_cast<std::size_t>(n)]);
    }
    return gone;
}

}  // namespace eks
