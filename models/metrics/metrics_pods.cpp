// What facts about pods, the scheduler and the workload controllers do to the metrics.
#include "libsim/check.hpp"
#include "models/metrics/metrics.hpp"

#include <algorithm>
#include <utility>

namespace eks {

namespace {

// Row of Family::container_waiting's column for each cause.
constexpr std::array<std::uint8_t, wait_cause_count> container_reason_of_cause = [] {
    std::array<std::uint8_t, wait_cause_count> columns{};
    for (std::size_t cause = 0; cause < wait_cause_count; ++cause) {
        for (std::size_t reason = 1; reason < container_waiting_reasons.size(); ++reason) {
            if (wait_cause_texts[cause].container_reason == container_waiting_reasons[reason]) {
                columns[cause] = static_cast<std::uint8_t>(reason);
            }
        }
    }
    return columns;
}();

constexpr std::uint8_t container_reason(WaitCause cause) {
    return container_reason_of_cause[static_cast<std::size_t>(cause)];
}

bool is_job_pod(const Spec& spec, WorkloadIx workload) {
    const WorkloadKind kind = spec[workload].kind;
    return has_jobs(kind);
}

}  // namespace

// --- pods

Metrics::OpenWait& Metrics::open_wait(PodId pod) {
    if (pod.slot >= wait_of_pod_.size()) wait_of_pod_.resize(static_cast<std::size_t>(pod.slot) + 1);
    std::uint32_t& place = wait_of_pod_[pod.slot];
    if (place == 0) {
        if (free_wait_ == 0) {
            open_waits_.emplace_back();
            place = static_cast<std::uint32_t>(open_waits_.size());
        } else {
            place = free_wait_;
            free_wait_ = open_waits_[place - 1].next_free;
        }
        open_waits_[place - 1].causes = 0;
        open_waits_[place - 1].next_free = 0;
    }
    return open_waits_[place - 1];
}

void Metrics::close_wait(PodId pod) {
    std::uint32_t& place = wait_of_pod_[pod.slot];
    open_waits_[place - 1] = {};
    open_waits_[place - 1].next_free = free_wait_;
    free_wait_ = place;
    place = 0;
}

void Metrics::begins_waiting(WorkloadIx workload, WaitCause cause) {
    ++pods_waiting_;
    ++pods_waited_;
    change(series(Family::waiting, workload.value, column(cause)), +1);
    if (container_reason(cause) != 0)
        change(series(Family::container_waiting, workload.value, container_reason(cause)), +1);
}

void Metrics::ends_waiting(WorkloadIx workload, WaitCause cause) {
    --pods_waiting_;
    change(series(Family::waiting, workload.value, column(cause)), -1);
    if (container_reason(cause) != 0)
        change(series(Family::container_waiting, workload.value, container_reason(cause)), -1);
}

void Metrics::flush_waits(const OpenWait& wait, WorkloadIx workload) {
    for (std::uint64_t left = wait.causes; left != 0; left &= left - 1) {
        const auto cause = static_cast<std::size_t>(__builtin_ctzll(left));
        sample(series(Family::wait_time, workload.value, cause), wait.lasted_us[cause]);
    }
}

void Metrics::move_job_pod(const Spec& spec, WorkloadIx workload, std::int64_t difference) {
    if (is_job_pod(spec, workload)) change(series(Family::job_pods_active, workload.value, 0), difference);
}

void Metrics::on(const Spec& spec, const PodCreatedFact& fact) {
    ++totals_.pods_created;
    count(series(Family::created, fact.workload.value, 0), 1);
    change(series(Family::phase, fact.workload.value, column(PodPhase::pending)), +1);
    move_job_pod(spec, fact.workload, +1);
    if (fact.cause != WaitCause::none) {
        begins_waiting(fact.workload, fact.cause);
        return;
    }
    // A pod that waits for nothing stands on its node already: that is how a settled run opens.
    ++totals_.pods_placed;
    count(series(Family::placed, fact.workload.value, 0), 1);
}

void Metrics::on(const Spec&, const PodWaitsFact& fact) {
    if (fact.from == WaitCause::none) {
        if (fact.to != WaitCause::none) begins_waiting(fact.workload, fact.to);
        return;
    }
    CHECK(fact.to != WaitCause::none, "a pod goes on waiting for nothing");
    OpenWait& wait = open_wait(fact.pod);
    wait.causes |= std::uint64_t{1} << column(fact.from);
    wait.lasted_us[column(fact.from)] += fact.lasted.us();
    change(series(Family::waiting, fact.workload.value, column(fact.from)), -1);
    change(series(Family::waiting, fact.workload.value, column(fact.to)), +1);
    const std::uint8_t was = container_reason(fact.from);
    const std::uint8_t is = container_reason(fact.to);
    if (was == is) return;
    if (was != 0) change(series(Family::container_waiting, fact.workload.value, was), -1);
    if (is != 0) change(series(Family::container_waiting, fact.workload.value, is), +1);
}

void Metrics::on(const Spec&, const PodStartedFact& fact) {
    sample(series(Family::start_time, fact.workload.value, 0), fact.since_created.us());
    OpenWait& wait = open_wait(fact.pod);
    if (fact.from != WaitCause::none) {
        wait.causes |= std::uint64_t{1} << column(fact.from);
        wait.lasted_us[column(fact.from)] += fact.lasted.us();
        ends_waiting(fact.workload, fact.from);
    }
    // The kubelet's SLI ends when the containers run, and leaves out what depends on images and init containers.
    std::int64_t kubelet_us = fact.since_created.us();
    for (const WaitCause outside :
         {WaitCause::image_pull, WaitCause::image_backoff, WaitCause::image_never_pulled, WaitCause::init_containers,
          WaitCause::readiness, WaitCause::crash_backoff, WaitCause::credentials, WaitCause::target_health}) {
        kubelet_us -= wait.lasted_us[column(outside)];
    }
    sample(series(Family::kubelet_start_time, 0, 0), kubelet_us);
    flush_waits(wait, fact.workload);
    close_wait(fact.pod);
}

void Metrics::on(const Spec&, const PodGaveUpFact& fact) {
    count(series(Family::gave_up, fact.workload.value, 0), 1);
    OpenWait& wait = open_wait(fact.pod);
    if (fact.from != WaitCause::none) {
        wait.causes |= std::uint64_t{1} << column(fact.from);
        wait.lasted_us[column(fact.from)] += fact.lasted.us();
        ends_waiting(fact.workload, fact.from);
    }
    flush_waits(wait, fact.workload);
    close_wait(fact.pod);
}

void Metrics::on(const Spec& spec, const PodPhaseFact& fact) {
    if (fact.from == fact.to) return;
    change(series(Family::phase, fact.workload.value, column(fact.from)), -1);
    change(series(Family::phase, fact.workload.value, column(fact.to)), +1);
    if (fact.to != PodPhase::succeeded && fact.to != PodPhase::failed) return;
    ++(fact.to == PodPhase::succeeded ? totals_.pods_finished : totals_.pods_failed);
    count(series(Family::finished, fact.workload.value, column(fact.to) - column(PodPhase::succeeded)), 1);
    move_job_pod(spec, fact.workload, -1);
}

void Metrics::on(const Spec& spec, const PodRemovedFact& fact) {
    change(series(Family::phase, fact.workload.value, column(fact.phase)), -1);
    if (fact.phase == PodPhase::pending || fact.phase == PodPhase::running) move_job_pod(spec, fact.workload, -1);
}

void Metrics::on(const Spec&, const PodReadyFact& fact) {
    change(series(Family::ready, fact.workload.value, 0), fact.change);
    if (!endpoints_.empty()) change_endpoints(fact.workload, fact.change, 0);
}

// DPC-57: affected endpoints of all.
void Metrics::change_endpoints(WorkloadIx workload, std::int64_t ready, std::int64_t failing) {
    EndpointsNow& now = endpoints_[workload.value];
    const auto share = [&] {
        return now.ready > 0 ? now.failing * static_cast<std::int64_t>(base_per_unit(MetricUnit::share)) / now.ready
                             : 0;
    };
    const std::int64_t before = share();
    now.ready += ready;
    now.failing += failing;
    change(series(Family::failing_share, workload.value, 0), share() - before);
}

void Metrics::on(const Spec&, const PodAddressFact& fact) {
    const auto count_one = [&](AddressState state, std::int64_t difference) {
        if (state == AddressState::undisputed) return;
        const std::size_t is_unassigned = state == AddressState::taken_away ? 1 : 0;
        change(series(Family::contested, fact.workload.value, is_unassigned), difference);
        if (fails_connections(state)) change_endpoints(fact.workload, 0, difference);
    };
    count_one(fact.from, -1);
    count_one(fact.to, +1);
}

void Metrics::on(const Spec&, const CrashLoopFact& fact) {
    change(series(Family::container_waiting, fact.workload.value, container_reason(WaitCause::crash_backoff)),
           fact.change);
}

void Metrics::on(const Spec&, const ContainerRestartedFact& fact) {
    count(series(Family::restarts, fact.workload.value, 0), 1);
}

void Metrics::change_usage(const Spec& spec, WorkloadIx workload, const UsageNow& to) {
    UsageNow& now = usages_[workload.value];
    const Usage& stated = *spec.usage_of(workload);
    if (stated.states_cpu)
        change(series(Family::cpu_usage, workload.value, 0), to.pods * to.cpu_milli - now.pods * now.cpu_milli);
    if (stated.states_memory)
        change(series(Family::memory_usage, workload.value, 0),
               to.pods * to.memory_bytes - now.pods * now.memory_bytes);
    now = to;
    charge_use(workload);
}

void Metrics::on(const Spec& spec, const PodUsesFact& fact) {
    UsageNow to = usages_[fact.workload.value];
    to.pods += fact.change;
    change_usage(spec, fact.workload, to);
}

void Metrics::on(const Spec& spec, const UsageFact& fact) {
    change_usage(spec, fact.workload, {usages_[fact.workload.value].pods, fact.cpu_milli, fact.memory_bytes});
}

void Metrics::on(const Spec&, const TrafficFact& fact) {
    const auto add = [&](RequestLevel level, std::int64_t amount) {
        change(series(Family::requests, fact.workload.value, static_cast<std::size_t>(level)), amount);
    };
    add(RequestLevel::per_second, fact.per_second);
    add(RequestLevel::seconds, fact.micros);
    add(RequestLevel::failing, fact.failing_ppm);
}

void Metrics::on(const Spec&, const BacklogFact& fact) { change(series(Family::backlog, fact.queue, 0), fact.change); }

void Metrics::on(const Spec&, const ScalerFact& fact) {
    change(series(Family::scalers, fact.scaler, column(fact.level)), fact.change);
}

void Metrics::on(const Spec&, const RescaledFact& fact) {
    count(series(Family::rescales, fact.scaler, fact.change > 0 ? 0 : 1), 1);
}

void Metrics::on(const Spec&, const AdviceFact& fact) {
    if (fact.cpu_milli != 0) change(series(Family::cpu_advice, fact.scaler, column(fact.bound)), fact.cpu_milli);
    if (fact.memory_bytes != 0)
        change(series(Family::memory_advice, fact.scaler, column(fact.bound)), fact.memory_bytes);
}

void Metrics::on(const Spec&, const VerticalUpdateFact& fact) {
    count(series(Family::vertical_updates, fact.scaler, static_cast<std::size_t>(fact.what)), 1);
}

void Metrics::on(const Spec&, const ContainerAdviceFact& fact) {
    change(series(Family::container_advice, fact.row, column(fact.amount)), fact.change);
}

void Metrics::on(const Spec&, const KedaTriggerFact& fact) {
    if (fact.active != 0) change(series(Family::keda_triggers, fact.trigger, 0), fact.active);
    if (fact.value != 0) change(series(Family::keda_triggers, fact.trigger, 1), fact.value);
}

// --- scheduler

void Metrics::on(const Spec&, const PodScheduledFact& fact) {
    ++totals_.pods_placed;
    count(series(Family::placed, fact.workload.value, 0), 1);
    count(series(Family::schedule_attempts, 0, 0), 1);
    const std::uint32_t attempts = std::max<std::uint32_t>(1, fact.attempts);
    sample(series(Family::scheduling_time, 0, std::min(attempts, attempts_told_apart)), fact.since_created.us());
    sample(series(Family::scheduling_attempts, 0, 0), attempts);
}

void Metrics::on(const Spec&, const PreemptionFact& fact) {
    count(series(Family::preemption, fact.workload.value, 0), 1);
    count(series(Family::preemption, fact.workload.value, 1), fact.victims);
}

void Metrics::on(const Spec&, const PodUnschedulableFact&) { count(series(Family::schedule_attempts, 0, 1), 1); }

void Metrics::on(const Spec&, const PodUnplacedFact& fact) {
    if (fact.from != WaitCause::none) {
        --totals_.pods_unplaced;
        change(series(Family::unplaced, fact.workload.value, column(fact.from)), -1);
    }
    if (fact.to != WaitCause::none) {
        ++totals_.pods_unplaced;
        change(series(Family::unplaced, fact.workload.value, column(fact.to)), +1);
    }
}

void Metrics::on(const Spec&, const QueueFact& fact) {
    if (fact.from == fact.to) return;
    if (fact.from != QueuePlace::none) change(series(Family::queued, 0, static_cast<std::size_t>(fact.from)), -1);
    if (fact.to != QueuePlace::none) change(series(Family::queued, 0, static_cast<std::size_t>(fact.to)), +1);
}

// --- workloads

void Metrics::on(const Spec&, const ReplicasDesiredFact& fact) {
    change(series(Family::desired, fact.workload.value, 0), fact.change);
}

void Metrics::on(const Spec&, const RolloutFact& fact) {
    change(series(Family::rollouts, fact.workload.value, 0), fact.under_way);
    change(series(Family::rollouts, fact.workload.value, 1), fact.stalled);
    if (fact.lasted > sim::Duration::zero())
        sample(series(Family::rollout_time, fact.workload.value, 0), fact.lasted.us());
}

void Metrics::on(const Spec&, const EvictionFact& fact) {
    count(series(Family::evictions, fact.workload.value, fact.was_refused ? 1 : 0), 1);
}

void Metrics::on(const Spec&, const EndpointsFact& fact) {
    change(series(Family::endpoints, fact.service, 0), fact.ready);
    change(series(Family::endpoints, fact.service, 1), fact.terminating);
    change(series(Family::endpoints, fact.service, 2), fact.slices);
    if (fact.lag > sim::Duration::zero()) sample(series(Family::endpoint_lag, fact.service, 0), fact.lag.us());
}

void Metrics::on(const Spec&, const BudgetFact& fact) {
    change(series(Family::budgets, fact.budget, 0), fact.allowed);
    change(series(Family::budgets, fact.budget, 1), fact.healthy);
    change(series(Family::budgets, fact.budget, 2), fact.desired);
}

void Metrics::on(const Spec&, const PodRefusedFact& fact) {
    count(series(Family::refusals, fact.workload.value, 0), 1);
}

void Metrics::on(const Spec&, const ReplicaFailureFact& fact) {
    change(series(Family::replica_failures, fact.workload.value, 0), fact.change);
}

void Metrics::on(const Spec&, const QuotaFact& fact) {
    change(series(Family::quota_shares, fact.use, 0), fact.change_ppm);
}

void Metrics::on(const Spec& spec, const JobStartedFact& fact) {
    count(series(Family::jobs_started, fact.workload.value, 0), 1);
    change(series(Family::jobs_active, fact.workload.value, 0), +1);
    if (spec[fact.workload].kind == WorkloadKind::cron_job)
        sample(series(Family::job_lateness, fact.workload.value, 0), fact.late.us());
}

void Metrics::on(const Spec&, const JobFinishedFact& fact) {
    count(series(Family::jobs_finished, fact.workload.value, fact.succeeded ? 1 : 0), 1);
    change(series(Family::jobs_active, fact.workload.value, 0), -1);
    sample(series(Family::job_time, fact.workload.value, 0), fact.lasted.us());
}

void Metrics::on(const Spec&, const JobRemovedFact& fact) {
    if (fact.was_active) change(series(Family::jobs_active, fact.workload.value, 0), -1);
}

void Metrics::on(const Spec&, const CronTickMissedFact& fact) {
    count(series(Family::ticks_missed, fact.workload.value, 0), 1);
}

}  // namespace eks
