// What every handler works with, and the few acts that all domains share: the wait of a pod changes its cause, and a
// call to an API takes its turn in the client's limit.
#pragma once

#include "libsim/turn.hpp"
#include "models/events.hpp"
#include "models/facts.hpp"
#include "models/spec/spec.hpp"
#include "models/world/hash.hpp"
#include "models/world/world.hpp"

namespace eks {

using Turn = sim::Turn<Event, Fact>;

// Delays that never change in a run and have a lane of the queue of their own. The order is that of lanes().
enum class Lane : std::uint32_t {
    sandbox_made,
    sandbox_stopped,
    scheduling_cycle,
    containers_running,
    // a write that did not have to wait for its client's limit, until its watchers see it
    pod_bound,
    pod_appears,
    pod_removed,
    job_sync,
    job_status_written,
};
std::vector<sim::LaneDefinition> lanes(const Spec& spec);
sim::Duration delay_of(const Spec& spec, Lane which);
constexpr sim::LaneIx lane(Lane which) { return {static_cast<std::uint32_t>(which)}; }

// Schedules an event that usually, but not always, comes after its lane's delay.
template <class E>
void at_or_in_lane(const Spec& spec, Turn& turn, Lane which, sim::Time at, const E& event) {
    if (at - turn.now() == delay_of(spec, which))
        turn.after(lane(which), event);
    else
        turn.at(at, event);
}

// The pod goes on waiting, for another cause.
void wait_for(World& world, Turn& turn, PodId pod, WaitCause cause);
// The pod's waiting is over: it is ready, or runs if it is a Job's.
void end_wait(World& world, Turn& turn, PodId pod);
// The pod ends or goes while it still waits.
void give_up_wait(World& world, Turn& turn, PodId pod);

void set_phase(World& world, Turn& turn, PodId pod, PodPhase phase);

// The instant at which a call handed to the client at `now` goes out, with the client's limit charged for it. Calls of
// one client keep their order: a token is reserved at once and waited for, as client-go does.
sim::Time call_goes_out(CallBudget& budget, ClientLimit limit, sim::Time now);

// A write by a controller, and when its watchers see it. `at` is when the controller issues it.
struct Written {
    sim::Time done;
    sim::Time seen;
};
Written write_call(const Spec& spec, World& world, Turn& turn, Controller controller, sim::Time at);
Written write_call_of_scheduler(const Spec& spec, World& world, Turn& turn);
Written write_call_of_kubelet(const Spec& spec, World& world, Turn& turn, NodeId node);

}  // namespace eks
