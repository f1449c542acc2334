#include "models/systems/scheduling/queue.hpp"

#include "libsim/check.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/scheduling/backoff.hpp"
#include "models/systems/scheduling/hints.hpp"
#include "models/systems/scheduling/nomad/select_client.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr sim::Duration one_second = sim::Duration::seconds(1);
constexpr sim::Duration leftover_age = sim::Duration::minutes(5);      // SCHED-7
constexpr sim::Duration leftover_period = sim::Duration::seconds(30);  // SCHED-7
constexpr std::uint8_t most_failures_counted = 32;                     // every back-off has reached its longest by then
constexpr sim::Duration entry_life_of_2018 = sim::Duration::seconds(60);  // forgotten when unused for so long

// SCHED-2, and as tie the order of insertion: a total order, so the heap's own arrangement never shows.
bool comes_later(const QueuedPod& a, const QueuedPod& b) {
    if (a.priority != b.priority) return a.priority < b.priority;
    if (a.since != b.since) return a.since > b.since;
    return a.sequence > b.sequence;
}

void set_place(World& world, Turn& turn, PodId id, QueuePlace place) {
    Pod& pod = world.pods[id];
    if (pod.place == place) return;
    turn.note(QueueFact{pod.place, place});
    pod.place = place;
}

void push_active(const Spec& spec, World& world, Turn& turn, PodId id) {
    SchedulerState& s = world.scheduler;
    Pod& pod = world.pods[id];
    set_place(world, turn, id, QueuePlace::active);
    pod.queue_sequence = ++s.next_sequence;
    const std::int32_t priority = spec.kubernetes.has_priorities_and_preemption() ? spec[pod.pod_template].priority : 0;
    s.active.push_back({id, priority, pod.queued_since, pod.queue_sequence});
    std::push_heap(s.active.begin(), s.active.end(), comes_later);
    wait_for(world, turn, id, WaitCause::scheduling);
    wake_scheduler(world, turn);
}

// The back-off queue has two parts; that of pods which failed by an error is never popped early (SCHED-3).
bool is_error(const Pod& pod) { return pod.errors > 0; }

void count_failure(std::uint8_t& failures) {
    if (failures < most_failures_counted) ++failures;
}

BackingOff backing_off(const Spec& spec, const World& world, PodId id) {
    const Pod& pod = world.pods[id];
    return {is_error(pod), pod.backoff_until, spec[pod.pod_template].priority, pod.queued_since, id};
}

// SCHED-3: by expiry, then SCHED-2; a total order.
bool is_tried_later(const BackingOff& a, const BackingOff& b) {
    if (a.is_error != b.is_error) return a.is_error;
    if (a.until != b.until) return a.until > b.until;
    if (a.priority != b.priority) return a.priority < b.priority;
    if (a.since != b.since) return a.since > b.since;
    return a.pod > b.pod;
}

// The queue is not empty.
PodId first_backing_off(const Spec& spec, World& world) {
    const std::vector<PodId>& queue = world.scheduler.backoff;
    SchedulerMemory& memory = world.scheduler.memory;
    constexpr std::size_t few = 64;
    if (!memory.knows_backoff || memory.backoff.size() > few + 2 * queue.size()) {
        memory.backoff.clear();
        for (const PodId id : queue) memory.backoff.push_back(backing_off(spec, world, id));
        std::ranges::make_heap(memory.backoff, is_tried_later);
        memory.knows_backoff = true;
    }
    for (;;) {
        CHECK(!memory.backoff.empty(), "a pod that backs off is not known to do so");
        const BackingOff& first = memory.backoff.front();
        const Pod* pod = world.pods.find(first.pod);
        if (pod != nullptr && pod->place == QueuePlace::backoff && first == backing_off(spec, world, first.pod))
            return first.pod;
        std::ranges::pop_heap(memory.backoff, is_tried_later);
        memory.backoff.pop_back();
    }
}

void put_into_backoff(const Spec& spec, World& world, Turn& turn, PodId id) {
    SchedulerState& s = world.scheduler;
    set_place(world, turn, id, QueuePlace::backoff);
    s.backoff.push_back(id);
    if (s.memory.knows_backoff) {
        s.memory.backoff.push_back(backing_off(spec, world, id));
        std::ranges::push_heap(s.memory.backoff, is_tried_later);
    }
    if (spec.kubernetes.pops_from_backoff() && !is_error(world.pods[id])) wake_scheduler(world, turn);
    if (s.flush_scheduled) return;
    s.flush_scheduled = true;
    turn.at(sim::next_tick_after(turn.now(), sim::Duration::zero(), one_second), BackoffFlush{});
}

