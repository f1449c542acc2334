// The Job controller (JOB-1 to JOB-11; X-6 in 1.10).
#include "models/systems/handlers.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/job_backoff.hpp"
#include "models/systems/workloads/slow_start.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::int32_t most_job_changes_a_sync = 500;  // JOB-2

bool is_success(const Pod& pod) { return pod.stage == PodStage::finished && !pod.failed; }

sim::Time end_of(const Pod& pod) { return pod.stage == PodStage::finished ? pod.finished : pod.cause_since; }

// Pods that ended since the last look. JOB-6: in a row are the failures after the last success, whichever pod is met
// first here.
void count_ended(World& world, Job& job) {
    const auto ended_since = [](const Pod& pod) {
        return !pod.is_counted && (pod.stage == PodStage::finished || pod.terminating);
    };
    sim::Time last_success = sim::Time::origin();
    bool any_success = false;
    for (PodId id = job.first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const Pod& pod = world.pods[id];
        if (!ended_since(pod) || !is_success(pod)) continue;
        any_success = true;
        last_success = std::max(last_success, end_of(pod));
    }
    if (any_success) job.failures_in_a_row = 0;
    for (PodId id = job.first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        Pod& pod = world.pods[id];
        if (!ended_since(pod)) continue;
        pod.is_counted = true;
        --job.active;
        if (is_success(pod)) {
            ++job.succeeded;
            continue;
        }
        ++job.failed;  // JOB-4: also a pod that is being deleted and has not succeeded
        if (any_success && end_of(pod) <= last_success) continue;
        ++job.failures_in_a_row;
        job.last_failure =
            job.last_failure == sim::Time::never() ? end_of(pod) : std::max(job.last_failure, end_of(pod));
    }
}

bool is_past_backoff_limit(const Spec& spec, const World& world, const Job& job) {
    const Workload& workload = spec[job.workload];
    const PodTemplate& t = spec[job.pod_template];
    if (t.restart_policy == RestartPolicy::never) {
        // in 1.10.0 to 1.10.4 the limit of such Jobs was never reached.
        return !spec.kubernetes.is_2018() && job.failed > workload.job.backoff_limit;
    }
    if (job.failed > workload.job.backoff_limit) return true;
    std::int64_t restarts = 0;
    for (PodId id = job.first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        if (world.pods[id].stage != PodStage::finished) restarts += world.pods[id].restarts;
    }
    // In 1.10 a limit of 0 was reached before the first pod.
    if (workload.job.backoff_limit == 0 && !spec.kubernetes.is_2018()) return restarts > 0;
    return restarts >= workload.job.backoff_limit;
}

sim::Time next_pod_allowed_at(const Spec& spec, const Job& job) {
    if (job.failures_in_a_row == 0) return sim::Time::origin();
    if (!spec.kubernetes.is_2018()) return job.last_failure + job_backoff(job.failures_in_a_row);
    // with restartPolicy Never the delay never grew, and a failed pod was replaced at once.
    if (spec[job.pod_template].restart_policy == RestartPolicy::never) return sim::Time::origin();
    return job.last_failure + job_backoff_of_2018(job.failures_in_a_row);
}

bool has_live_pod(const World& world, const Job& job) {
    for (PodId id = job.first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        if (world.pods[id].stage != PodStage::finished) return true;
    }
    return false;
}

// JOB-5, JOB-7: what still runs is deleted and counts as failed.
void fail(const Spec& spec, World& world, Turn& turn, JobId id) {
    Job& job = world.jobs[id];
    job.failed_for_good = true;
    for (PodId pod = job.first_pod; pod.valid(); pod = world.pods[pod].next_of_owner) {
        if (world.pods[pod].stage == PodStage::finished || world.pods[pod].terminating) continue;
        request_delete(world, turn, pod, write_call(spec, world, turn, Controller::job, turn.now()).seen);
    }
    job.failed += job.active;
    job.active = 0;
}

// JOB-10: the pods of a suspended Job are deleted, and nobody counts them as failed.
void delete_uncounted(const Spec& spec, World& world, Turn& turn, JobId id) {
    Job& job = world.jobs[id];
    for (PodId at = job.first_pod; at.valid(); at = world.pods[at].next_of_owner) {
        Pod& pod = world.pods[at];
        if (pod.is_counted) continue;
        pod.is_counted = true;
        --job.active;
        request_delete(world, turn, at, write_call(spec, world, turn, Controller::job, turn.now()).seen);
    }
}

