// Joins Spec, World, events and facts for the engine: what a Simulation needs to know to run a cluster.
//
// Metrics belong to a higher layer, so the model takes their type as a parameter; they are folded by a function
// `observe(const Spec&, const World&, Metrics&, sim::Time, const Fact&)` that lies beside the type.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// One event: a visit to the handler of its kind.
void handle_event(const Spec& spec, World& world, Turn& turn, const Event& event);

// Found beside the type of the metrics, where the model is put together.
template <class MetricsT>
void fold(const Spec& spec, const World& world, MetricsT& metrics, sim::Time now, const Fact& fact) {
    observe(spec, world, metrics, now, fact);
}

template <class MetricsT>
struct EksModel {
    using Spec = eks::Spec;
    using World = eks::World;
    using Event = eks::Event;
    using Fact = eks::Fact;
    using Metrics = MetricsT;

    static std::vector<sim::LaneDefinition> lanes(const Spec& spec) { return eks::lanes(spec); }
    static void handle(const Spec& spec, World& world, Turn& turn, const Event& event) {
        handle_event(spec, world, turn, event);
    }
    static void observe(const Spec& spec, const World& world, Metrics& metrics, sim::Time now, const Fact& fact) {
        // Facts may be about pods of templates that came about in the run.
        fold(world.sizing.spec != nullptr ? *world.sizing.spec : spec, world, metrics, now, fact);
    }
};

}  // namespace eks
