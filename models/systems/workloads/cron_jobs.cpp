// The CronJob controllers: today's, which looks at each CronJob at its own time (CRON-5 to CRON-8), and that of 1.10,
// one loop over all of them every ten seconds.
#include "models/spec/cron_missed.hpp"
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr sim::Duration loop_pause_of_2018 = sim::Duration::seconds(10);

const TimeZone& zone_of(const Spec& spec, const CronJobSpec& cron) {
    static const TimeZone utc;
    return cron.zone < 0 ? utc : spec.time_zones[static_cast<std::size_t>(cron.zone)];
}

CronClock clock_of(const Spec& spec, const World& world, WorkloadIx ix, sim::Time now) {
    const WorkloadState& state = world[ix];
    CronClock clock;
    clock.created_us = state.created_unix_seconds * 1'000'000;
    if (state.last_schedule_unix_seconds != 0) clock.last_schedule_us = state.last_schedule_unix_seconds * 1'000'000;
    clock.now_us = spec.start_unix_seconds * 1'000'000 + now.us();
    const CronJobSpec& cron = spec[ix].cron;
    if (cron.has_starting_deadline) clock.starting_deadline_seconds = cron.starting_deadline.us() / 1'000'000;
    return clock;
}

sim::Time time_of(const Spec& spec, std::int64_t unix_us) {
    return sim::Time::at(sim::Duration::microseconds(unix_us - spec.start_unix_seconds * 1'000'000));
}

// Takes the Jobs that have ended off the list of active ones; how many. The youngest Jobs come first in the chain, so
// those that are active have soon been met.
std::int32_t drop_ended_from_active(World& world, WorkloadIx ix) {
    std::int32_t dropped = 0;
    std::int32_t left = world[ix].active_jobs;
    for (JobId id = world[ix].first_job; id.valid() && left > 0; id = world.jobs[id].next_of_workload) {
        Job& job = world.jobs[id];
        if (!job.is_counted_active) continue;
        --left;
        if (job.finished == sim::Time::never()) continue;
        job.is_counted_active = false;
        --world[ix].active_jobs;
        ++dropped;
    }
    return dropped;
}

// The oldest finished Job of one outcome if there are more of them than the history keeps (CRON-8), else none.
JobId oldest_beyond_history(const World& world, WorkloadIx ix, bool succeeded, std::int32_t keep) {
    const std::int32_t found = succeeded ? world[ix].succeeded_jobs : world[ix].failed_jobs;
    if (found <= keep) return JobId::none();
    JobId oldest;
    for (JobId id = world[ix].first_job; id.valid(); id = world.jobs[id].next_of_workload) {
        const Job& job = world.jobs[id];
        if (job.finished == sim::Time::never() || job.complete != succeeded || job.deletion_requested) continue;
        if (oldest.valid()) {
            const Job& other = world.jobs[oldest];
            if (job.started != other.started ? job.started > other.started : job.ordinal > other.ordinal) continue;
        }
        oldest = id;
    }
    return oldest;
}

// Deletes what is beyond the history, oldest first, each by `delete_one(JobId)`, which has to ask for the deletion.
template <class DeleteJob>
void clean_up_history(World& world, WorkloadIx ix, const CronJobSpec& cron, DeleteJob&& delete_one) {
    for (const bool succeeded : {true, false}) {
        const std::int32_t keep = succeeded ? cron.successful_history : cron.failed_history;
        for (JobId id = oldest_beyond_history(world, ix, succeeded, keep); id.valid();
             id = oldest_beyond_history(world, ix, succeeded, keep)) {
            delete_one(id);
        }
    }
}

bool must_wait(const CronJobSpec& cron, const WorkloadState& state) {
    return cron.concurrency == ConcurrencyPolicy::forbid && state.active_jobs > 0;
}

// The controller's next look by itself. Looks that a Job's end brings in between do not move it.
void schedule_look(const Spec& spec, World& world, Turn& turn, WorkloadIx ix) {
    const CronJobSpec& cron = spec[ix].cron;
    WorkloadState& state = world[ix];
    if (state.next_look <= turn.now()) state.next_look = sim::Time::never();
    const auto again = next_cron_sync(cron.schedule, zone_of(spec, cron), clock_of(spec, world, ix, turn.now()));
    if (!again) return;
    const sim::Time look = std::max(time_of(spec, *again), turn.now() + sim::Duration::microseconds(1));
    if (state.next_look <= look) return;
    state.next_look = look;
    turn.at(look, CronSync{ix});
}

}  // namespace