// The Job's last status. A failed one says so only once its pods are gone (JOB-5); in 1.10 it said so at once.
void write_end(const Spec& spec, World& world, Turn& turn, JobId id) {
    Job& job = world.jobs[id];
    if (job.failed_for_good && !spec.kubernetes.is_2018() && has_live_pod(world, job)) return;
    job.is_finishing = true;
    job.complete = !job.failed_for_good;
    turn.at(lane(Lane::job_status_written), write_call(spec, world, turn, Controller::job, turn.now()).seen,
            JobStatusWritten{id});
}

void sync(const Spec& spec, World& world, Turn& turn, JobId id) {
    Job& job = world.jobs[id];
    if (job.is_finishing || job.is_deleted) return;
    if (job.failed_for_good) {
        write_end(spec, world, turn, id);
        return;
    }
    const JobSpec& rules = spec[job.workload].job;
    count_ended(world, job);
    if (is_past_backoff_limit(spec, world, job) ||
        (rules.has_active_deadline && !rules.suspended && turn.now() >= job.started + rules.active_deadline)) {
        fail(spec, world, turn, id);
        write_end(spec, world, turn, id);
        return;
    }
    const bool enough = rules.is_work_queue ? job.succeeded >= 1 : job.succeeded >= rules.completions;
    if (enough && job.active == 0) {
        write_end(spec, world, turn, id);
        return;
    }
    if (rules.suspended) {
        delete_uncounted(spec, world, turn, id);
        return;
    }
    // JOB-3
    const std::int32_t wanted = rules.is_work_queue
                                    ? (job.succeeded > 0 ? job.active : rules.parallelism)
                                    : std::clamp(rules.completions - job.succeeded, 0, rules.parallelism);
    const std::int32_t missing = std::min(wanted - job.active, most_job_changes_a_sync);
    if (missing <= 0) return;
    const sim::Time allowed = next_pod_allowed_at(spec, job);
    if (allowed > turn.now()) {
        // JOB-6: it wakes a second later at the earliest.
        sync_job_at(world, turn, id,
                    spec.kubernetes.is_2018() ? allowed : std::max(allowed, turn.now() + sim::Duration::seconds(1)));
        return;
    }
    const WorkloadIx workload = job.workload;
    job.active += missing;
    const sim::Time done = slow_start(missing, turn.now(), [&](sim::Time at) {
        const Written call = write_call(spec, world, turn, Controller::job, at);
        turn.at(lane(Lane::pod_appears), call.seen, PodAppears{workload, world[workload].next_ordinal++, id});
        return call.done;
    });
    write_call(spec, world, turn, Controller::job, done);  // its status: active pods and start time
}

// Once its deletion has been asked for, a finished Job is no longer one of those that the history keeps.
void forget_in_history(World& world, Job& job) {
    if (job.deletion_requested) return;
    job.deletion_requested = true;
    if (job.finished != sim::Time::never())
        --(job.complete ? world[job.workload].succeeded_jobs : world[job.workload].failed_jobs);
}

}  // namespace

// JOB-4: a finaliser holds the pod until the controller has counted it. That of 1.10 counts what is there.
void count_gone(const Spec& spec, Job& job, const Pod& pod, sim::Time now) {
    if (job.failed_for_good || job.is_deleted) return;
    --job.active;
    if (is_success(pod)) {
        ++job.succeeded;
        job.failures_in_a_row = 0;
    } else if (!spec.kubernetes.is_2018()) {
        ++job.failed;
        ++job.failures_in_a_row;
        job.last_failure = now;
    }
}

void sync_job_at(World& world, Turn& turn, JobId id, sim::Time at) {
    Job* job = world.jobs.find(id);
    if (job == nullptr || job->next_sync <= at) return;
    job->next_sync = at;
    turn.at(lane(Lane::job_sync), at, JobSync{id});
}

