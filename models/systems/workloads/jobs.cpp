// The Job controller (JOB-1 to JOB-12; X-6 in 1.10).
#include "libsim/check.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/job_arithmetic.hpp"
#include "models/systems/workloads/quotas.hpp"
#include "models/systems/workloads/slow_start.hpp"
#include "models/systems/workloads/surplus.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

bool is_success(const Pod& pod) { return pod.stage == PodStage::finished && !pod.failed; }

sim::Time end_of(const Pod& pod) { return pod.stage == PodStage::finished ? pod.finished : pod.cause_since; }

// JOB-8: what the failure of the pod means. A container that was told to stop ends with 143 (SIGTERM), one that was
// killed for its memory with 137 (KUBELET-64).
FailureAction action_about(const Spec& spec, const Pod& pod) {
    constexpr std::int32_t ended_by_signal = 143;
    constexpr std::int32_t killed_for_memory = 137;
    const std::vector<FailureRule>& rules = spec[pod.workload].job.failure_rules;
    const PodTemplate& t = spec[pod.pod_template];
    std::vector<EndedContainer> ended;
    if (pod.started != sim::Time::origin() && !t.containers.empty())
        ended.push_back({t.containers[0].name,
                         pod.forced_end == ForcedEnd::out_of_memory ? killed_for_memory
                         : pod.terminating || pod.is_evicted        ? ended_by_signal
                                                                    : t.failure_exit_code,
                         false});
    std::vector<ConditionRule> conditions;
    if (is_disrupted(pod)) conditions.push_back({"DisruptionTarget", "True"});
    return action_for(rules, ended, conditions);
}

// JOB-9: the index of the pod is done, or free again, or has failed for good.
void count_index(const JobSpec& rules, World& world, Job& job, const Pod& pod, FailureAction action) {
    JobIndex& index = world.job_indexes[job.first_index + pod.replica];
    if (is_success(pod)) {
        if (index.state != IndexState::succeeded) ++job.succeeded;
        index.state = IndexState::succeeded;
        return;
    }
    index.state = IndexState::free;
    ++index.failures_seen;
    index.last_failure = end_of(pod);
    if (!rules.has_limit_per_index) return;
    if (action == FailureAction::fail_index || (counts(action) && index.failures >= rules.limit_per_index)) {
        index.state = IndexState::failed;
        ++job.failed_indexes;
    }
    if (counts(action)) ++index.failures;
}

// A pod that has ended is counted once (JOB-12). True: the whole Job fails with it (JOB-8).
bool count_pod(const Spec& spec, World& world, Job& job, const Pod& pod) {
    const JobSpec& rules = spec[job.workload].job;
    --job.active;
    const FailureAction action = is_success(pod) ? FailureAction::count : action_about(spec, pod);
    if (rules.is_indexed)
        count_index(rules, world, job, pod, action);
    else if (is_success(pod))
        ++job.succeeded;
    if (is_success(pod)) return false;
    if (counts(action)) ++job.failed;  // JOB-4: also a pod that is being deleted and has not succeeded
    return action == FailureAction::fail_job;
}

void count_failure_in_a_row(Job& job, sim::Time end) {
    ++job.failures_in_a_row;
    job.last_failure = job.last_failure == sim::Time::never() ? end : std::max(job.last_failure, end);
}

// Pods that ended since the last look. JOB-6: in a row are the failures after the last success, whichever pod is met
// first here. True: the whole Job fails with one of them.
bool count_ended(const Spec& spec, World& world, Job& job) {
    const bool waits_for_end = spec[job.workload].job.replaces_failed_only;
    const auto ended_since = [&](const Pod& pod) {
        return !pod.is_counted && (pod.stage == PodStage::finished || (pod.terminating && !waits_for_end));
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
    bool fails = false;
    for (PodId id = job.first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        Pod& pod = world.pods[id];
        if (!ended_since(pod)) continue;
        pod.is_counted = true;
        fails = count_pod(spec, world, job, pod) || fails;
        if (is_success(pod) || (any_success && end_of(pod) <= last_success)) continue;
        count_failure_in_a_row(job, end_of(pod));
    }
    return fails;
}

bool has_reached_backoff_limit(const Spec& spec, const World& world, const Job& job) {
    const JobSpec& rules = spec[job.workload].job;
    const bool restarts_in_place = spec[job.pod_template].restart_policy != RestartPolicy::never;
    if (spec.kubernetes.is_2018() && !restarts_in_place) {
        // until 1.10.5 the limit of such Jobs was never reached; then by the requeues of the work queue.
        return !spec.kubernetes.counts_no_job_failures() && job.failures_in_a_row > rules.backoff_limit;
    }
    std::int64_t restarts = 0;
    for (PodId id = job.first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        if (world.pods[id].stage != PodStage::finished) restarts += world.pods[id].restarts;
    }
    // In 1.10 a limit of 0 was reached before the first pod.
    if (spec.kubernetes.is_2018() && rules.backoff_limit == 0) return true;
    return is_past_backoff_limit(job.failed, rules.backoff_limit, restarts_in_place, restarts);
}

// JOB-9
bool has_failed_by_indexes(const JobSpec& rules, const Job& job) {
    if (!rules.has_limit_per_index) return false;
    const auto most = rules.has_most_failed_indexes ? std::optional(rules.most_failed_indexes) : std::nullopt;
    return indexed_failure(job.failed_indexes, job.succeeded, rules.completions, most) != IndexedFailure::none;
}

sim::Time next_pod_allowed_at(const Spec& spec, const Job& job) {
    if (job.failures_in_a_row == 0) return sim::Time::origin();
    if (!spec.kubernetes.is_2018()) return job.last_failure + job_backoff(job.failures_in_a_row);
    // with restartPolicy Never the delay never grew, and a failed pod was replaced at once.
    if (spec.kubernetes.counts_no_job_failures() && spec[job.pod_template].restart_policy == RestartPolicy::never)
        return sim::Time::origin();
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
        if (spec[job.workload].job.is_indexed)
            world.job_indexes[job.first_index + pod.replica].state = IndexState::free;
        request_delete(world, turn, at, write_call(spec, world, turn, Controller::job, turn.now()).seen);
    }
}

