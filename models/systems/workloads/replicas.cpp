// Workloads that keep a number of pods: Deployment and ReplicaSet, StatefulSet, and pods without a controller. Those of
// DaemonSets are in daemon_sets.cpp.
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/daemon_sets.hpp"
#include "models/systems/workloads/quotas.hpp"
#include "models/systems/workloads/rollouts.hpp"
#include "models/systems/workloads/slow_start.hpp"
#include "models/systems/workloads/surplus.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/sizing.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <ranges>
#include <span>
#include <vector>

namespace eks {

namespace {

constexpr std::int32_t most_replica_changes_a_sync = 500;  // RS-1

Controller controller_of(WorkloadKind kind) {
    switch (kind) {
        case WorkloadKind::stateful_set: return Controller::stateful_set;
        case WorkloadKind::daemon_set: return Controller::daemon_set;
        default: return Controller::replica_set;
    }
}

// `replicas` are the places that a StatefulSet fills; all others number their pods through.
void create_pods(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, std::int32_t count,
                 std::span<const std::uint32_t> replicas = {}) {
    const Controller controller = controller_of(spec[ix].kind);
    std::size_t created = 0;
    const auto create = [&](sim::Time at) {
        const Written call = write_call(spec, world, turn, controller, at);
        WorkloadState& state = world[ix];
        ++state.on_the_way;
        const std::uint32_t replica = replicas.empty() ? state.next_ordinal++ : replicas[created++];
        turn.at(lane(Lane::pod_appears), call.seen, PodAppears{ix, replica, JobId::none()});
        return call.done;
    };
    if (has_quota(spec, spec[ix].pod_template)) {
        count = next_batch(world[ix].tries, count);
        for (std::int32_t i = 0; i < count; ++i) create(turn.now());
    } else {
        slow_start(count, turn.now(), create);
    }
}

// The answer to a creation: the pod is there, or admission has refused it.
void answer_creation(const Spec& spec, World& world, Turn& turn, const PodAppears& event) {
    const TemplateIx of_place = template_of_place(spec, world, event.workload, event.replica);
    if (admits_pod(spec, world, turn, event.workload,
                   of_place.valid() ? of_place : spec[event.workload].pod_template)) {
        make_pod(spec, world, turn, event, of_place);
        return;
    }
    world[event.workload].tries.was_refused = true;
    // Whoever makes a pod by hand reads the refusal, and there is no controller to try again.
    if (spec[event.workload].kind == WorkloadKind::pod) set_desired(world, turn, event.workload, 0);
}

void delete_pods(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, std::int32_t count) {
    const Controller controller = controller_of(spec[ix].kind);
    std::vector<PodId> order = in_order_of_deletion(spec, world, ix, TemplateIx::none(), turn.now());
    order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
    for (const PodId id : order)
        request_delete(world, turn, id, write_call(spec, world, turn, controller, turn.now()).seen);
}

// RS-1, also for a bare pod, which is made once and never again.
void keep_replicas(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    const WorkloadState& state = world[ix];
    if (state.on_the_way > 0) return;  // CTRL-2: it looks again when they have all arrived
    const std::int32_t missing = state.desired - state.active;
    if (missing <= 0) end_tries(turn, ix, world[ix].tries);
    if (missing > 0)
        create_pods(spec, world, turn, ix, std::min(missing, most_replica_changes_a_sync));
    else if (missing < 0)
        delete_pods(spec, world, turn, ix, std::min(-missing, most_replica_changes_a_sync));
}

bool is_healthy(const Pod& pod) { return pod.stage == PodStage::ready && !pod.terminating; }

// STS-1, STS-3: places 0 .. desired - 1 are filled from below, and pods above them go from the top. A pod holds its
// place until it is gone for good, and the one that follows it has its name. In order: one step at a time, and only
// while all below are healthy; else all at once.
void keep_stateful(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    const WorkloadState& state = world[ix];
    if (state.on_the_way > 0) return;
    const bool in_order = spec[ix].starts_in_order;
    const sim::Duration min_ready = spec[ix].rollout.min_ready;
    const auto request = [&](PodId id) {
        request_delete(world, turn, id, write_call(spec, world, turn, Controller::stateful_set, turn.now()).seen);
    };
    std::vector<PodId> holders(static_cast<std::size_t>(state.desired));
    std::vector<PodId> surplus;
    for (PodId id = state.first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const std::uint32_t replica = world.pods[id].replica;
        if (replica < holders.size())
            holders[replica] = id;
        else
            surplus.push_back(id);
    }
    std::ranges::sort(surplus, {}, [&](PodId id) { return world.pods[id].replica; });

    std::vector<std::uint32_t> missing;
    if (std::ranges::all_of(holders, &PodId::valid)) end_tries(turn, ix, world[ix].tries);
    for (std::uint32_t replica = 0; replica < holders.size(); ++replica) {
        const PodId id = holders[replica];
        if (!id.valid()) {
            missing.push_back(replica);
            if (in_order) break;
            continue;
        }
        // One that has ended makes room for its successor.
        if (world.pods[id].stage == PodStage::finished && !world.pods[id].terminating) request(id);
        if (in_order && !is_available(world.pods[id], min_ready, turn.now())) {
            if (is_healthy(world.pods[id])) sync_at(world, turn, ix, world.pods[id].cause_since + min_ready);
            return;
        }
    }
    if (!missing.empty()) {
        const auto count = static_cast<std::int32_t>(missing.size());
        create_pods(spec, world, turn, ix, std::min(count, most_replica_changes_a_sync), missing);
        if (in_order) return;
    }

    if (!in_order) {
        for (const PodId id : surplus | std::views::reverse) {
            if (!world.pods[id].terminating) request(id);
        }
    }
    if (missing.empty() && (surplus.empty() || !in_order)) return update_stateful(spec, world, turn, ix, holders);
    if (!in_order || world.pods[surplus.back()].terminating) return;
    const auto below = surplus | std::views::take(surplus.size() - 1);
    if (std::ranges::all_of(below, [&](PodId id) { return is_healthy(world.pods[id]); })) request(surplus.back());
}

}  // namespace

void look_again(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    sim::Time at = turn.now();
    if (has_quota(spec, spec[ix].pod_template))
        at = look_after_batch(spec, world, turn, controller_of(spec[ix].kind), ix, world[ix].tries);
    sync_at(world, turn, ix, at);
}

void sync_at(World& world, Turn& turn, WorkloadIx ix, sim::Time at) {
    if (world[ix].next_sync <= at) return;
    world[ix].next_sync = at;
    turn.at(at, WorkloadSync{ix});
}

void on(const Spec& spec, World& world, Turn& turn, const WorkloadSync& event) {
    if (world[event.workload].next_sync != turn.now()) return;  // a later look was brought forward
    world[event.workload].next_sync = sim::Time::never();
    budgets_changed(spec, world, turn, event.workload);
    switch (spec[event.workload].kind) {
        case WorkloadKind::deployment:
            if (has_replica_sets(spec, world, event.workload))
                sync_deployment_at(world, turn, event.workload, turn.now());
            else
                keep_replicas(spec, world, turn, event.workload);
            break;
        case WorkloadKind::replica_set: keep_replicas(spec, world, turn, event.workload); break;
        case WorkloadKind::pod:
            // Nobody makes a second one where the first has ended: it has no controller.
            if (!world[event.workload].first_pod.valid()) keep_replicas(spec, world, turn, event.workload);
            break;
        case WorkloadKind::stateful_set: keep_stateful(spec, world, turn, event.workload); break;
        case WorkloadKind::daemon_set:
            // Nodes that appeared while creations are on the way are looked at when those have arrived (CTRL-2).
            if (world[event.workload].on_the_way == 0) keep_daemons(spec, world, turn, event.workload);
            break;
        case WorkloadKind::job:
        case WorkloadKind::cron_job:
        case WorkloadKind::scaled_job: break;  // theirs are JobSync, CronSync and KedaPoll
    }
}

PodId make_pod(const Spec& spec, World& world, Turn& turn, const PodAppears& as, TemplateIx pod_template) {
    // Pods that follow each other in one place of a StatefulSet, or have one index of a Job, are not each other's
    // image: each draws for itself.
    const bool has_place =
        spec[as.workload].kind == WorkloadKind::stateful_set || (as.job.valid() && spec[as.workload].job.is_indexed);
    const std::uint32_t ordinal = has_place ? world[as.workload].next_ordinal++ : as.replica;
    const PodId id = add_pod(spec, world, as.workload, ordinal, as.job, turn.now());
    world.pods[id].replica = as.replica;
    if (pod_template.valid()) world.pods[id].pod_template = as_admitted(spec, world, pod_template);
    world.pods[id].cause = WaitCause::scheduling;
    turn.note(PodCreatedFact{id, as.workload, WaitCause::scheduling, as.replica});
    charge_pod(spec, world, turn, id);
    scaled_pods_change(spec, world, turn, as.workload);
    enqueue(spec, world, turn, id);
    watch_for_terminated_pods(spec, world, turn);
    return id;
}

void on(const Spec& spec, World& world, Turn& turn, const PodAppears& event) {
    if (event.job.valid()) {
        // A Job that was deleted, or has failed, while the creation was on its way would have its controller delete the
        // pod again.
        const Job* const job = world.jobs.find(event.job);
        if (job == nullptr || job->is_deleted || job->failed_for_good || job->has_met_criteria) return;
        if (has_quota(spec, job->pod_template) && !take_answer(spec, world, turn, event.job)) return;
        PodAppears pod = event;
        if (spec[event.workload].job.is_indexed) pod.replica = take_asked_index(spec, world, event.job);
        make_pod(spec, world, turn, pod, TemplateIx::none());
        // Its controller asked for it before it was told to stop.
        if (spec[event.workload].job.suspended) sync_job_at(world, turn, event.job, turn.now());
        return;
    }
    WorkloadState& state = world[event.workload];
    --state.on_the_way;
    // One that was asked for before the template was changed belongs to the set that there was then.
    if (has_replica_sets(spec, world, event.workload))
        return on(spec, world, turn, ReplicaAppears{first_replica_set_of(world, event.workload), event.replica});
    if (state.deleted) return;
    answer_creation(spec, world, turn, event);
    if (state.on_the_way == 0) look_again(spec, world, turn, event.workload);
}

void request_delete(World& world, Turn& turn, PodId id, sim::Time seen) {
    Pod& pod = world.pods[id];
    if (pod.terminating) return;
    if (pod.stage != PodStage::finished) --world[pod.workload].active;
    count_terminating(world, pod);
    pod.terminating = true;
    turn.at(seen, PodDeleteRequested{id});
    // Its controller counts it no more, though it is still there (CTRL-5).
    if (const ReplicaSetId set = replica_set_of(world, pod); set.valid())
        sync_replica_set_at(world, turn, set, seen);
    else if (!pod.job.valid())
        sync_at(world, turn, pod.workload, seen);
}

void set_desired(World& world, Turn& turn, WorkloadIx ix, std::int32_t desired) {
    const std::int32_t change = desired - world[ix].desired;
    if (change == 0) return;
    world[ix].desired = desired;
    turn.note(ReplicasDesiredFact{ix, change});
}

void object_changed(const Spec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    traffic_changes(spec, world, turn, ix);  // its limits may be others
    scaled_pods_change(spec, world, turn, ix);
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    switch (spec[ix].kind) {
        case WorkloadKind::job: job_changed(before[ix].job, spec, world, turn, ix, seen); break;
        case WorkloadKind::cron_job: cron_job_changed(before[ix].cron, spec, world, turn, ix, seen); break;
        case WorkloadKind::deployment:
        case WorkloadKind::stateful_set:
        case WorkloadKind::daemon_set:
            if (spec[ix].kind == WorkloadKind::daemon_set) count_nodes_of(spec, world, turn, ix);
            // That of the CNI has a way of its own: its daemons are rows of their nodes.
            if (before[ix].pod_template != spec[ix].pod_template && ix != spec.cni_workload)
                begin_rollout(before, spec, world, turn, ix, seen);
            else if (has_replica_sets(spec, world, ix))
                sync_deployment_at(world, turn, ix, seen);
            else
                sync_at(world, turn, ix, seen);
            break;
        case WorkloadKind::pod: open_gates(spec, world, turn, ix); break;
        case WorkloadKind::scaled_job:
        case WorkloadKind::replica_set: break;  // the next pods are made by what is in force then
    }
}

void workload_deleted(World& world, Turn& turn, WorkloadIx ix) {
    forget_rollout(world, turn, ix);
    end_tries(turn, ix, world[ix].tries);
}

void pod_became_ready(const Spec& spec, World& world, Turn& turn, PodId pod) {
    const WorkloadIx ix = world.pods[pod].workload;
    budgets_changed(spec, world, turn, ix);
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    if (const ReplicaSetId set = replica_set_of(world, world.pods[pod]); set.valid())
        sync_replica_set_at(world, turn, set, seen);
    else if (spec[ix].starts_in_order || rollout_of(world, ix) != nullptr)
        sync_at(world, turn, ix, seen);
}

void pod_ended(const Spec& spec, World& world, Turn& turn, PodId pod, sim::Time seen) {
    const Pod& row = world.pods[pod];
    budgets_changed(spec, world, turn, row.workload);
    if (row.node.valid()) node_load_changes(spec, world, turn, row.node);
    scaled_pods_change(spec, world, turn, row.workload);
    if (spec[row.pod_template].runs_to_completion) traffic_changes(spec, world, turn, row.workload);
    if (row.stage == PodStage::finished) pod_ends_charge(spec, world, turn, pod);
    if (const ReplicaSetId set = replica_set_of(world, row); set.valid())
        return sync_replica_set_at(world, turn, set, seen);
    if (!row.job.valid()) {
        sync_at(world, turn, row.workload, seen);
        return;
    }
    // JOB-2: today's controller gathers pod events for a second; that of 1.10 looks at once.
    sync_job_at(world, turn, row.job, spec.kubernetes.batches_job_syncs() ? seen + sim::Duration::seconds(1) : seen);
}

void pod_gone(const Spec& spec, World& world, Turn& turn, const Pod& pod) {
    endpoints_change(spec, world, turn, pod.workload);
    budgets_changed(spec, world, turn, pod.workload);
    scaled_pods_change(spec, world, turn, pod.workload);
    gone_pod_ends_charge(spec, world, turn, pod);
    if (pod.job.valid()) {
        Job* job = world.jobs.find(pod.job);
        if (job == nullptr) return;
        if (!pod.is_counted) count_gone(spec, world, *job, pod, turn.now());
        if (job->is_deleted && !job->first_pod.valid())
            remove_job(spec, world, pod.job);
        else if (!job->is_deleted)
            sync_job_at(world, turn, pod.job, turn.now());
        return;
    }
    // A pod without a controller does not come back.
    if (spec[pod.workload].kind == WorkloadKind::pod) return;
    if (world[pod.workload].deleted) return;
    if (const ReplicaSetId set = replica_set_of(world, pod); set.valid())
        sync_replica_set_at(world, turn, set, turn.now());
    sync_at(world, turn, pod.workload, turn.now());
}

}  // namespace eks
