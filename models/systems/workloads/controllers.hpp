// What the controllers are told by others, and the few things they ask of each other.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// --- told by nodes/
void pod_became_ready(const Spec& spec, World& world, Turn& turn, PodId pod);
// Its containers have ended for good, or one of them will be restarted; the API server's watchers see it at `seen`.
void pod_ended(const Spec& spec, World& world, Turn& turn, PodId pod, sim::Time seen);
// The object is gone; `pod` is what its row was.
void pod_gone(const Spec& spec, World& world, Turn& turn, const Pod& pod);
// A Node object appeared: the daemon pods that do not mind its not-ready taint are made for it.
void node_appeared(const Spec& spec, World& world, Turn& turn, NodeId node);
// That taint is gone: so are the others.
void node_became_ready(const Spec& spec, World& world, Turn& turn, NodeId node);

// --- by the scenario: its timeline, or whoever forks a run (faults/timeline)
void carry_out(const Spec& spec, World& world, Turn& turn, const TimelineAction& action);

// --- within workloads/
// The workload's controller looks at it at this instant.
void sync_at(World& world, Turn& turn, WorkloadIx workload, sim::Time at);
void sync_job_at(World& world, Turn& turn, JobId job, sim::Time at);
// A new pod object: in the scheduler's queue, or at its node if it names one.
PodId make_pod(const Spec& spec, World& world, Turn& turn, WorkloadIx workload, std::uint32_t ordinal, JobId job);
// Marks the pod as terminating for its controllers at once and has it stopped when the deletion is seen.
void request_delete(World& world, Turn& turn, PodId pod, sim::Time seen);
// Whether a daemon pod of this workload belongs on nodes of this shape (DS-1).
bool runs_on(const Spec& spec, WorkloadIx daemon_set, NodeShapeIx shape);
// The desired number changes; told to the metrics, acted on by the next sync.
void set_desired(World& world, Turn& turn, WorkloadIx workload, std::int32_t desired);
// Deletes a Job and all it owns.
void delete_job(const Spec& spec, World& world, Turn& turn, JobId job);
// Where the CronJob controllers start from at the beginning of a run.
void start_cron_jobs(const Spec& spec, World& world, Turn& turn);

}  // namespace eks