// The Job's last status. A failed one says so only once its pods are gone (JOB-5), and so does one that has met its
// successPolicy; in 1.10 it said so at once.
void write_end(const Spec& spec, World& world, Turn& turn, JobId id) {
    Job& job = world.jobs[id];
    const bool deletes_pods = job.failed_for_good || job.has_met_criteria;
    if (deletes_pods && !spec.kubernetes.is_2018() && has_live_pod(world, job)) return;
    end_tries(turn, job.workload, job.tries);
    job.is_finishing = true;
    job.complete = !job.failed_for_good;
    turn.at(lane(Lane::job_status_written), write_call(spec, world, turn, Controller::job, turn.now()).seen,
            JobStatusWritten{id});
}

// JOB-3
void delete_surplus(const Spec& spec, World& world, Turn& turn, JobId id, std::int32_t count) {
    std::vector<PodId> order = in_order_of_deletion(world, id, turn.now());
    order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
    for (const PodId pod : order) {
        const Written call = write_call(spec, world, turn, Controller::job, turn.now());
        request_delete(world, turn, pod, call.seen);
        sync_job_at(world, turn, id, call.seen);
    }
}

// What the Job's successPolicy waits for has happened (Kubernetes, job/success_policy.go): the indexes of one of its
// rules have succeeded, as many of them as it asks for.
bool meets_success_policy(const JobSpec& rules, const World& world, const Job& job) {
    if (rules.success_rules.empty() || job.succeeded == 0) return false;
    std::vector<std::int32_t> succeeded;
    for (std::int32_t i = 0; i < rules.completions; ++i) {
        const JobIndex& index = world.job_indexes[job.first_index + static_cast<std::uint32_t>(i)];
        if (index.state == IndexState::succeeded) succeeded.push_back(i);
    }
    return std::ranges::any_of(rules.success_rules, [&](const SuccessRule& rule) { return is_met(rule, succeeded); });
}

// The pods that still run are deleted; they neither succeed nor fail any more.
void complete_early(const Spec& spec, World& world, Turn& turn, JobId id) {
    world.jobs[id].has_met_criteria = true;
    delete_uncounted(spec, world, turn, id);
    world.jobs[id].active = 0;
    write_end(spec, world, turn, id);
}

// JOB-9: the first free indexes, as many as pods are missing, get one each, but for those whose own back-off is not
// over. If none is left, `allowed` is when the first of them may have one.
std::int32_t ask_for_indexes(const JobSpec& rules, World& world, const Job& job, std::int32_t missing, sim::Time now,
                             sim::Time& allowed) {
    if (allowed > now) return 0;  // the Job as a whole waits
    std::int32_t asked = 0;
    sim::Time soonest = sim::Time::never();
    for (std::int32_t i = 0; i < rules.completions && missing > 0; ++i) {
        JobIndex& index = world.job_indexes[job.first_index + static_cast<std::uint32_t>(i)];
        if (index.state != IndexState::free) continue;
        --missing;
        const sim::Time over = rules.has_limit_per_index && index.failures_seen > 0
                                   ? index.last_failure + job_backoff(index.failures_seen)
                                   : sim::Time::origin();
        if (over > now) {
            soonest = std::min(soonest, over);
            continue;
        }
        index.state = IndexState::asked;
        ++asked;
    }
    if (asked == 0 && soonest != sim::Time::never()) allowed = soonest;
    return asked;
}

