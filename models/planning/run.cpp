#include "models/planning/run.hpp"

#include "models/systems/signals.hpp"

namespace eks {

Run::Run(const std::shared_ptr<const Spec>& spec, std::shared_ptr<const MetricsPlan> plan, sim::RunKey key)
    : simulation_(spec, key, World{}, Metrics(*spec, std::move(plan))) {
    simulation_.apply(open_run);
}

bool Run::until(sim::Duration since_start, const OnRunProgress& progress) {
    const sim::Time end = sim::Time::at(since_start);
    if (!progress) {
        simulation_.run_until(end);
        return true;
    }
    sim::NoTracer tracer;
    return simulation_.run_until(end, tracer,
                                 [&](const Simulation& run) { return progress(RunProgress{run.now(), run.events()}); });
}

void Run::apply(const TimelineAction& action) {
    simulation_.apply([&](const Spec& spec, World& world, Turn& turn) { carry_out(spec, world, turn, action); });
}

bool Run::change_spec(std::shared_ptr<const Spec> spec) {
    Spec same = *spec;
    same.cni = simulation_.spec().cni;
    if (same != simulation_.spec()) return false;
    simulation_ = simulation_.with_spec(std::move(spec));
    simulation_.apply([](const Spec& s, World& world, Turn& turn) {
        for (const NodeId node : world.node_order) {
            stop_cni(s, world, turn, node);
            run_cni(s, world, turn, node);
        }
    });
    return true;
}

Run start(const Scenario& scenario, const StartOptions& options, std::shared_ptr<const MetricsPlan> plan) {
    if (plan == nullptr) plan = plan_metrics(*scenario.spec, scenario.run.warm_up);
    return Run(scenario.spec, std::move(plan),
               sim::RunKey{options.seed.value_or(scenario.run.seed), options.replication});
}

}  // namespace eks