void on(const Spec& spec, World& world, Turn& turn, const JobCreated& event) {
    if (world[event.workload].deleted) return;
    const JobId id = add_job(spec, world, event.workload, event.scheduled_unix_seconds, turn.now());
    const bool of_cron_job = spec[event.workload].kind == WorkloadKind::cron_job;
    sim::Duration late = sim::Duration::zero();
    if (of_cron_job) {
        world.jobs[id].is_counted_active = true;
        late =
            turn.now().since_origin() - sim::Duration::seconds(event.scheduled_unix_seconds - spec.start_unix_seconds);
    }
    turn.note(JobStartedFact{event.workload, late});
    const JobSpec& rules = spec[event.workload].job;
    // JOB-7: the deadline has a timer of its own.
    if (rules.has_active_deadline) turn.after(rules.active_deadline, JobSync{id});
    sync(spec, world, turn, id);
}

void on(const Spec& spec, World& world, Turn& turn, const JobSync& event) {
    Job* job = world.jobs.find(event.job);
    if (job == nullptr) return;
    if (job->next_sync <= turn.now()) job->next_sync = sim::Time::never();
    sync(spec, world, turn, event.job);
}

void on(const Spec& spec, World& world, Turn& turn, const JobStatusWritten& event) {
    Job* job = world.jobs.find(event.job);
    if (job == nullptr || job->deletion_requested) return;
    job->finished = turn.now();
    ++(job->complete ? world[job->workload].succeeded_jobs : world[job->workload].failed_jobs);
    turn.note(JobFinishedFact{job->workload, job->complete, turn.now() - job->started});
    const Workload& workload = spec[job->workload];
    if (workload.job.has_ttl) turn.after(workload.job.ttl_after_finished, JobDeleted{event.job});
    // CRON-7: today's CronJob controller looks whenever a Job of its own changes; the polling one will come by.
    if (workload.kind == WorkloadKind::cron_job && !spec.kubernetes.cron_jobs_are_polled())
        turn.at(turn.now(), CronSync{job->workload});
}

void request_delete_job(World& world, Turn& turn, JobId id, sim::Time seen) {
    forget_in_history(world, world.jobs[id]);
    turn.at(lane(Lane::job_deleted), seen, JobDeleted{id});
}

void delete_job(const Spec& spec, World& world, Turn& turn, JobId id) {
    Job& job = world.jobs[id];
    if (job.is_deleted) return;
    job.is_deleted = true;
    forget_in_history(world, job);
    turn.note(JobRemovedFact{job.workload, job.finished == sim::Time::never()});
    for (PodId pod = job.first_pod; pod.valid();) {
        const PodId next = world.pods[pod].next_of_owner;
        if (world.pods[pod].stage == PodStage::finished) {
            turn.note(PodRemovedFact{pod, world.pods[pod].workload, world.pods[pod].phase});
            const NodeId node = world.pods[pod].node;
            remove_pod(spec, world, pod);
            pod_left_node(spec, world, turn, node);
        } else {
            request_delete(world, turn, pod, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
        }
        pod = next;
    }
    if (!world.jobs[id].first_pod.valid()) remove_job(world, id);
}

void on(const Spec& spec, World& world, Turn& turn, const JobDeleted& event) {
    const Job* job = world.jobs.find(event.job);
    if (job == nullptr) return;
    // Where nobody asked for it, its time to live is over, unless that was changed since (JOB-11).
    const JobSpec& rules = spec[job->workload].job;
    const auto is_over = [&] { return rules.has_ttl && turn.now() >= job->finished + rules.ttl_after_finished; };
    if (job->deletion_requested || is_over()) delete_job(spec, world, turn, event.job);
}

void job_changed(const JobSpec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx workload,
                 sim::Time seen) {
    const JobSpec& rules = spec[workload].job;
    for (JobId id = world[workload].first_job; id.valid(); id = world.jobs[id].next_of_workload) {
        Job& job = world.jobs[id];
        if (job.finished != sim::Time::never()) {
            if (rules.has_ttl) turn.at(std::max(seen, job.finished + rules.ttl_after_finished), JobDeleted{id});
            continue;
        }
        if (before.suspended && !rules.suspended) job.started = seen;  // JOB-7, JOB-10
        if (rules.has_active_deadline && !rules.suspended)
            turn.at(std::max(seen, job.started + rules.active_deadline), JobSync{id});
        sync_job_at(world, turn, id, seen);
    }
}

}  // namespace eks
