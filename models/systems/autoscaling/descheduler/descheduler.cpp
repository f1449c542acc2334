#include "models/systems/autoscaling/descheduler/descheduler.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/autoscaling/descheduler/strategies.hpp"
#include "models/systems/handlers.hpp"

namespace eks {

namespace {

void run_at(DeschedulerState& state, Turn& turn, sim::Time at) {
    state.runs_at = at;
    turn.at(at, DeschedulerRun{});
}

bool is_of_its_own(const Spec& spec) {
    return spec.descheduler.pods.valid() && spec.descheduler.interval > sim::Duration::zero();
}

}  // namespace

// The first run of a process begins with it; for one that was there before the run its phase is drawn (GEN-3).
void descheduler_changes(const Spec& spec, World& world, Turn& turn) {
    if (!is_of_its_own(spec)) return;
    DeschedulerState& state = world.descheduler;
    const bool has_process = world[spec.descheduler.pods].ready > 0;
    if (has_process == state.runs) return;
    state.runs = has_process;
    state.runs_at = sim::Time::never();
    if (!has_process) return;
    ++state.starts;
    const double share = turn.now() > sim::Time::origin()
                             ? 0.0
                             : sim::draw_unit(turn.key(), {stream::descheduler_phase, 0, state.starts, 0});
    const auto phase = static_cast<std::int64_t>(share * static_cast<double>(spec.descheduler.interval.us()));
    run_at(state, turn, turn.now() + sim::Duration::microseconds(phase));
}

void descheduler_sees_job_pod(const Spec& spec, World& world, Turn& turn, PodId id) {
    if (world.pods[id].workload != spec.descheduler.pods) return;
    ++world.descheduler.starts;
    run_at(world.descheduler, turn, turn.now());
}

void on(const Spec& spec, World& world, Turn& turn, const DeschedulerRun&) {
    DeschedulerState& state = world.descheduler;
    if (state.runs_at != turn.now()) return;
    state.runs_at = sim::Time::never();
    descheduler::run_all(spec, world, turn);
    if (is_of_its_own(spec)) run_at(state, turn, turn.now() + spec.descheduler.interval);
}

}  // namespace eks