void schedule_leftovers(World& world, Turn& turn) {
    SchedulerState& s = world.scheduler;
    if (s.leftovers_wake_at != sim::Time::never() || s.unschedulable.empty()) return;
    const sim::Time oldest = world.pods[s.unschedulable.front()].queued_since;
    const sim::Time due = std::max(oldest + leftover_age, turn.now());
    s.leftovers_wake_at = sim::next_tick_after(due, sim::Duration::zero(), leftover_period);
    turn.at(s.leftovers_wake_at, LeftoverFlush{});
}

void push_backoff(const Spec& spec, World& world, Turn& turn, PodId id) {
    put_into_backoff(spec, world, turn, id);
    wait_for(world, turn, id, WaitCause::scheduling_backoff);
}

// From the pool to where its back-off says it belongs.
void requeue_woken(const Spec& spec, World& world, Turn& turn, PodId id) {
    const bool truncates = spec.kubernetes.truncates_backoff_expiry();
    if (is_backing_off(world.pods[id].backoff_until, turn.now(), truncates))
        push_backoff(spec, world, turn, id);
    else
        push_active(spec, world, turn, id);
}

void erase_from(std::vector<PodId>& list, PodId id) { list.erase(std::find(list.begin(), list.end(), id)); }

}  // namespace

void nominate(World& world, PodId id, NodeId node) {
    Pod& pod = world.pods[id];
    if (!pod.nominated.valid()) world.scheduler.nominated.push_back(id);
    pod.nominated = node;
}

void drop_nomination(World& world, PodId id) {
    world.pods[id].nominated = NodeId::none();
    erase_from(world.scheduler.nominated, id);
}

void wake_scheduler(World& world, Turn& turn) {
    SchedulerState& s = world.scheduler;
    if (s.cycle_scheduled) return;
    s.cycle_scheduled = true;
    turn.at(std::max(turn.now(), s.cycle_free_at), SchedulingCycle{});
}

void enqueue(const Spec& spec, World& world, Turn& turn, PodId id) {
    world.pods[id].queued_since = turn.now();
    if (spec[world.pods[id].pod_template].profile == nobodys_profile) {
        wait_for(world, turn, id, WaitCause::no_scheduler);
        return;
    }
    if (spec[world.pods[id].pod_template].is_gated) {  // SCHED-13: in no queue, and no attempt is made
        wait_for(world, turn, id, WaitCause::scheduling_gates);
        set_place(world, turn, id, QueuePlace::gated);
        return;
    }
    push_active(spec, world, turn, id);
}

void requeue_refused(const Spec& spec, World& world, Turn& turn, PodId id, WaitCause reason, std::uint32_t rejectors) {
    Pod& pod = world.pods[id];
    const sim::Time now = turn.now();
    turn.note(PodUnschedulableFact{id, pod.workload, reason});
    if (pod.unplaced != reason) {
        turn.note(PodUnplacedFact{pod.workload, pod.unplaced, reason});
        if (pod.unplaced == WaitCause::none) nomad::count_blocked(world, turn, pod.workload, +1);
        pod.unplaced = reason;
    }
    wait_for(world, turn, id, reason);
    pod.queued_since = now;
    pod.rejectors = rejectors;
    pod_found_no_node(spec, world, turn, id);
    if (spec.nomad.runs) {  // a blocked evaluation: nothing but room on a node wakes it (NOM-7)
        pod.last_refused = now;
        set_place(world, turn, id, QueuePlace::unschedulable);
        world.scheduler.unschedulable.push_back(id);
        return;
    }
    if (!spec.kubernetes.has_event_driven_requeue()) {
        // each failed pod waits for itself and nothing wakes it before.
        if (pod.refusals > 0 && now - pod.last_refused > entry_life_of_2018) pod.refusals = 0;
        pod.last_refused = now;
        count_failure(pod.refusals);
        set_place(world, turn, id, QueuePlace::backoff);
        turn.after(backoff_of_2018(pod.refusals), BackoffOver{id});
        return;
    }
    pod.last_refused = now;
    const bool truncates = spec.kubernetes.truncates_backoff_expiry();
    if (rejectors == 0) {
        // SCHED-8: there was no node to ask, so no filter has refused it: an error, which backs off by a count of its
        // own.
        count_failure(pod.errors);
        pod.backoff_until = backoff_expiry(now, pod.errors, truncates);
        put_into_backoff(spec, world, turn, id);
        return;
    }
    pod.errors = 0;
    count_failure(pod.refusals);
    pod.backoff_until = backoff_expiry(now, pod.refusals, truncates);
    set_place(world, turn, id, QueuePlace::unschedulable);
    world.scheduler.unschedulable.push_back(id);
    schedule_leftovers(world, turn);
}

