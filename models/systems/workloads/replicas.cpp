// Workloads that keep a number of pods: Deployment and ReplicaSet, StatefulSet, DaemonSet, and pods without a
// controller.
#include "models/spec/tolerations.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/rollouts.hpp"
#include "models/systems/workloads/slow_start.hpp"
#include "models/systems/workloads/surplus.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <ranges>
#include <span>
#include <vector>

namespace eks {

namespace {

constexpr std::int32_t most_replica_changes_a_sync = 500;  // RS-1
constexpr std::int32_t most_daemon_changes_a_sync = 250;   // DS-3

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
    slow_start(count, turn.now(), [&](sim::Time at) {
        const Written call = write_call(spec, world, turn, controller, at);
        WorkloadState& state = world[ix];
        ++state.on_the_way;
        const std::uint32_t replica = replicas.empty() ? state.next_ordinal++ : replicas[created++];
        turn.at(lane(Lane::pod_appears), call.seen, PodAppears{ix, replica, JobId::none()});
        return call.done;
    });
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

bool has_daemon_pod(const World& world, WorkloadIx ix, NodeId node) {
    for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        if (world.pods[id].pinned == node) return true;  // one that goes has to be gone first
    }
    return false;
}

// DS-1: the not-ready taint counts too; the controller of 1.10 keeps its pods through it.
bool runs_while(const Spec& spec, WorkloadIx ix, NodeShapeIx shape, NodeState state) {
    return state == NodeState::ready || spec.kubernetes.daemon_sets_bind_themselves() ||
           tolerates_start_of(spec.template_of(ix), spec[shape]);
}

void want_one_more_daemon(World& world, Turn& turn, WorkloadIx ix) {
    set_desired(world, turn, ix, world[ix].desired + 1);
    sync_at(world, turn, ix, turn.now());
}

bool is_daemon_of(const Spec& spec, const World& world, WorkloadIx ix, NodeId node) {
    return spec[ix].kind == WorkloadKind::daemon_set && !world[ix].deleted &&
           runs_on(spec, ix, world.nodes[node].shape);
}

// the controller asks the scheduler's predicates itself; a node without room gets no pod.
bool has_room(const Spec& spec, const World& world, WorkloadIx ix, NodeId node) {
    const Node& row = world.nodes[node];
    const NodeShape& shape = spec[row.shape];
    return row.pods + 1 <= shape.max_pods && fits(spec.template_of(ix).requests, shape.allocatable - row.requested);
}

void leave_other_nodes(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const Node* node = world.nodes.find(world.pods[id].pinned);
        if (node == nullptr || runs_on(spec, ix, node->shape)) continue;
        request_delete(world, turn, id, write_call(spec, world, turn, Controller::daemon_set, turn.now()).seen);
    }
}

void make_daemon(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, NodeId node) {
    ++world[ix].on_the_way;
    turn.at(write_call(spec, world, turn, Controller::daemon_set, turn.now()).seen, DaemonPodAppears{ix, node});
}

void keep_daemons(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    if (world[ix].deleted) return;
    const auto may_have_one = [&](NodeId node) {
        const Node& row = world.nodes[node];
        return row.has_instance() && runs_on(spec, ix, row.shape) && runs_while(spec, ix, row.shape, row.state) &&
               (!spec.kubernetes.daemon_sets_bind_themselves() || has_room(spec, world, ix, node));
    };
    if (rollout_of(world, ix) != nullptr) leave_other_nodes(spec, world, turn, ix);
    std::int32_t left = most_daemon_changes_a_sync;
    for (const NodeId node : world.node_order) {
        if (left == 0) break;
        if (has_daemon_pod(world, ix, node) || !may_have_one(node)) continue;
        make_daemon(spec, world, turn, ix, node);
        --left;
    }
    if (world[ix].on_the_way > 0) return;  // CTRL-2
    std::vector<NodeId> surge;
    update_daemons(spec, world, turn, ix, surge);
    for (const NodeId node : surge) {
        if (may_have_one(node)) make_daemon(spec, world, turn, ix, node);
    }
}

// DS-1: a template may belong on other nodes than the one before.
void count_nodes_of(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    const auto belongs = [&](NodeId node) {
        const Node& row = world.nodes[node];
        return runs_on(spec, ix, row.shape) &&
               (row.ready_at != sim::Time::never() || runs_while(spec, ix, row.shape, NodeState::registered));
    };
    set_desired(world, turn, ix, static_cast<std::int32_t>(std::ranges::count_if(world.node_order, belongs)));
}

}  // namespace

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
        case WorkloadKind::cron_job: break;  // theirs are JobSync and CronSync
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
    if (pod_template.valid()) world.pods[id].pod_template = pod_template;
    world.pods[id].cause = WaitCause::scheduling;
    turn.note(PodCreatedFact{id, as.workload, WaitCause::scheduling, as.replica});
    enqueue(spec, world, turn, id);
    watch_for_terminated_pods(spec, world, turn);
    return id;
}

