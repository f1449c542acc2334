// What the controllers ask of each other; what others tell them is in signals.hpp.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

void sync_job_at(World& world, Turn& turn, JobId job, sim::Time at);
// A pod of it is gone that its controller has not counted yet.
void count_gone(const Spec& spec, World& world, Job& job, const Pod& pod, sim::Time now);
// The lowest index of a Job for which a pod was asked: it has one from now on (JOB-9).
std::uint32_t take_asked_index(const Spec& spec, World& world, JobId job);
// All creations that a controller asked for have been answered: it goes on, now or after its back-off (CTRL-1).
void look_again(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// A pod that the Job's controller asked for is let in, or refused (QUOTA-1): then it is as if nobody had asked.
bool take_answer(const Spec& spec, World& world, Turn& turn, JobId job);
// A new pod object in the scheduler's queue. `pod_template`: none, if it is that of its Job or workload.
PodId make_pod(const Spec& spec, World& world, Turn& turn, const PodAppears& as, TemplateIx pod_template);
// The objects of a Job or CronJob were changed, which their controllers see at this instant.
void job_changed(const JobSpec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx workload,
                 sim::Time seen);
void cron_job_changed(const CronJobSpec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx workload,
                      sim::Time seen);
// There may be too many pods that have ended (PODGC-1).
void watch_for_terminated_pods(const Spec& spec, World& world, Turn& turn);
// What the budgets allow at the beginning of a run.
void open_budgets(const Spec& spec, World& world, Turn& turn);
// What of the quotas is full at the beginning of a run: bounds of 0.
void open_quotas(const Spec& spec, Turn& turn);
// Where the usages of the workloads that a trace describes start to change.
void follow_usages(const Spec& spec, Turn& turn);
// The rates at the beginning of a run.
void open_traffic(const Spec& spec, World& world, Turn& turn);
// The slices at the beginning of a run.
void open_services(const Spec& spec, World& world, Turn& turn);
// Where the CronJob controllers start from at the beginning of a run.
void start_cron_jobs(const Spec& spec, World& world, Turn& turn);

}  // namespace eks
