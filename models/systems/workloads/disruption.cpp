// Disruption budgets and the eviction API (PDB-1 to PDB-3). Drains and autoscalers evict; node-pressure, taints,
// preemption and direct deletes do not ask.
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/disruption_arithmetic.hpp"

#include <algorithm>

namespace eks {

namespace {

// Whether its controller says how many pods it wants: without, a share of them is not known, and the budget's status
// says that nothing may be disrupted.
bool has_scale(WorkloadKind kind) {
    return kind == WorkloadKind::deployment || kind == WorkloadKind::replica_set || kind == WorkloadKind::stateful_set;
}

BudgetCount count_pods(const Spec& spec, const World& world, const DisruptionBudget& budget) {
    BudgetCount count;
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        bool has_pods = false;
        const auto take = [&](PodId first) {
            for (PodId id = first; id.valid(); id = world.pods[id].next_of_owner) {
                const Pod& pod = world.pods[id];
                if (!budget.selects(pod.pod_template)) continue;
                has_pods = true;
                ++count.pods;
                count.healthy += pod.stage == PodStage::ready && !pod.terminating ? 1 : 0;
            }
        };
        take(world[ix].first_pod);
        for (JobId job = world[ix].first_job; job.valid(); job = world.jobs[job].next_of_workload)
            take(world.jobs[job].first_pod);
        if (!has_pods || spec[ix].kind == WorkloadKind::pod) continue;
        count.scale += world[ix].desired;
        count.has_unscaled_owner = count.has_unscaled_owner || !has_scale(spec[ix].kind);
    }
    return count;
}

void look_at_budget(const Spec& spec, World& world, Turn& turn, std::size_t i) {
    const DisruptionBudget& budget = spec.budgets[i];
    const BudgetStatus status = budget_status(budget.bound, budget.amount, count_pods(spec, world, budget));
    BudgetState& state = world.budgets[i];
    const BudgetFact change{static_cast<std::uint32_t>(i), status.disruptions_allowed - state.disruptions_allowed,
                            status.current_healthy - state.current_healthy,
                            status.desired_healthy - state.desired_healthy};
    if (change.allowed != 0 || change.healthy != 0 || change.desired != 0) turn.note(change);
    state.disruptions_allowed = status.disruptions_allowed;
    state.current_healthy = status.current_healthy;
    state.desired_healthy = status.desired_healthy;
}

void look_soon(const Spec& spec, World& world, Turn& turn, std::size_t i) {
    if (world.budgets[i].is_due) return;
    world.budgets[i].is_due = true;
    turn.after(spec.latencies.watch_delivery + spec.latencies.api_write, BudgetSync{static_cast<std::uint32_t>(i)});
}

}  // namespace

void open_budgets(const Spec& spec, World& world, Turn& turn) {
    world.budgets.resize(spec.budgets.size());
    for (std::size_t i = 0; i < spec.budgets.size(); ++i) look_at_budget(spec, world, turn, i);
}

void budgets_changed(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    for (std::size_t i = 0; i < spec.budgets.size(); ++i) {
        if (spec.budgets[i].namespace_name == spec[workload].namespace_name) look_soon(spec, world, turn, i);
    }
}

void budgets_change(const Spec& before, const Spec& after, World& world, Turn& turn) {
    for (std::size_t i = 0; i < after.budgets.size(); ++i) {
        if (after.budgets[i] != before.budgets[i]) look_soon(after, world, turn, i);
    }
}

void on(const Spec& spec, World& world, Turn& turn, const BudgetSync& event) {
    world.budgets[event.budget].is_due = false;
    look_at_budget(spec, world, turn, event.budget);
}

Eviction evict(const Spec& spec, World& world, Turn& turn, PodId id, sim::Time seen) {
    const Pod& pod = world.pods[id];
    std::size_t found = spec.budgets.size();
    std::int32_t matching = 0;
    for (std::size_t i = 0; i < spec.budgets.size(); ++i) {
        if (!spec.budgets[i].selects(pod.pod_template)) continue;
        found = i;
        ++matching;
    }
    const EvictedPod asked{pod.terminating || pod.stage == PodStage::finished || pod.phase == PodPhase::pending,
                           pod.stage == PodStage::ready};
    BudgetState* const budget = matching == 1 ? &world.budgets[found] : nullptr;
    // In 1.10 a pod that is not ready had no way around its budget.
    const UnreadyRule rule = spec.kubernetes.is_2018() ? UnreadyRule::as_any_other
                             : budget != nullptr && spec.budgets[found].always_evicts_unready
                                 ? UnreadyRule::always
                                 : UnreadyRule::if_budget_is_healthy;
    const Eviction answer = answer_to_eviction(
        asked, matching, rule,
        budget != nullptr ? BudgetStatus{budget->disruptions_allowed, budget->current_healthy, budget->desired_healthy}
                          : BudgetStatus{});
    if (!pod.terminating) turn.note(EvictionFact{pod.workload, !is_evicted(answer)});
    if (!is_evicted(answer)) return answer;
    if (answer == Eviction::within_budget) {
        --budget->disruptions_allowed;
        turn.note(BudgetFact{static_cast<std::uint32_t>(found), -1, 0, 0});
    }
    const WorkloadIx workload = pod.workload;
    mark_disrupted(world, turn, id, Disruption::eviction_by_eviction_api);
    request_delete(world, turn, id, seen);
    budgets_changed(spec, world, turn, workload);
    return answer;
}

}  // namespace eks