void on(const Spec& spec, World& world, Turn& turn, const CronSync& event) {
    WorkloadState& state = world[event.workload];
    if (state.deleted) return;
    const CronJobSpec& cron = spec[event.workload].cron;
    sim::Time at = turn.now();
    const auto call = [&] { return write_call(spec, world, turn, Controller::cron_job, at); };
    if (drop_ended_from_active(world, event.workload) > 0) at = call().done;
    clean_up_history(world, event.workload, cron, [&](JobId id) {
        const Written deletion = call();
        at = deletion.done;
        request_delete_job(world, turn, id, deletion.seen);
    });
    if (cron.suspended) return;

    const DueStart due =
        due_start(cron.schedule, zone_of(spec, cron), clock_of(spec, world, event.workload, turn.now()));
    const bool starts = due.most_recent_us.has_value();
    if (starts) {
        const std::int64_t tick = *due.most_recent_us / 1'000'000;
        const bool too_late =
            cron.has_starting_deadline && time_of(spec, *due.most_recent_us) + cron.starting_deadline < turn.now();
        if (too_late) {
            turn.note(CronTickMissedFact{event.workload});
        } else if (state.last_schedule_unix_seconds != tick && !must_wait(cron, state)) {
            if (cron.concurrency == ConcurrencyPolicy::replace) {
                for (JobId id = state.first_job; id.valid(); id = world.jobs[id].next_of_workload) {
                    if (!world.jobs[id].is_counted_active) continue;
                    world.jobs[id].is_counted_active = false;
                    --state.active_jobs;
                    const Written deletion = call();
                    at = deletion.done;
                    request_delete_job(world, turn, id, deletion.seen);
                }
            }
            const Written creation = call();
            at = creation.done;
            turn.at(lane(Lane::job_created), creation.seen, JobCreated{event.workload, tick});
            ++state.active_jobs;
            state.last_schedule_unix_seconds = tick;
            call();  // the CronJob's status
        }
    }
    schedule_look(spec, world, turn, event.workload);
}

void on(const Spec& spec, World& world, Turn& turn, const CronLoop&) {
    // The loop is serial: each call waits for the one before it and takes its turn in the controller's limit, so a loop
    // over many CronJobs takes as long as its calls do. The state it acts on is what it listed at its start. That is
    // also why it is not put to sleep: its idle status writes use up the limit that the next tick's creations need.
    SerialCalls calls(spec, world, Controller::cron_job, turn.now());
    const auto call = [&] { return calls.next(turn); };
    call();  // lists the Jobs
    call();  // and the CronJobs
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (spec[ix].kind != WorkloadKind::cron_job || world[ix].deleted) continue;
        const CronJobSpec& cron = spec[ix].cron;
        drop_ended_from_active(world, ix);
        call();  // its status, changed or not
        if (!cron.suspended && world[ix].next_due <= calls.at()) {
            const UnmetStarts unmet = unmet_starts_of_polling_controller(cron.schedule, zone_of(spec, cron),
                                                                         clock_of(spec, world, ix, calls.at()));
            if (unmet.too_many) turn.note(CronTickMissedFact{ix});
            const bool too_late = unmet.most_recent_us && cron.has_starting_deadline &&
                                  time_of(spec, *unmet.most_recent_us) + cron.starting_deadline < calls.at();
            if (too_late) turn.note(CronTickMissedFact{ix});
            if (!unmet.too_many && unmet.most_recent_us && !too_late && !must_wait(cron, world[ix])) {
                if (cron.concurrency == ConcurrencyPolicy::replace) {
                    for (JobId id = world[ix].first_job; id.valid(); id = world.jobs[id].next_of_workload) {
                        if (!world.jobs[id].is_counted_active) continue;
                        world.jobs[id].is_counted_active = false;
                        --world[ix].active_jobs;
                        for (int n = 0; n < 4; ++n) call();  // scale it to zero, list its pods, delete them, delete it
                        request_delete_job(world, turn, id, calls.at() + spec.latencies.watch_delivery);
                    }
                }
                const Written creation = call();
                turn.at(lane(Lane::job_created), creation.seen, JobCreated{ix, *unmet.most_recent_us / 1'000'000});
                ++world[ix].active_jobs;
                world[ix].last_schedule_unix_seconds = *unmet.most_recent_us / 1'000'000;
                world[ix].next_due = unmet.next_us ? time_of(spec, *unmet.next_us) : sim::Time::never();
                call();  // its status again
            }
        }
        clean_up_history(world, ix, cron, [&](JobId id) {
            call();  // scales it to zero
            call();  // lists its pods
            for (PodId pod = world.jobs[id].first_pod; pod.valid(); pod = world.pods[pod].next_of_owner)
                call();  // deletes each
            request_delete_job(world, turn, id, call().seen);
        });
        call();  // its status after the clean-up
    }
    calls.tell(turn);
    turn.at(calls.at() + loop_pause_of_2018, CronLoop{});
}

void cron_job_changed(const CronJobSpec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx ix,
                      sim::Time seen) {
    const CronJobSpec& cron = spec[ix].cron;
    const bool is_rescheduled = cron.schedule != before.schedule || cron.zone != before.zone;
    if (is_rescheduled) world[ix].next_due = sim::Time::origin();
    if (spec.kubernetes.cron_jobs_are_polled()) return;  // the loop will come by
    // CRON-7: a new schedule moves the next look; anything else is looked at when it is seen.
    if (is_rescheduled)
        schedule_look(spec, world, turn, ix);
    else
        turn.at(seen, CronSync{ix});
}

void start_cron_jobs(const Spec& spec, World& world, Turn& turn) {
    bool any = false;
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (spec[ix].kind != WorkloadKind::cron_job) continue;
        any = true;
        world[ix].created_unix_seconds = spec.start_unix_seconds;
        world[ix].next_look = sim::Time::never();
        if (!spec.kubernetes.cron_jobs_are_polled() && !spec[ix].cron.suspended) turn.at(turn.now(), CronSync{ix});
    }
    if (!any || !spec.kubernetes.cron_jobs_are_polled()) return;
    const double share = sim::draw_unit(turn.key(), {stream::cron_phase, 0, 0, 0});
    turn.after(
        sim::Duration::microseconds(static_cast<std::int64_t>(share * static_cast<double>(loop_pause_of_2018.us()))),
        CronLoop{});
}

}  // namespace eks
