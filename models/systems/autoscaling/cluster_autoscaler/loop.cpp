// One loop of Cluster Autoscaler, RunOnce of core/static_autoscaler.go (CA-2). It sees the cluster as it is at the
// instant at which it acts.
#include "models/systems/autoscaling/cluster_autoscaler/loop.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/cluster_state.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/pending.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/report.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/scale_down.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/scale_up.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/templates.hpp"
#include "models/systems/handlers.hpp"

#include <algorithm>

namespace eks {
namespace cluster_autoscaler {

namespace {

struct LoopEnd {
    bool was_productive = false;         // CA-1: the next loop begins at once
    sim::Time due = sim::Time::never();  // when one has to look again though nothing has happened
    void look_again_at(sim::Time at) { due = std::min(due, at); }
};

void show_counts(World& world, Turn& turn, const ClusterCounts& counts, bool is_safe) {
    report(world, turn, AutoscalerLevel::ready, counts.all.ready);
    report(world, turn, AutoscalerLevel::unready, counts.all.unready);
    report(world, turn, AutoscalerLevel::not_started, counts.all.not_started);
    report(world, turn, AutoscalerLevel::unregistered, counts.all.unregistered);
    report(world, turn, AutoscalerLevel::long_unregistered, counts.all.long_unregistered);
    report(world, turn, AutoscalerLevel::safe_to_autoscale, is_safe ? 1 : 0);
}

// CA-5: pods that count for nothing.
void leave_out_expendable(const Spec& spec, const World& world, Snapshot& snapshot) {
    const std::int64_t least = spec.cluster_autoscaler.expendable_below;
    if (std::ranges::none_of(spec.templates, [&](const PodTemplate& pod) { return pod.priority < least; })) return;
    for (const auto& [id, pod] : world.pods) {
        if (pod.holds_resources && spec[pod.pod_template].priority < least) snapshot.leave_out(pod);
    }
}

Snapshot take_snapshot(const Spec& spec, World& world, Turn& turn, const ClusterCounts& counts) {
    Snapshot snapshot(spec, world);
    leave_out_expendable(spec, world, snapshot);
    const ClusterAutoscalerState& state = world.cluster_autoscaler;
    std::vector<std::int32_t> upcoming;
    for (std::size_t group = 0; group < state.groups.size(); ++group)
        upcoming.push_back(upcoming_nodes(spec, world, group, counts.groups[group], turn.now()));
    const GroupPlaces places(spec);
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        const NodeId id = snapshot[i].id;
        const Node& row = world.nodes[id];
        const auto place = places.of(spec[row.shape].group);
        // CA-32: one that has registered and is not ready yet stands there as upcoming.
        const bool is_starting = place && upcoming[*place] > 0 && row.state != NodeState::ready &&
                                 row.launched + spec.cluster_autoscaler.max_startup_time > turn.now();
        if (is_starting || removal_of(state, id) != NodeRemoval::none) snapshot.close(i);
    }
    for (const PodId id : world.scheduler.nominated) {
        const Pod& pod = world.pods[id];
        if (const auto place = snapshot.place_of(pod.nominated)) snapshot.place(pod.pod_template, *place, +1);
    }
    for (std::size_t group = 0; group < upcoming.size(); ++group) {
        for (std::int32_t i = 0; i < upcoming[group]; ++i) snapshot.add(state.groups[group].node);
    }
    return snapshot;
}

void plan_and_delete(const Spec& spec, World& world, Turn& turn, Snapshot& snapshot, bool is_forbidden, LoopEnd& end) {
    if (!spec.cluster_autoscaler.scales_down) return;
    end.look_again_at(plan_scale_down(spec, world, turn, snapshot));
    if (!is_forbidden) end.was_productive = delete_unneeded(spec, world, turn);
    end.look_again_at(next_deletion(spec, world));
}

LoopEnd run_once(const Spec& spec, World& world, Turn& turn) {
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    LoopEnd end;
    refresh_templates(spec, world, turn.now());
    end.look_again_at(next_template(spec, world, turn.now()));
    const ClusterCounts counts = count_nodes(spec, world, turn.now());
    end.look_again_at(counts.next_change);
    const bool is_safe = is_healthy(spec.cluster_autoscaler, counts.all);
    show_counts(world, turn, counts, is_safe);
    const bool was_put_right = put_groups_right(spec, world, turn, counts);
    end.look_again_at(next_look_at_groups(spec, world, turn.now()));
    if (!is_safe) {
        for (AutoscaledNode& row : state.nodes) row.unneeded_since = sim::Time::never();
        report(world, turn, AutoscalerLevel::unneeded_nodes, 0);
        return end;
    }
    if (was_put_right) {
        end.look_again_at(turn.now());
        return end;
    }

    Snapshot snapshot = take_snapshot(spec, world, turn, counts);
    Pending pending = pending_pods(spec, world, turn.now());
    end.look_again_at(pending.next_of_age);
    report(world, turn, AutoscalerLevel::unschedulable_pods,
           std::ranges::count_if(pending.pods, [](const PendingPod& pod) { return !pod.is_of_drain; }));
    filter_out_schedulable(snapshot, world, state.last_place, pending);
    const ScaleUpResult result = scale_up(spec, world, turn, snapshot, pending, counts);
    if (result == ScaleUpResult::done) {
        end.was_productive = true;
        return end;
    }
    // The next loop finds them old enough.
    if (result == ScaleUpResult::in_cooldown) end.look_again_at(turn.now());
    plan_and_delete(spec, world, turn, snapshot, result == ScaleUpResult::in_cooldown, end);
    return end;
}

void loop_at(ClusterAutoscalerState& state, Turn& turn, sim::Time at) {
    if (state.looks_at <= at) return;
    state.looks_at = at;
    turn.at(at, ClusterAutoscalerLoop{});
}

// The first loop from this instant on, of those that follow each other at the scan interval.
void loop_from(const Spec& spec, ClusterAutoscalerState& state, Turn& turn, sim::Time earliest) {
    if (earliest == sim::Time::never()) return;
    const sim::Duration period = spec.cluster_autoscaler.scan_interval + spec.cluster_autoscaler.loop_time;
    const sim::Duration late = std::max(earliest - state.last_loop, sim::Duration::microseconds(1));
    const std::int64_t loops = (late.us() + period.us() - 1) / period.us();
    loop_at(state, turn, state.last_loop + period * loops);
}

// CA-3: nothing is in cooldown. When a process begins its first loop is its own affair; a draw (GEN-3).
void start(const Spec& spec, World& world, Turn& turn) {
    take_back_removals(spec, world, turn);
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    constexpr sim::Duration long_ago = sim::Duration::seconds(3600);
    ClusterAutoscalerState fresh;
    fresh.runs = true;
    fresh.starts = state.starts + 1;
    fresh.levels = state.levels;
    fresh.last_scale_up = fresh.last_deletion = turn.now() - long_ago;
    fresh.groups_read = turn.now();
    fresh.groups.resize(spec.cluster_autoscaler.groups.size());
    state = std::move(fresh);
    const sim::Duration period = spec.cluster_autoscaler.scan_interval + spec.cluster_autoscaler.loop_time;
    const double share = sim::draw_unit(turn.key(), {stream::autoscaler_phase, 0, state.starts, 0});
    const auto phase = static_cast<std::int64_t>(share * static_cast<double>(period.us()));
    loop_at(state, turn, turn.now() + sim::Duration::microseconds(phase));
}

bool has_process(const Spec& spec, const World& world) {
    const WorkloadIx pods = spec.cluster_autoscaler.pods;
    return pods.valid() && world[pods].ready > 0;
}

}  // namespace

void sees_change(const Spec& spec, World& world, Turn& turn) {
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    if (!has_process(spec, world)) {
        if (state.runs) {
            state.runs = false;
            state.looks_at = sim::Time::never();
        }
        return;
    }
    if (!state.runs) return start(spec, world, turn);
    loop_from(spec, state, turn, turn.now() + sim::Duration::microseconds(1));
}

void sees_unschedulable_pod(const Spec& spec, World& world, Turn& turn, PodId id) {
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    // Only the first failure changes the condition, which is what the trigger waits for.
    if (!state.runs || world.pods[id].attempts > 1) return;
    if (!spec.cluster_autoscaler.loops_frequently)
        return loop_from(spec, state, turn, turn.now() + sim::Duration::microseconds(1));
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    loop_at(state, turn, std::max(seen, state.last_loop) + spec.cluster_autoscaler.loop_time);
}

}  // namespace cluster_autoscaler

void on(const Spec& spec, World& world, Turn& turn, const ClusterAutoscalerLoop&) {
    using namespace cluster_autoscaler;
    ClusterAutoscalerState& state = world.cluster_autoscaler;
    if (!state.runs || state.looks_at != turn.now()) return;
    state.looks_at = sim::Time::never();
    ++state.loops;
    state.last_loop = turn.now();
    const LoopEnd end = run_once(spec, world, turn);
    // What the loop itself has changed has waked it already.
    if (end.was_productive && spec.cluster_autoscaler.loops_frequently)
        loop_at(state, turn, turn.now() + spec.cluster_autoscaler.loop_time);
    loop_from(spec, state, turn, end.due);
}

}  // namespace eks
