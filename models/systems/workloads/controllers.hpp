// What the controllers ask of each other; what others tell them is in signals.hpp.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

void sync_job_at(World& world, Turn& turn, JobId job, sim::Time at);
// A pod of it is gone that its controller has not counted yet.
void count_gone(const Spec& spec, Job& job, const Pod& pod, sim::Time now);
// A new pod object: in the scheduler's queue, or at its node if it names one.
PodId make_pod(const Spec& spec, World& world, Turn& turn, const PodAppears& as);
// The objects of a Job or CronJob were changed, which their controllers see at this instant.
void job_changed(const JobSpec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx workload,
                 sim::Time seen);
void cron_job_changed(const CronJobSpec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx workload,
                      sim::Time seen);
// Deletes a Job when its deletion is seen; until then it counts for no history.
void request_delete_job(World& world, Turn& turn, JobId job, sim::Time seen);
// Where the usages of the workloads that a trace describes start to change.
void follow_usages(const Spec& spec, Turn& turn);
// Where the CronJob controllers start from at the beginning of a run.
void start_cron_jobs(const Spec& spec, World& world, Turn& turn);

}  // namespace eks
