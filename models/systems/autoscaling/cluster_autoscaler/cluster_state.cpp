#include "models/systems/autoscaling/cluster_autoscaler/cluster_state.hpp"

#include "models/systems/autoscaling/cluster_autoscaler/backoff.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/report.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks::cluster_autoscaler {

namespace {

constexpr sim::Duration groups_cached_for = sim::Duration::seconds(60);  // CA-28

bool are_too_many_unready(const ClusterAutoscaler& settings, std::int32_t unready, std::int32_t of) {
    return unready > settings.ok_unready_nodes &&
           static_cast<double>(unready) > settings.max_unready_percentage / 100 * static_cast<double>(of);
}

// Those that the group is to have and has not. Instances that are shutting down count no more.
std::int32_t missing_instances(const NodeGroupState& group, const NodeCounts& counts) {
    return std::max(group.desired - counts.instances(), 0);
}

// Gives up what is missing, as far as the group's minimum allows: placeholders are deleted (CA-28).
bool give_up_missing(const Spec& spec, World& world, Turn& turn, std::size_t place, std::int32_t missing) {
    const AutoscaledGroup& group = spec.cluster_autoscaler.groups[place];
    const std::int32_t desired = world.groups[group.group.value].desired;
    const std::int32_t lowered = std::max(desired - missing, group.minimum);
    AutoscaledGroupState& state = world.cluster_autoscaler.groups[place];
    state.requested = std::max(state.requested - missing, 0);
    if (lowered >= desired) return false;
    set_group_size(spec, world, turn, group.group, lowered);
    return true;
}

// The cache is renewed by the first loop after its minute. Loops that were slept through have renewed it, too, so that
// its age does not depend on how long nothing has happened.
void read_groups(const ClusterAutoscaler& settings, ClusterAutoscalerState& state, sim::Time now) {
    const sim::Duration loop = settings.scan_interval + settings.loop_time;
    const sim::Duration cycle = loop * ((groups_cached_for.us() + loop.us() - 1) / loop.us());
    const std::int64_t cycles = (now - state.groups_read) / cycle;
    state.groups_read = cycles == 0 ? now : state.groups_read + cycle * cycles;
}

// CA-29: a scaling activity that began after the last change of size has failed.
bool handle_failed_launch(const Spec& spec, World& world, Turn& turn, std::size_t place, std::int32_t missing) {
    AutoscaledGroupState& state = world.cluster_autoscaler.groups[place];
    const NodeGroupState& group = world.groups[spec.cluster_autoscaler.groups[place].group.value];
    const bool has_failed = group.failed_at != sim::Time::never() && group.failed_at >= group.resized_at;
    if (!has_failed || group.failed_at == state.activity_seen || missing == 0) return false;
    state.activity_seen = group.failed_at;
    back_off(state, spec.cluster_autoscaler, turn.now());
    report(turn, AutoscalerCount::out_of_resources, 1);
    return give_up_missing(spec, world, turn, place, missing);
}

// CA-34: what was asked for has not come in time.
bool handle_request(const Spec& spec, World& world, Turn& turn, std::size_t place, const NodeCounts& counts) {
    AutoscaledGroupState& state = world.cluster_autoscaler.groups[place];
    if (state.requested == 0) return false;
    const NodeGroupState& group = world.groups[spec.cluster_autoscaler.groups[place].group.value];
    if (group.desired <= counts.registered() - counts.not_started) {
        state.requested = 0;
        return false;
    }
    if (state.requested_at + spec.cluster_autoscaler.max_provision_time >= turn.now()) return false;
    back_off(state, spec.cluster_autoscaler, turn.now());
    report(turn, AutoscalerCount::timeout, 1);
    const std::int32_t missing = missing_instances(group, counts);
    const std::int32_t given_up = std::min(missing, state.requested);
    state.requested = 0;
    return given_up > 0 && give_up_missing(spec, world, turn, place, given_up);
}

// CA-35: as many instances have been missing for too long.
bool handle_missing(const Spec& spec, World& world, Turn& turn, std::size_t place, std::int32_t missing) {
    AutoscaledGroupState& state = world.cluster_autoscaler.groups[place];
    if (missing == 0 || missing != state.missing) {
        state.missing = missing;
        state.missing_since = missing == 0 ? sim::Time::never() : turn.now();
        return false;
    }
    if (turn.now() - state.missing_since <= spec.cluster_autoscaler.max_provision_time) return false;
    state.missing_since = turn.now();
    return give_up_missing(spec, world, turn, place, missing);
}

// CA-2, step 9: instances that never became nodes.
bool delete_long_unregistered(const Spec& spec, World& world, Turn& turn) {
    const GroupPlaces places(spec);
    std::vector<NodeId> gone;
    for (const auto& [id, node] : world.nodes) {
        const auto place = places.of(spec[node.shape].group);
        if (place && node.state == NodeState::launching && node.exit != NodeExit::shutting_down &&
            node.launched + spec.cluster_autoscaler.max_provision_time <= turn.now())
            gone.push_back(id);
    }
    bool has_deleted = false;
    for (const NodeId id : gone) {
        const NodeGroupIx group = spec[world.nodes[id].shape].group;
        const AutoscaledGroup& settings = spec.cluster_autoscaler.groups[*places.of(group)];
        if (world.groups[group.value].desired <= settings.minimum) continue;
        terminate_in_group(spec, world, turn, id);
        has_deleted = true;
    }
    return has_deleted;
}

}  // namespace

