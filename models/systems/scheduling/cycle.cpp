// The scheduling loop: one pod a cycle, node state as it is at the start of the cycle with assumed pods in it
// (SCHED-20), binding on the side (SCHED-70, SCHED-71).
#include "models/systems/handlers.hpp"
#include "models/systems/scheduling/queue.hpp"
#include "models/systems/scheduling/select_node.hpp"
#include "models/world/verbs.hpp"

namespace eks {

void on(const Spec& spec, World& world, Turn& turn, const SchedulingCycle&) {
    SchedulerState& s = world.scheduler;
    s.cycle_scheduled = false;
    const PodId id = pop_next(spec, world, turn);
    if (!id.valid()) return;

    ++world.pods[id].attempts;
    const NodeChoice choice = select_node(spec, world, turn.key(), id);
    if (choice.node.valid()) {
        leave_queue(world, turn, id);
        put_on_node(spec, world, id, choice.node);
        Pod& pod = world.pods[id];
        pod.stage = PodStage::binding;
        wait_for(world, turn, id, WaitCause::scheduling);
        turn.at(lane(Lane::pod_bound), write_call_of_scheduler(spec, world, turn).seen, PodBound{id});
    } else {
        requeue_refused(spec, world, turn, id, choice.reason, choice.rejectors);
    }
    s.cycle_free_at = turn.now() + spec.latencies.scheduling_cycle;
    if (s.active.empty() && (s.backoff.empty() || !spec.kubernetes.pops_from_backoff())) return;
    s.cycle_scheduled = true;
    turn.after(lane(Lane::scheduling_cycle), SchedulingCycle{});
}

}  // namespace eks
