// The steps at which points are taken for KRR, and its runs: what it says of every container then, and what Goldilocks
// shows, is told to the metrics. Nothing of it changes anything in the cluster.
#include "models/systems/autoscaling/advice/container_advice.hpp"
#include "models/systems/autoscaling/advice/usage_points.hpp"
#include "models/systems/autoscaling/pod_scaling.hpp"
#include "models/systems/handlers.hpp"

#include <algorithm>

namespace eks {

namespace {

void tell(Turn& turn, std::size_t row, AdvisedAmount amount, std::int64_t& was, std::int64_t is) {
    if (was == is) return;
    turn.note(ContainerAdviceFact{static_cast<std::uint32_t>(row), amount, is - was});
    was = is;
}

void tell_all(const Spec& spec, World& world, Turn& turn) {
    for (std::size_t row = 0; row < spec.pod_scaling.advice.workloads.size(); ++row) {
        const ContainerAdvice advice = advice_of(spec, world, row);
        ShownAdvice& shown = world.pod_scaling.advice.shown[row];
        tell(turn, row, AdvisedAmount::cpu_request, shown.cpu_request_milli, advice.cpu.request.value_or(0));
        tell(turn, row, AdvisedAmount::cpu_limit, shown.cpu_limit_milli, advice.cpu.limit.value_or(0));
        tell(turn, row, AdvisedAmount::memory_request, shown.memory_request, advice.memory.request.value_or(0));
        tell(turn, row, AdvisedAmount::memory_limit, shown.memory_limit, advice.memory.limit.value_or(0));
        if (!advice.recommendation) continue;
        const goldilocks::Costs& costs = advice.costs;
        tell(turn, row, AdvisedAmount::cost_now, shown.cost_now, costs.current);
        tell(turn, row, AdvisedAmount::cost_guaranteed, shown.cost_guaranteed,
             costs.current + costs.guaranteed_difference);
        tell(turn, row, AdvisedAmount::cost_burstable, shown.cost_burstable,
             costs.burstable_difference ? costs.current + *costs.burstable_difference : 0);
    }
}

}  // namespace

void open_advice(const Spec& spec, World&, Turn& turn) {
    if (spec.pod_scaling.advice.is_asked) turn.at(first_advice_step(spec), AdviceStep{});
}

void on(const Spec& spec, World& world, Turn& turn, const AdviceStep&) {
    const AdviceSettings& advice = spec.pod_scaling.advice;
    take_advice_points(spec, world, turn.now());
    const auto steps_between = std::max<std::int64_t>(advice.every.us() / advice.krr.step.us(), 1);
    if (world.pod_scaling.advice.steps % steps_between == 0) {
        forget_old_points(spec, world);
        tell_all(spec, world, turn);
    }
    turn.after(advice.krr.step, AdviceStep{});
}

}  // namespace eks