AutoscaledNode& row_of(ClusterAutoscalerState& state, NodeId node) {
    if (state.nodes.size() <= node.slot) state.nodes.resize(static_cast<std::size_t>(node.slot) + 1);
    AutoscaledNode& row = state.nodes[node.slot];
    if (row.node != node) row = {.node = node};
    return row;
}

const AutoscaledNode* find_row(const ClusterAutoscalerState& state, NodeId node) {
    if (node.slot >= state.nodes.size() || state.nodes[node.slot].node != node) return nullptr;
    return &state.nodes[node.slot];
}

ClusterCounts count_nodes(const Spec& spec, const World& world, sim::Time now) {
    const ClusterAutoscaler& settings = spec.cluster_autoscaler;
    ClusterCounts counts;
    counts.groups.resize(settings.groups.size());
    const GroupPlaces places(spec);
    const auto changes_at = [&](sim::Time at) {
        if (at > now) counts.next_change = std::min(counts.next_change, at);
    };
    for (const auto& [id, node] : world.nodes) {
        if (!node.has_instance() || node.exit == NodeExit::shutting_down) continue;
        const auto place = places.of(spec[node.shape].group);
        std::int32_t NodeCounts::* kind = &NodeCounts::ready;
        if (node.state == NodeState::launching) {
            if (!place) continue;
            const sim::Time long_at = node.launched + settings.max_provision_time;
            kind = long_at <= now ? &NodeCounts::long_unregistered : &NodeCounts::unregistered;
            changes_at(long_at);
        } else if (removal_of(world.cluster_autoscaler, id) != NodeRemoval::none) {
            kind = &NodeCounts::being_deleted;
        } else if (node.state != NodeState::ready) {
            const sim::Time unready_at = node.launched + settings.max_startup_time;
            kind = unready_at > now ? &NodeCounts::not_started : &NodeCounts::unready;
            changes_at(unready_at);
        }
        ++(counts.all.*kind);
        if (place) ++(counts.groups[*place].*kind);
    }
    return counts;
}

bool is_healthy(const ClusterAutoscaler& settings, const NodeCounts& all) {
    return !are_too_many_unready(settings, all.unready, all.ready + all.unready + all.not_started);
}

bool may_grow(const Spec& spec, const World& world, std::size_t place, const NodeCounts& counts, sim::Time now) {
    const ClusterAutoscaler& settings = spec.cluster_autoscaler;
    const AutoscaledGroupState& state = world.cluster_autoscaler.groups[place];
    if (is_backed_off(state, now)) return false;
    const std::int32_t desired = world.groups[settings.groups[place].group.value].desired;
    const std::int32_t acceptable = desired - counts.long_unregistered - state.requested;
    return !are_too_many_unready(settings, std::max(acceptable - counts.ready, 0), counts.registered());
}

std::int32_t upcoming_nodes(const Spec& spec, const World& world, std::size_t place, const NodeCounts& counts,
                            sim::Time now) {
    const AutoscaledGroupState& state = world.cluster_autoscaler.groups[place];
    if (state.requested == 0 || is_backed_off(state, now)) return 0;
    const std::int32_t desired = world.groups[spec.cluster_autoscaler.groups[place].group.value].desired;
    return std::max(desired - counts.ready - counts.unready - counts.being_deleted - counts.long_unregistered, 0);
}

bool put_groups_right(const Spec& spec, World& world, Turn& turn, const ClusterCounts& counts) {
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    const bool reads_groups = turn.now() - state.groups_read >= groups_cached_for;
    if (reads_groups) read_groups(spec.cluster_autoscaler, state, turn.now());
    bool has_put_right = delete_long_unregistered(spec, world, turn);
    for (std::size_t place = 0; place < state.groups.size(); ++place) {
        const NodeGroupState& group = world.groups[spec.cluster_autoscaler.groups[place].group.value];
        const auto missing = [&] { return missing_instances(group, counts.groups[place]); };
        has_put_right = handle_request(spec, world, turn, place, counts.groups[place]) || has_put_right;
        if (reads_groups) has_put_right = handle_failed_launch(spec, world, turn, place, missing()) || has_put_right;
        has_put_right = handle_missing(spec, world, turn, place, missing()) || has_put_right;
    }
    return has_put_right;
}

sim::Time next_look_at_groups(const Spec& spec, const World& world, sim::Time now) {
    const ClusterAutoscalerState& state = world.cluster_autoscaler;
    sim::Time next = sim::Time::never();
    for (const AutoscaledGroupState& group : state.groups) {
        if (group.requested > 0) {
            next = std::min(next, state.groups_read + groups_cached_for);
            next = std::min(next, group.requested_at + spec.cluster_autoscaler.max_provision_time);
        }
        if (group.missing > 0) next = std::min(next, group.missing_since + spec.cluster_autoscaler.max_provision_time);
        if (is_backed_off(group, now)) next = std::min(next, group.backed_off_until);
    }
    return next;
}

}  // namespace eks::cluster_autoscaler