void sync(const Spec& spec, World& world, Turn& turn, JobId id) {
    Job& job = world.jobs[id];
    if (job.is_finishing || job.is_deleted) return;
    if (job.failed_for_good || job.has_met_criteria) {
        write_end(spec, world, turn, id);
        return;
    }
    const JobSpec& rules = spec[job.workload].job;
    const bool fails_by_policy = count_ended(spec, world, job);
    if (fails_by_policy || has_reached_backoff_limit(spec, world, job) ||
        (rules.has_active_deadline && !rules.suspended && turn.now() >= job.started + rules.active_deadline) ||
        has_failed_by_indexes(rules, job)) {
        fail(spec, world, turn, id);
        write_end(spec, world, turn, id);
        return;
    }
    if (meets_success_policy(rules, world, job)) {
        complete_early(spec, world, turn, id);
        return;
    }
    const auto completions = rules.is_work_queue ? std::nullopt : std::optional(rules.completions);
    if (has_enough(completions, job.succeeded) && job.active == 0) {
        write_end(spec, world, turn, id);
        return;
    }
    if (rules.suspended) {
        delete_uncounted(spec, world, turn, id);
        return;
    }
    const std::int32_t missing =  // JOB-3
        wanted_active(completions, rules.parallelism, job.succeeded, job.active) - job.active;
    if (missing < 0) return delete_surplus(spec, world, turn, id, std::min(-missing, most_job_changes_a_sync));
    if (missing == 0) {
        end_tries(turn, job.workload, job.tries);
        return;
    }
    const bool has_limit = has_quota(spec, job.pod_template);
    if (has_limit && job.tries.on_the_way > 0) return;  // CTRL-2
    std::int32_t count = std::min(missing, most_job_changes_a_sync);
    if (has_limit) count = next_batch(job.tries, count);
    sim::Time allowed = next_pod_allowed_at(spec, job);
    if (rules.has_limit_per_index) allowed = sim::Time::origin();
    if (rules.is_indexed) count = ask_for_indexes(rules, world, job, count, turn.now(), allowed);
    if (allowed > turn.now()) {
        // JOB-6: it wakes a second later at the earliest.
        sync_job_at(world, turn, id,
                    spec.kubernetes.is_2018() ? allowed : std::max(allowed, turn.now() + sim::Duration::seconds(1)));
        return;
    }
    if (count == 0) return;
    const WorkloadIx workload = job.workload;
    job.active += count;
    const auto create = [&](sim::Time at) {
        const Written call = write_call(spec, world, turn, Controller::job, at);
        const std::uint32_t ordinal = rules.is_indexed ? 0 : world[workload].next_ordinal++;
        turn.at(lane(Lane::pod_appears), call.seen, PodAppears{workload, ordinal, id});
        return call.done;
    };
    sim::Time done = turn.now();
    if (has_limit) {
        job.tries.on_the_way = static_cast<std::uint16_t>(count);
        for (std::int32_t i = 0; i < count; ++i) done = std::max(done, create(turn.now()));
    } else {
        done = slow_start(count, turn.now(), create);
    }
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
void count_gone(const Spec& spec, World& world, Job& job, const Pod& pod, sim::Time now) {
    if (job.failed_for_good || job.has_met_criteria || job.is_deleted) return;
    if (spec.kubernetes.is_2018() && !is_success(pod)) {
        --job.active;
        return;
    }
    count_pod(spec, world, job, pod);
    if (is_success(pod))
        job.failures_in_a_row = 0;
    else
        count_failure_in_a_row(job, now);
}

std::uint32_t take_asked_index(const Spec& spec, World& world, JobId id) {
    const Job& job = world.jobs[id];
    const auto first = world.job_indexes.begin() + job.first_index;
    const auto asked = std::find_if(first, first + spec[job.workload].job.completions,
                                    [](const JobIndex& index) { return index.state == IndexState::asked; });
    CHECK(asked != first + spec[job.workload].job.completions, "a pod of an indexed Job appeared unasked");
    asked->state = IndexState::active;
    return static_cast<std::uint32_t>(asked - first);
}

bool take_answer(const Spec& spec, World& world, Turn& turn, JobId id) {
    Job& job = world.jobs[id];
    const bool is_admitted = admits_pod(spec, world, turn, job.workload, job.pod_template);
    if (!is_admitted) {
        job.tries.was_refused = true;
        --job.active;
        if (spec[job.workload].job.is_indexed)
            world.job_indexes[job.first_index + take_asked_index(spec, world, id)].state = IndexState::free;
    }
    if (--job.tries.on_the_way == 0)
        sync_job_at(world, turn, id, look_after_batch(spec, world, turn, Controller::job, job.workload, job.tries));
    return is_admitted;
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
    end_tries(turn, job.workload, job.tries);
    turn.note(JobRemovedFact{job.workload, job.finished == sim::Time::never()});
    for (PodId pod = job.first_pod; pod.valid();) {
        const PodId next = world.pods[pod].next_of_owner;
        if (world.pods[pod].stage == PodStage::finished) {
            turn.note(PodRemovedFact{pod, world.pods[pod].workload, world.pods[pod].phase});
            const NodeId node = world.pods[pod].node;
            forget_images_of(spec, world, pod, turn.now());
            gone_pod_ends_charge(spec, world, turn, world.pods[pod]);
            remove_pod(spec, world, pod);
            if (node.valid()) node_load_changes(spec, world, turn, node);
            pod_left_node(spec, world, turn, node);
        } else {
            request_delete(world, turn, pod, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
        }
        pod = next;
    }
    if (!world.jobs[id].first_pod.valid()) remove_job(spec, world, id);
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
