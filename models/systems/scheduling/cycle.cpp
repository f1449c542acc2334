// The scheduling loop: one pod a cycle, node state as it is at the start of the cycle with assumed pods in it
// (SCHED-20), binding on the side (SCHED-70, SCHED-71).
#include "models/systems/handlers.hpp"
#include "models/systems/scheduling/nomad/select_client.hpp"
#include "models/systems/scheduling/preemption.hpp"
#include "models/systems/scheduling/queue.hpp"
#include "models/systems/scheduling/select_node.hpp"
#include "models/systems/scheduling/volume_filter.hpp"
#include "models/world/verbs.hpp"

namespace eks {

namespace {

// SCHED-85: the node is not reserved, and whoever was to get room there before and is less important waits anew.
void make_room(const Spec& spec, World& world, Turn& turn, PodId id, const Preemption& made) {
    const Pod& pod = world.pods[id];
    const std::int32_t priority = spec[pod.pod_template].priority;
    for (const PodId other : std::vector<PodId>(world.scheduler.nominated)) {
        if (world.pods[other].nominated == made.node && spec[world.pods[other].pod_template].priority < priority)
            drop_nomination(world, other);
    }
    nominate(world, id, made.node);
    turn.note(PreemptionFact{id, pod.workload, made.node, static_cast<std::int32_t>(made.victims.size())});
    for (const PodId victim : made.victims) {
        if (world.pods[victim].terminating) continue;
        world.pods[victim].is_preempted = true;
        mark_disrupted(world, turn, victim, Disruption::preemption_by_scheduler);
        write_call_of_scheduler(spec, world, turn);  // its condition DisruptionTarget
        request_delete(world, turn, victim, write_call_of_scheduler(spec, world, turn).seen);
    }
}

}  // namespace

void on(const Spec& spec, World& world, Turn& turn, const SchedulingCycle&) {
    SchedulerState& s = world.scheduler;
    s.cycle_scheduled = false;
    const PodId id = pop_next(spec, world, turn);
    if (!id.valid()) return;

    ++world.pods[id].attempts;
    const NodeId was_nominated = world.pods[id].nominated;
    const NodeChoice choice = select_node(spec, world, turn.key(), id);
    if (choice.node.valid()) {
        leave_queue(world, turn, id);
        put_on_node(spec, world, id, choice.node);
        note_room(world, turn, id, +1);
        if (bind_claims(spec, world, id)) note_volumes(spec, turn, world.pods[id]);
        Pod& pod = world.pods[id];
        pod.stage = PodStage::binding;
        wait_for(world, turn, id, WaitCause::scheduling);
        turn.at(lane(Lane::pod_bound), write_call_of_scheduler(spec, world, turn).seen, PodBound{id});
    } else {
        // Nomad preempts for system jobs alone, which is left out.
        const bool may_make_room = choice.rejectors != 0 && !spec.nomad.runs;
        const Preemption made = may_make_room ? find_victims(spec, world, turn.key(), id) : Preemption{};
        requeue_refused(spec, world, turn, id, choice.reason, choice.rejectors);
        if (made.node.valid())
            make_room(spec, world, turn, id, made);
        else if (made.was_tried && world.pods[id].nominated.valid())
            drop_nomination(world, id);
    }
    // The room that it waited for is no longer meant for it (SCHED-11).
    const NodeId is_nominated = choice.node.valid() ? choice.node : world.pods[id].nominated;
    if (was_nominated.valid() && was_nominated != is_nominated)
        wake_pool(spec, world, turn, ClusterChange::pod_gone, was_nominated, world.pods[id].pod_template);
    s.cycle_free_at = turn.now() + spec.latencies.scheduling_cycle;
    if (spec.nomad.runs && s.active.empty()) nomad::end_evaluation(world);
    if (s.active.empty() && (s.backoff.empty() || !spec.kubernetes.pops_from_backoff())) return;
    s.cycle_scheduled = true;
    turn.after(lane(Lane::scheduling_cycle), SchedulingCycle{});
}

}  // namespace eks