void on(const Spec& spec, World& world, Turn& turn, const PodAppears& event) {
    if (event.job.valid()) {
        // A Job that was deleted, or has failed, while the creation was on its way would have its controller delete the
        // pod again.
        if (!world.jobs.contains(event.job) || world.jobs[event.job].is_deleted ||
            world.jobs[event.job].failed_for_good)
            return;
        PodAppears pod = event;
        if (spec[event.workload].job.is_indexed) pod.replica = take_asked_index(spec, world, event.job);
        make_pod(spec, world, turn, pod, TemplateIx::none());
        // Its controller asked for it before it was told to stop.
        if (spec[event.workload].job.suspended) sync_job_at(world, turn, event.job, turn.now());
        return;
    }
    WorkloadState& state = world[event.workload];
    if (has_replica_sets(spec, world, event.workload)) {
        // One that was asked for before the template was changed belongs to the oldest set.
        const ReplicaSetId oldest = replica_set_of(world, event.workload, TemplateIx::none());
        return on(spec, world, turn, ReplicaAppears{oldest, event.replica});
    }
    --state.on_the_way;
    if (state.deleted) return;
    make_pod(spec, world, turn, event, template_of_place(spec, world, event.workload, event.replica));
    if (state.on_the_way == 0) sync_at(world, turn, event.workload, turn.now());
}

void on(const Spec& spec, World& world, Turn& turn, const DaemonPodAppears& event) {
    WorkloadState& state = world[event.workload];
    --state.on_the_way;
    if (state.deleted) return;
    if (state.on_the_way == 0) sync_at(world, turn, event.workload, turn.now());
    const Node* node = world.nodes.find(event.node);
    if (node == nullptr || !node->has_instance()) return;
    const std::uint32_t ordinal = state.next_ordinal++;
    if (spec.kubernetes.daemon_sets_bind_themselves()) {
        // nodeName is set at creation, and the scheduler never sees the pod.
        // Another daemon pod may have taken the room meanwhile.
        if (!has_room(spec, world, event.workload, event.node)) return;
        const PodId id = add_pod(spec, world, event.workload, ordinal, JobId::none(), turn.now());
        world.pods[id].pinned = event.node;
        world.pods[id].cause = WaitCause::scheduling;
        turn.note(PodCreatedFact{id, event.workload, WaitCause::scheduling, ordinal});
        put_on_node(spec, world, id, event.node);
        kubelet_sees(spec, world, turn, id);
    } else {
        const PodId id = make_pod(spec, world, turn, {event.workload, ordinal, JobId::none()}, TemplateIx::none());
        world.pods[id].pinned = event.node;
    }
}

void request_delete(World& world, Turn& turn, PodId id, sim::Time seen) {
    Pod& pod = world.pods[id];
    if (pod.terminating) return;
    if (pod.stage != PodStage::finished) --world[pod.workload].active;
    count_terminating(world, pod);
    pod.terminating = true;
    turn.at(seen, PodDeleteRequested{id});
    // Its ReplicaSet counts it no more.
    if (const ReplicaSetId set = replica_set_of(world, pod); set.valid()) sync_replica_set_at(world, turn, set, seen);
}

void set_desired(World& world, Turn& turn, WorkloadIx ix, std::int32_t desired) {
    const std::int32_t change = desired - world[ix].desired;
    if (change == 0) return;
    world[ix].desired = desired;
    turn.note(ReplicasDesiredFact{ix, change});
}

void object_changed(const Spec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
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
        case WorkloadKind::replica_set: break;  // the next pods are made by what is in force then
    }
}

void workload_deleted(World& world, Turn& turn, WorkloadIx ix) { forget_rollout(world, turn, ix); }

void node_appeared(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (is_daemon_of(spec, world, ix, node) && runs_while(spec, ix, world.nodes[node].shape, NodeState::registered))
            want_one_more_daemon(world, turn, ix);
    }
}

void node_became_ready(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (is_daemon_of(spec, world, ix, node) &&
            !runs_while(spec, ix, world.nodes[node].shape, NodeState::registered))
            want_one_more_daemon(world, turn, ix);
    }
}

void node_disappeared(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const bool was_ready = world.nodes[node].ready_at != sim::Time::never();
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (!is_daemon_of(spec, world, ix, node)) continue;
        if (was_ready || runs_while(spec, ix, world.nodes[node].shape, NodeState::registered))
            set_desired(world, turn, ix, world[ix].desired - 1);
        // Its pod has not been bound, and never will be.
        const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
        for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
            const Pod& pod = world.pods[id];
            if (pod.pinned == node && !pod.node.valid()) request_delete(world, turn, id, seen);
        }
    }
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
    budgets_changed(spec, world, turn, pod.workload);
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
