// What every handler works with, and the few acts that all domains share: the wait of a pod changes its cause, and a
// call to an API takes its turn in the client's limit.
#pragma once

#include "libsim/turn.hpp"
#include "models/events.hpp"
#include "models/facts.hpp"
#include "models/spec/spec.hpp"
#include "models/systems/api_server.hpp"
#include "models/world/hash.hpp"
#include "models/world/world.hpp"

#include <algorithm>

namespace eks {

using Turn = sim::Turn<Event, Fact>;

// Kinds of events that have a lane of the queue of their own. The order is that of lanes().
enum class Lane : std::uint32_t {
    // after a delay that never changes in a run
    sandbox_made,
    sandbox_stopped,
    scheduling_cycle,
    // at any time, but nearly always in order: clients keep the order of calls that wait for their limits
    containers_running,
    pod_bound,
    pod_appears,
    pod_removed,
    job_created,
    job_sync,
    job_status_written,
    job_deleted,
};
std::vector<sim::LaneDefinition> lanes(const Spec& spec);
constexpr sim::LaneIx lane(Lane which) { return {static_cast<std::uint32_t>(which)}; }

// The pod goes on waiting, for another cause.
void wait_for(World& world, Turn& turn, PodId pod, WaitCause cause);
// The pod's waiting is over: it is ready, or runs if it is a Job's.
void end_wait(World& world, Turn& turn, PodId pod);
// The pod ends or goes while it still waits.
void give_up_wait(World& world, Turn& turn, PodId pod);

// The containers of a pod begin (+1) to use what its workload's usage says, or cease to (-1). What a pod uses while it
// stops is left out.
void note_use(const Spec& spec, Turn& turn, const Pod& pod, std::int32_t change);

// The volumes that a StatefulSet has for the pod have been made.
void note_volumes(const Spec& spec, Turn& turn, const Pod& pod);

// A pod begins (+1) to hold room on its node, or no longer does (-1).
void note_room(const World& world, Turn& turn, PodId pod, std::int32_t change);

// A pod has become ready (+1), or is no longer (-1).
void note_readiness(Turn& turn, PodId id, const Pod& pod, std::int32_t change);

void set_phase(World& world, Turn& turn, PodId pod, PodPhase phase);

// The pod gets the condition DisruptionTarget, if it has not got it (KUBELET-3).
void mark_disrupted(World& world, Turn& turn, PodId pod, Disruption why);

// The instant at which a call handed to the client at `now` goes out, with the client's limit charged for it. Calls of
// one client keep their order: a token is reserved at once and waited for, as client-go does.
constexpr sim::Time call_goes_out(CallBudget& budget, CallPace pace, sim::Time now) {
    const sim::Time used = std::max(budget.used_until, now);
    budget.used_until = used + pace.interval;
    return std::max(used - pace.ahead, now);
}

// A write by a controller, and when its watchers see it. `at` is when the controller issues it.
struct Written {
    sim::Time done;
    sim::Time seen;
};
Written write_call(const Spec& spec, World& world, Turn& turn, Controller controller, sim::Time at);
Written write_call_of_scheduler(const Spec& spec, World& world, Turn& turn);
Written write_call_of_kubelet(const Spec& spec, World& world, Turn& turn, NodeId node);

// Calls of a controller that makes them one after the other, each when the one before it is done. A loop makes hundreds
// of them that wait equally long for the limit: these are told as one fact, so whoever makes the calls must tell() at
// the end.
class SerialCalls {
  public:
    SerialCalls(const Spec& spec, World& world, Controller controller, sim::Time at)
        : budget_(world.controller_calls[static_cast<std::size_t>(controller)]),
          pace_(control_plane_pace(spec, world, spec.latencies.controller, at)),
          write_(write_latency(spec, world)),
          delivery_(spec.latencies.watch_delivery),
          client_(static_cast<std::uint8_t>(controller)),
          at_(at) {}

    Written next(Turn& turn) {
        const sim::Time out = call_goes_out(budget_, pace_, at_);
        if (out > at_) {
            if (out - at_ != waited_) tell(turn);
            waited_ = out - at_;
            ++calls_;
        }
        at_ = out + write_;
        return {at_, at_ + delivery_};
    }
    // When the last call was done.
    sim::Time at() const { return at_; }
    void tell(Turn& turn) {
        if (calls_ > 0) turn.note(ApiCallFact{client_, calls_, waited_});
        calls_ = 0;
    }

  private:
    CallBudget& budget_;
    CallPace pace_;
    sim::Duration write_;
    sim::Duration delivery_;
    std::uint8_t client_;
    sim::Time at_;
    sim::Duration waited_;
    std::int32_t calls_ = 0;
};

}  // namespace eks
