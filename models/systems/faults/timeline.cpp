// What the scenario itself does to the cluster at set times: it scales, deletes and changes objects, replaces nodes,
// and breaks things.
#include "models/systems/faults/faults.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/world/sizing.hpp"

namespace eks {

namespace {

// Background deletion: the object goes at once, what it owns after it (GC-1).
void delete_workload(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    WorkloadState& state = world[ix];
    state.deleted = true;
    set_desired(world, turn, ix, 0);
    workload_deleted(world, turn, ix);
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    for (PodId id = state.first_pod; id.valid(); id = world.pods[id].next_of_owner)
        request_delete(world, turn, id, seen);
    for (JobId id = state.first_job; id.valid();) {
        const JobId next = world.jobs[id].next_of_workload;
        delete_job(spec, world, turn, id);
        id = next;
    }
    daemons_deleted(spec, world, turn, ix);
}

// From now on another revision of the Spec is in force. Whoever reads it finds the new one by itself; those who sleep
// until something changes are told.
void put_in_force(const Spec& spec, World& world, Turn& turn, std::uint32_t revision) {
    const std::shared_ptr<const Spec> kept = world.sizing.spec;
    const Spec& before = in_force(spec, world);
    carry_sizes_over(spec.revision(world.revision), spec.revision(revision), world);
    world.revision = revision;
    const Spec& after = in_force(spec, world);
    for (std::size_t i = 0; i < after.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (after[ix] != before[ix] && !world[ix].deleted) object_changed(before, after, world, turn, ix);
    }
    budgets_change(before, after, world, turn);
    quotas_change(before, after, world, turn);
    change_cni(before, after, world, turn);
    dns_changes(after, world, turn);
    node_pools_change(before, after, world, turn);
    pod_templates_change(after, world);
    if (after.telemetry != before.telemetry) telemetry_changes(after, world, turn);
}

}  // namespace

void carry_out(const Spec& spec, World& world, Turn& turn, const TimelineAction& action) {
    switch (action.kind) {
        case TimelineKind::scale:
            if (world[action.workload].deleted) return;
            set_desired(world, turn, action.workload, action.replicas);
            scaled_pods_change(in_force(spec, world), world, turn, action.workload);
            sync_at(world, turn, action.workload,
                    turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
            break;
        case TimelineKind::create: create_workload(in_force(spec, world), world, turn, action.workload); break;
        case TimelineKind::remove: delete_workload(in_force(spec, world), world, turn, action.workload); break;
        case TimelineKind::change: put_in_force(spec, world, turn, action.revision); break;
        case TimelineKind::upgrade:
            upgrade_group(in_force(spec, world), world, turn, action.group,
                          action.is_forced ? DrainForce::deletes : DrainForce::gives_up);
            break;
        case TimelineKind::fault_begins:
        case TimelineKind::fault_ends: break;  // known by their place in the timeline, see below
    }
}

void on(const Spec& spec, World& world, Turn& turn, const TimelineDue& event) {
    const TimelineAction& action = spec.timeline[event.action];
    const Spec& now = in_force(spec, world);
    if (action.kind == TimelineKind::fault_begins) return fault_begins(now, world, turn, event.action);
    if (action.kind == TimelineKind::fault_ends) return fault_ends(now, world, turn, event.action);
    carry_out(spec, world, turn, action);
}

}  // namespace eks
