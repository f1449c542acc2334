#include "models/planning/run.hpp"

#include "libsim/check.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

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

void Run::follow(std::span<const NamedPolicy> policies) {
    if (policies.empty()) return;
    simulation_.apply([policies](const Spec& spec, World& world, Turn& /*turn*/) {
        const std::vector<HorizontalScaler>& scalers = spec.pod_scaling.horizontal;
        for (const NamedPolicy& named : policies) {
            const auto found = std::ranges::find_if(scalers, [&](const HorizontalScaler& scaler) {
                return named.scaler == scaler.namespace_name + "/" + scaler.name;
            });
            CHECK(found != scalers.end(), "a policy is for a HorizontalPodAutoscaler that is not there");
            world.pod_scaling.horizontal[static_cast<std::size_t>(found - scalers.begin())].policy = named.policy;
        }
    });
}

void Run::apply(const TimelineAction& action) {
    simulation_.apply([&](const Spec& spec, World& world, Turn& turn) { carry_out(spec, world, turn, action); });
}

namespace {

// Whether a run under the one Spec can go on under the other: the same tables, so that all that the World and the
// metrics hold keeps its meaning, and the same past.
bool goes_on_from(const Spec& was, const Spec& is, const World& world) {
    Spec same = is;
    same.templates = was.templates;
    same.template_on_shape_table = was.template_on_shape_table;
    same.scheduling_classes = was.scheduling_classes;
    same.scheduling_class_count = was.scheduling_class_count;
    same.timeline = was.timeline;
    same.revisions = was.revisions;
    if (same != was || is.timeline.size() < was.timeline.size() || is.revisions.size() < world.revision) return false;
    const Spec& now = was.revision(world.revision);
    const Spec& then = is.revision(world.revision);
    if (now.workloads != then.workloads || now.cni != then.cni || now.cilium != then.cilium) return false;
    // Behind them lie those that came about in the run.
    std::vector<bool> is_used(was.templates.size() + world.sizing.templates.size(), false);
    for (const SizedTemplate& sized : world.sizing.templates) is_used[sized.of.value] = true;
    for (const auto& [id, pod] : world.pods) is_used[pod.pod_template.value] = true;
    for (const auto& [id, job] : world.jobs) is_used[job.pod_template.value] = true;
    for (std::size_t i = 0; i < was.templates.size(); ++i) {
        if (is_used[i] && (i >= is.templates.size() || is.templates[i] != was.templates[i])) return false;
    }
    return true;
}

}  // namespace

bool Run::change_spec(std::shared_ptr<const Spec> spec) {
    if (!goes_on_from(simulation_.spec(), *spec, world())) return false;
    const std::shared_ptr<const Spec> before = simulation_.shared_spec();
    const std::size_t first_new = before->timeline.size();
    simulation_ = simulation_.with_spec(std::move(spec));
    simulation_.apply([&before, first_new](const Spec& s, World& world, Turn& turn) {
        carry_sizes_over(before->revision(world.revision), s.revision(world.revision), world);
        world.scheduler.memory = SchedulerMemory();  // the classes may have other numbers now
        for (std::size_t i = first_new; i < s.timeline.size(); ++i) {
            const sim::Time at = sim::Time::at(s.timeline[i].at);
            const TimelineDue due{static_cast<std::uint32_t>(i)};
            if (at <= turn.now())
                on(s, world, turn, due);
            else
                turn.at(at, due);
        }
    });
    return true;
}

Run start(const Scenario& scenario, const StartOptions& options, std::shared_ptr<const MetricsPlan> plan) {
    if (plan == nullptr) plan = plan_metrics(*scenario.spec, scenario.run.warm_up);
    Run run(scenario.spec, std::move(plan), sim::RunKey{options.seed.value_or(scenario.run.seed), options.replication});
    run.follow(scenario.policies);
    return run;
}

}  // namespace eks
