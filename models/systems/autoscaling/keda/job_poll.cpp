#include "models/systems/autoscaling/keda/job_poll.hpp"

#include "models/systems/autoscaling/keda/scaled_job.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <vector>

namespace eks::keda {

namespace {

bool is_finished(const Job& job) { return job.finished != sim::Time::never() || job.deletion_requested; }

bool has_condition(const Spec& spec, const Pod& pod, PodCondition condition) {
    const bool is_seen_by_kubelet = pod.stage != PodStage::queued && pod.stage != PodStage::binding;
    switch (condition) {
        case PodCondition::scheduled: return is_seen_by_kubelet;
        case PodCondition::ready_to_start_containers:
            return pod.stage >= PodStage::pulling && pod.stage <= PodStage::crashed;
        case PodCondition::initialized:
            return is_seen_by_kubelet && pod.next_container >= spec[pod.pod_template].init_containers.size();
        case PodCondition::containers_ready:
        case PodCondition::ready: return containers_run(pod);  // a pod of a Job is asked for nothing more
        case PodCondition::unknown: return false;
    }
    return false;
}

bool fulfils(const Spec& spec, const Pod& pod, const std::vector<PodCondition>& conditions) {
    return std::ranges::all_of(conditions, [&](PodCondition one) { return has_condition(spec, pod, one); });
}

// KEDA-21: none of its pods is Running or has succeeded; with conditions, none fulfils all of them.
bool is_pending(const Spec& spec, const World& world, const Job& job, const std::vector<PodCondition>& conditions) {
    if (!conditions.empty()) {
        for (PodId id = job.first_pod; id.valid(); id = world.pods[id].next_of_owner) {
            if (fulfils(spec, world.pods[id], conditions)) return false;
        }
        return true;
    }
    if (job.succeeded > 0) return false;
    for (PodId id = job.first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const eks::PodPhase phase = world.pods[id].phase;
        if (phase == eks::PodPhase::running || phase == eks::PodPhase::succeeded) return false;
    }
    return true;
}

struct JobCount {
    std::int64_t running = 0;
    std::int64_t pending = 0;
};
JobCount count_jobs(const Spec& spec, const World& world, WorkloadIx target,
                    const std::vector<PodCondition>& conditions) {
    JobCount count;
    for (JobId id = world[target].first_job; id.valid(); id = world.jobs[id].next_of_workload) {
        const Job& job = world.jobs[id];
        if (is_finished(job)) continue;
        ++count.running;
        count.pending += is_pending(spec, world, job, conditions) ? 1 : 0;
    }
    return count;
}

// KEDA-24: the oldest completion first.
void delete_beyond_history(const Spec& spec, World& world, Turn& turn, WorkloadIx target, bool succeeded,
                           std::int32_t keep) {
    std::vector<JobId> finished;
    for (JobId id = world[target].first_job; id.valid(); id = world.jobs[id].next_of_workload) {
        const Job& job = world.jobs[id];
        if (job.finished != sim::Time::never() && !job.deletion_requested && job.complete == succeeded)
            finished.push_back(id);
    }
    if (finished.size() <= static_cast<std::size_t>(keep)) return;
    std::ranges::sort(finished, [&](JobId a, JobId b) {
        const Job& x = world.jobs[a];
        const Job& y = world.jobs[b];
        return x.finished != y.finished ? x.finished < y.finished : x.ordinal < y.ordinal;
    });
    finished.resize(finished.size() - static_cast<std::size_t>(keep));
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    for (const JobId id : finished) request_delete_job(world, turn, id, seen);
}

}  // namespace

bool make_jobs(const Spec& spec, World& world, Turn& turn, std::uint32_t ix, std::span<const TriggerReading> readings) {
    const Scaled& scaled = spec.pod_scaling.objects[ix];
    const JobCount count = count_jobs(spec, world, scaled.target, scaled.job.pending_conditions);
    delete_beyond_history(spec, world, turn, scaled.target, true, scaled.successful_history);
    delete_beyond_history(spec, world, turn, scaled.target, false, scaled.failed_history);
    if (scaled.object.pauses.is_paused) return count.running > 0;
    std::vector<Trigger> triggers;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const ScalerMetric& trigger = scaled.triggers[i];
        if (readings[i].is_of_resource || readings[i].has_failed) continue;
        triggers.push_back({world.pod_scaling.objects[ix].values_milli[i], trigger.metric.target,
                            readings[i].value_milli > readings[i].activation_milli});
    }
    const JobDemand demand = job_demand(scaled.job, triggers);
    const std::int64_t created = jobs_to_create(scaled.job, demand, count.running, count.pending);
    const std::int64_t now_seconds = spec.start_unix_seconds + turn.now().us() / 1'000'000;
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    for (std::int64_t i = 0; i < created; ++i) turn.at(seen, JobCreated{scaled.target, now_seconds});
    return created > 0 || count.running > 0;
}

}  // namespace eks::keda