void wake_pool(const Spec& spec, World& world, Turn& turn, ClusterChange change, NodeId node, TemplateIx pods) {
    SchedulerState& s = world.scheduler;
    if (s.unschedulable.empty()) return;
    std::vector<PodId> stay;
    const std::vector<PodId> pool = std::move(s.unschedulable);
    s.unschedulable.clear();
    for (const PodId id : pool) {
        if (spec.nomad.runs && nomad::unblocks(spec, world, world.pods[id], change, node))
            push_active(spec, world, turn, id);
        else if (!spec.nomad.runs && may_fit_after(spec, world, world.pods[id], change, node, pods))
            requeue_woken(spec, world, turn, id);
        else
            stay.push_back(id);
    }
    s.unschedulable = std::move(stay);
}

PodId pop_next(const Spec& spec, World& world, Turn& turn) {
    SchedulerState& s = world.scheduler;
    while (!s.active.empty()) {
        std::pop_heap(s.active.begin(), s.active.end(), comes_later);
        const QueuedPod entry = s.active.back();
        s.active.pop_back();
        const Pod* pod = world.pods.find(entry.pod);
        if (pod == nullptr || pod->place != QueuePlace::active || pod->queue_sequence != entry.sequence) continue;
        set_place(world, turn, entry.pod, QueuePlace::none);
        return entry.pod;
    }
    if (!spec.kubernetes.pops_from_backoff() || s.backoff.empty()) return PodId::none();
    // SCHED-3: nothing else to do, so the first of the back-off queue is tried early.
    const PodId id = first_backing_off(spec, world);
    if (is_error(world.pods[id])) return PodId::none();
    s.backoff.erase(std::ranges::find(s.backoff, id));
    set_place(world, turn, id, QueuePlace::none);
    return id;
}

void open_gates(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    for (PodId id = world[workload].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        Pod& pod = world.pods[id];
        if (pod.place != QueuePlace::gated || spec.template_of(workload).is_gated) continue;
        pod.pod_template = spec[workload].pod_template;  // what a webhook made of it at first is forgotten
        enqueue(spec, world, turn, id);
    }
}

void leave_queue(World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (pod.place == QueuePlace::unschedulable) erase_from(world.scheduler.unschedulable, id);
    // In 1.10 a pod in back-off waits in no list.
    if (pod.place == QueuePlace::backoff) {
        const auto at = std::find(world.scheduler.backoff.begin(), world.scheduler.backoff.end(), id);
        if (at != world.scheduler.backoff.end()) world.scheduler.backoff.erase(at);
    }
    set_place(world, turn, id, QueuePlace::none);
    if (pod.nominated.valid()) drop_nomination(world, id);
    if (pod.unplaced != WaitCause::none) {
        turn.note(PodUnplacedFact{pod.workload, pod.unplaced, WaitCause::none});
        nomad::count_blocked(world, turn, pod.workload, -1);
        pod.unplaced = WaitCause::none;
    }
}

void on(const Spec& spec, World& world, Turn& turn, const BackoffOver& event) {
    Pod* pod = world.pods.find(event.pod);
    if (pod == nullptr || pod->place != QueuePlace::backoff) return;
    pod->queued_since = turn.now();  // it joins the end of the FIFO
    push_active(spec, world, turn, event.pod);
}

void on(const Spec& spec, World& world, Turn& turn, const BackoffFlush&) {
    SchedulerState& s = world.scheduler;
    s.flush_scheduled = false;
    const std::vector<PodId> waiting = std::move(s.backoff);
    s.backoff.clear();
    for (const PodId id : waiting) {
        if (is_backing_off(world.pods[id].backoff_until, turn.now(), spec.kubernetes.truncates_backoff_expiry()))
            s.backoff.push_back(id);
        else
            push_active(spec, world, turn, id);
    }
    if (s.backoff.empty()) return;
    s.flush_scheduled = true;
    turn.after(one_second, BackoffFlush{});
}

void on(const Spec& spec, World& world, Turn& turn, const LeftoverFlush&) {
    SchedulerState& s = world.scheduler;
    s.leftovers_wake_at = sim::Time::never();
    const std::vector<PodId> pool = std::move(s.unschedulable);
    s.unschedulable.clear();
    for (const PodId id : pool) {
        if (turn.now() - world.pods[id].queued_since > leftover_age)
            requeue_woken(spec, world, turn, id);
        else
            s.unschedulable.push_back(id);
    }
    schedule_leftovers(world, turn);
}

}  // namespace eks
