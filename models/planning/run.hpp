// One run of a scenario, as a value: start it, let it go on, copy it to fork the cluster.
//
//     auto run = eks::start(scenario, {.seed = 7});
//     run.until(2_h);
//     auto fork = run;                       // the same cluster, a second future
//     fork.until(24_h);
//     if (fork.fingerprint() == ...)
//
// A Run shares the constant parts of its scenario with every copy and owns all that changes. One thread at a time may
// use a Run; copies are independent of each other. A failed CHECK throws sim::Defect and leaves the run unusable.
#pragma once

#include "libsim/simulation.hpp"
#include "models/eks_model.hpp"
#include "models/metrics/metrics.hpp"
#include "models/scenario/scenario.hpp"
#include "models/systems/opening.hpp"
#include "models/world/sizing.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace eks {

using Simulation = sim::Simulation<EksModel<Metrics>>;

struct StartOptions {
    std::optional<std::uint64_t> seed;  // none: the scenario's own
    std::uint32_t replication = 0;      // a stream of its own under the same seed
};

// Told about a run now and then, on the thread that advances it. False asks it to stop after the event at hand.
struct RunProgress {
    sim::Time now;
    std::uint64_t events = 0;
};
using OnRunProgress = std::function<bool(const RunProgress&)>;

class Run {
  public:
    Run(const std::shared_ptr<const Spec>& spec, std::shared_ptr<const MetricsPlan> plan, sim::RunKey key);
    // The same with a tracer that hears the opening too.
    template <class Tracer>
    Run(const std::shared_ptr<const Spec>& spec, std::shared_ptr<const MetricsPlan> plan, sim::RunKey key,
        Tracer& tracer)
        : simulation_(spec, key, World{}, Metrics(*spec, std::move(plan))) {
        simulation_.apply([](const Spec& s, World& world, Turn& turn) { open_run(s, world, turn); }, tracer);
    }

    // Handles everything before this instant, counted from the start of the run, and leaves the clock there. False:
    // `progress` asked to stop before; the run can go on.
    bool until(sim::Duration since_start, const OnRunProgress& progress = {});
    template <class Tracer>
    void until_traced(sim::Duration since_start, Tracer& tracer) {
        simulation_.run_until(sim::Time::at(since_start), tracer);
    }

    // From now on these decide in the place of HorizontalPodAutoscalers; each must be there.
    void follow(std::span<const NamedPolicy> policies);
    // Handles the next event alone and leaves the clock at its time; nothing, and no change, where none is pending.
    std::optional<Event> step() { return simulation_.step(); }
    // Scales a workload, or deletes it, now.
    void apply(const TimelineAction& action);
    // Goes on under what its scenario is with further changes from outside (LoadOptions::changes): what they add to the
    // timeline is carried out now, or when it is due. False, and nothing changes, if the Spec differs in anything that
    // a run cannot follow.
    bool change_spec(std::shared_ptr<const Spec> spec);

    const Simulation& simulation() const { return simulation_; }
    // As it is in force now.
    const Spec& spec() const { return in_force(simulation_.spec(), simulation_.world()); }
    const World& world() const { return simulation_.world(); }
    const Metrics& metrics() const { return simulation_.metrics(); }
    sim::Time now() const { return simulation_.now(); }
    std::uint64_t events() const { return simulation_.events(); }
    // Of the state, the pending events and the metrics.
    sim::Fingerprint fingerprint() const { return sim::fingerprint(simulation_); }

    friend bool operator==(const Run& a, const Run& b) { return a.simulation_ == b.simulation_; }

  private:
    Simulation simulation_;
};

// A run of the scenario at time 0. `plan` as compiled from its expectations, or none to follow the metrics alone.
Run start(const Scenario& scenario, const StartOptions& options = {},
          std::shared_ptr<const MetricsPlan> plan = nullptr);

template <class Tracer>
Run start_traced(const Scenario& scenario, const StartOptions& options, Tracer& tracer) {
    Run run(scenario.spec, plan_metrics(*scenario.spec, scenario.run.warm_up),
            sim::RunKey{options.seed.value_or(scenario.run.seed), options.replication}, tracer);
    run.follow(scenario.policies);
    return run;
}

}  // namespace eks
