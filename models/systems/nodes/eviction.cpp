// Looks come every ten seconds in a real kubelet; here only those are events at which something happens: the first one
// after a threshold is crossed, and those that follow until it is not any more. When logs will have filled the disk so
// far is known in closed form.
//
// Left out: limits on local storage of single pods, evictions for want of inodes or process ids, soft thresholds, and
// the kernel's own choice when memory runs out between two looks. A kubelet that starts again has its conditions from
// before, unless the control plane has missed it meanwhile. Pods of DaemonSets are not evicted or refused: what
// their controller makes of failed pods is not modelled.
#include "models/systems/nodes/eviction.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/nodes/disk.hpp"
#include "models/systems/nodes/eviction_rank.hpp"
#include "models/systems/nodes/image_collection.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/nodes/own_end.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr sim::Duration look_period = sim::Duration::microseconds(10'000'000);         // KUBELET-61
constexpr sim::Duration collection_period = sim::Duration::microseconds(300'000'000);  // KUBELET-55

enum class Resource : std::uint8_t { memory, disk };

sim::Time look_at_or_after(const Node& node, sim::Time at) {
    return at == sim::Time::never() ? at : sim::next_tick(at, node.kubelet_phase, look_period);
}

// The collector begins with the kubelet, at some time of its own in these five minutes.
sim::Time collection_at_or_after(const Spec& spec, Turn& turn, const Node& node, sim::Time at) {
    if (at == sim::Time::never()) return at;
    const double share = sim::draw_unit(
        turn.key(), {stream::image_collection, spec[spec[node.shape].group].stable_key, node.ordinal, 0});
    const auto phase =
        sim::Duration::microseconds(static_cast<std::int64_t>(share * static_cast<double>(collection_period.us())));
    return sim::next_tick(at, phase, collection_period);
}

const UsagePoint* use_now(const Spec& spec, const Pod& pod, sim::Time now) {
    const UsageIx ix = spec[pod.pod_template].usage;
    if (!ix.valid() || !spec.usages[ix.value].states_memory) return nullptr;
    const std::vector<UsagePoint>& points = spec.usages[ix.value].points;
    const auto next = std::ranges::upper_bound(points, now - sim::Time::origin(), {}, &UsagePoint::at);
    return &*std::prev(next);
}

Bytes memory_of(const Spec& spec, const Pod& pod, sim::Time now) {
    if (!containers_run(pod)) return 0;
    const UsagePoint* use = use_now(spec, pod, now);
    return use == nullptr ? 0 : use->memory_bytes;
}

bool is_short_of_memory(const Spec& spec, const World& world, NodeId node, sim::Time now) {
    if (!spec.states_memory) return false;
    const NodeShape& shape = spec[world.nodes[node].shape];
    Bytes used = spec.system_memory_bytes;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node)
        used += memory_of(spec, world.pods[id], now);
    return shape.capacity.memory_bytes - used < shape.kubelet.memory_available.of(shape.capacity.memory_bytes);
}

// What the kubelet reads of its disk; nothing if it reads nonsense (FR-12), or there is none to be read.
struct DiskMarks {
    Bytes collects = never_used;
    Bytes evicts = never_used;
};
DiskMarks marks_of(const Spec& spec, const World& world, NodeId node) {
    const NodeShape& shape = spec[world.nodes[node].shape];
    const Bytes capacity = shape.capacity.ephemeral_bytes;
    if (capacity == 0 || is_struck(spec, world, FaultKind::disk_stats_corrupt, world.nodes[node])) return {};
    return {image_collection_mark(capacity, shape.kubelet), eviction_mark(capacity, shape.kubelet)};
}

bool is_short_of_disk(const Spec& spec, const World& world, NodeId node, sim::Time now) {
    const Bytes mark = marks_of(spec, world, node).evicts;
    return mark != never_used && disk_used(spec, world, node, now) >= mark;
}

bool may_be_evicted(const Spec& spec, const Pod& pod) {
    const bool is_up = pod.holds_resources && pod.stage != PodStage::binding && pod.stage != PodStage::stopping;
    return is_up && !pod.terminating && spec[pod.pod_template].priority < critical_priority &&
           spec[pod.workload].kind != WorkloadKind::daemon_set;
}

EvictionCandidate candidate(const Spec& spec, const World& world, const Pod& pod, Resource resource, sim::Time now) {
    const PodTemplate& t = spec[pod.pod_template];
    if (resource == Resource::memory) return {memory_of(spec, pod, now), t.requests.memory_bytes, t.priority};
    return {pod_disk_used(spec, world, pod, now), t.requests.ephemeral_bytes, t.priority};
}

PodId first_to_go(const Spec& spec, const World& world, NodeId node, Resource resource, sim::Time now) {
    PodId first;
    EvictionCandidate best;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        if (!may_be_evicted(spec, pod)) continue;
        const EvictionCandidate other = candidate(spec, world, pod, resource, now);
        if (first.valid() && !goes_before(other, best)) continue;
        first = id;
        best = other;
    }
    return first;
}

bool is_clearing_away(const World& world, NodeId node) {
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (world.pods[id].is_evicted && world.pods[id].stage == PodStage::stopping) return true;
    }
    return false;
}

// Budgets are not asked (PDB-3). KUBELET-61: whatever grace the pod has, it is a second, though the call that stops a
// container takes up to two.
void evict_for(const Spec& spec, World& world, Turn& turn, PodId id, Resource resource) {
    const bool runs = begin_stopping(spec, world, turn, id);
    Pod& pod = world.pods[id];
    pod.is_evicted = true;
    pod.disrupted = true;
    pod.failed = true;
    turn.note(PodEvictedFact{pod.node, pod.workload, resource == Resource::disk});
    pod.finished = turn.now();
    if (runs)
        pod.finished =
            relist_after(spec, world, pod.node, turn.now() + stop_duration(spec, turn, pod, sim::Duration::seconds(1)));
    turn.at(pod.finished, ContainerExitSeen{id, pod.epoch});
}

// NODE-3: the taint follows the condition at once. In 2018 there is none, and the scheduler reads the condition.
void set_condition(const Spec& spec, World& world, Turn& turn, NodeId id, Resource resource, bool value) {
    Node& node = world.nodes[id];
    const bool is_disk = resource == Resource::disk;
    bool& condition = is_disk ? node.pressure.disk : node.pressure.memory;
    if (condition == value) return;
    condition = value;
    if (spec.kubernetes.has_leases_and_taints_by_condition()) {
        const ConditionTaints taint =
            no_schedule(is_disk ? ConditionTaint::disk_pressure : ConditionTaint::memory_pressure);
        node.condition_taints = value ? node.condition_taints | taint : node.condition_taints & ~taint;
    }
    node_taints_changed(world, id);
    turn.note(NodePressureFact{id, is_disk, value ? 1 : -1});
}

// KUBELET-63: true while the threshold was met within the transition period.
void follow(const Spec& spec, World& world, Turn& turn, NodeId id, Resource resource, bool is_short) {
    NodePressure& p = world.nodes[id].pressure;
    const sim::Duration transition = spec[world.nodes[id].shape].kubelet.pressure_transition;
    bool& was_short = resource == Resource::memory ? p.memory_short : p.disk_short;
    sim::Time& seen = resource == Resource::memory ? p.memory_seen : p.disk_seen;
    const bool has_condition = resource == Resource::memory ? p.memory : p.disk;
    if (is_short || was_short) seen = turn.now();
    was_short = is_short;
    if (is_short) {
        set_condition(spec, world, turn, id, resource, true);
    } else if (has_condition && turn.now() >= seen + transition) {
        set_condition(spec, world, turn, id, resource, false);
        wake_pool(spec, world, turn, ClusterChange::taint_lifted, id);
        daemons_may_run(spec, world, turn, id);
    }
}

// KUBELET-61, KUBELET-62: one pod a cycle at most, and none while the last one is being cleared away.
void look(const Spec& spec, World& world, Turn& turn, NodeId id) {
    if (is_clearing_away(world, id)) return;
    const bool no_memory = is_short_of_memory(spec, world, id, turn.now());
    const bool no_disk = is_short_of_disk(spec, world, id, turn.now());
    follow(spec, world, turn, id, Resource::memory, no_memory);
    follow(spec, world, turn, id, Resource::disk, no_disk);
    const Resource resource = no_memory ? Resource::memory : Resource::disk;
    if (!no_memory) {
        if (!no_disk) return;
        delete_images(spec, world, turn, id, never_used);
        if (!is_short_of_disk(spec, world, id, turn.now())) return;
    }
    const PodId pod = first_to_go(spec, world, id, resource, turn.now());
    if (pod.valid()) evict_for(spec, world, turn, pod, resource);
}

void collect_images(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const NodeShape& shape = spec[world.nodes[id].shape];
    const Bytes capacity = shape.capacity.ephemeral_bytes;
    const Bytes used = disk_used(spec, world, id, turn.now());
    if (used < marks_of(spec, world, id).collects) return;
    const Bytes available = std::max<Bytes>(capacity - used, 0);
    delete_images(spec, world, turn, id, capacity * (100 - shape.kubelet.image_gc_low_percent) / 100 - available);
}

// When the kubelet does something next about its memory or disk, from this instant on; never: nothing is in sight.
sim::Time next_look(const Spec& spec, World& world, Turn& turn, NodeId id, sim::Time from) {
    const Node& node = world.nodes[id];
    const NodePressure& p = node.pressure;
    const sim::Duration transition = spec[node.shape].kubelet.pressure_transition;
    sim::Time next = sim::Time::never();
    const auto watch = [&](Resource resource, sim::Time crossing, bool is_short) {
        const bool has_condition = resource == Resource::memory ? p.memory : p.disk;
        const sim::Time seen = resource == Resource::memory ? p.memory_seen : p.disk_seen;
        const bool can_act = !has_condition || first_to_go(spec, world, id, resource, from).valid();
        if (!is_short && has_condition)
            next = std::min(next, look_at_or_after(node, std::max(from, seen + transition)));
        if (can_act) next = std::min(next, look_at_or_after(node, crossing));
    };
    const bool no_memory = is_short_of_memory(spec, world, id, from);
    watch(Resource::memory, no_memory ? from : sim::Time::never(), no_memory);
    const DiskMarks marks = marks_of(spec, world, id);
    const sim::Time crossing = disk_reaches(spec, world, id, marks.evicts, from);
    watch(Resource::disk, crossing, crossing == from);
    const sim::Time collection =
        collection_at_or_after(spec, turn, node, disk_reaches(spec, world, id, marks.collects, from));
    if (collection != sim::Time::never() && has_image_to_delete(spec, world, id, collection))
        next = std::min(next, collection);
    return next;
}

void schedule_look(World& world, Turn& turn, NodeId id, sim::Time at) {
    NodePressure& p = world.nodes[id].pressure;
    if (p.looks_at == at) return;
    p.looks_at = at;
    if (at != sim::Time::never()) turn.at(at, PressureLook{id});
}

}  // namespace

void watch_pressure(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (!node.has_instance() || !node.health.acts() || node.pressure.rechecks) return;
    // It was short of it up to now, if it was at the last look.
    if (node.pressure.memory_short) node.pressure.memory_seen = turn.now();
    if (node.pressure.disk_short) node.pressure.disk_seen = turn.now();
    node.pressure.memory_short = node.pressure.memory_short && is_short_of_memory(spec, world, id, turn.now());
    node.pressure.disk_short = node.pressure.disk_short && is_short_of_disk(spec, world, id, turn.now());
    schedule_look(world, turn, id, next_look(spec, world, turn, id, turn.now()));
}

void on(const Spec& spec, World& world, Turn& turn, const PressureLook& event) {
    Node* node = world.nodes.find(event.node);
    if (node == nullptr || !node->has_instance() || node->pressure.looks_at != turn.now()) return;
    const bool rechecks = node->pressure.rechecks;
    node->pressure.looks_at = sim::Time::never();
    node->pressure.rechecks = false;
    if (!node->health.acts()) return;  // it looks again when it acts again
    if (collection_at_or_after(spec, turn, *node, turn.now()) == turn.now())
        collect_images(spec, world, turn, event.node);
    if (rechecks || look_at_or_after(*node, turn.now()) == turn.now()) look(spec, world, turn, event.node);
    schedule_look(world, turn, event.node,
                  next_look(spec, world, turn, event.node, turn.now() + sim::Duration::microseconds(1)));
}

void pod_use_changes(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Pod& pod = world.pods[id];
    const PodTemplate& t = spec[pod.pod_template];
    const bool counts =
        t.log_bytes_per_second > 0 || t.disk_bytes > 0 || (t.usage.valid() && spec.usages[t.usage.value].states_memory);
    // A pod that goes may also free an image, which matters to a node that is short of room.
    if (counts || world.nodes[pod.node].pressure.looks_at != sim::Time::never() || world.nodes[pod.node].pressure.disk)
        watch_pressure(spec, world, turn, pod.node);
}

void kill_if_out_of_memory(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    if (!containers_run(pod) || pod.is_out_of_memory) return;
    const PodTemplate& t = spec[pod.pod_template];
    Bytes limit = 0;
    for (const ContainerSpec& c : t.containers) {
        if (c.limits.memory_bytes == 0) return;
        limit += c.limits.memory_bytes;
    }
    if (memory_of(spec, pod, turn.now()) <= limit) return;
    pod.is_out_of_memory = true;
    ++pod.epoch;
    turn.note(OutOfMemoryFact{pod.workload});
    turn.at(relist_after(spec, world, pod.node, turn.now()), ContainerExitSeen{id, pod.epoch});
}

void memory_use_changes(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    if (!spec.states_memory) return;
    std::vector<PodId> pods;
    for (PodId id = world[workload].first_pod; id.valid(); id = world.pods[id].next_of_owner) pods.push_back(id);
    for (JobId job = world[workload].first_job; job.valid(); job = world.jobs[job].next_of_workload) {
        for (PodId id = world.jobs[job].first_pod; id.valid(); id = world.pods[id].next_of_owner) pods.push_back(id);
    }
    for (const PodId id : pods) {
        if (!world.pods[id].node.valid() || !containers_run(world.pods[id])) continue;
        kill_if_out_of_memory(spec, world, turn, id);
        watch_pressure(spec, world, turn, world.pods[id].node);
    }
}

bool refuses_under_pressure(const Spec& spec, const World& world, Turn& turn, const Pod& pod) {
    const PodTemplate& t = spec[pod.pod_template];
    const NodePressure& p = world.nodes[pod.node].pressure;
    if (!world.nodes[pod.node].health.acts()) return false;
    if (spec[pod.workload].kind == WorkloadKind::daemon_set || t.priority >= critical_priority) return false;
    // In 2018 nothing tolerated the pressure of memory.
    const bool bears_memory_pressure =
        t.qos != QualityOfService::best_effort ||
        (spec.kubernetes.has_leases_and_taints_by_condition() &&
         (t.tolerated_condition_taints & no_schedule(ConditionTaint::memory_pressure)) != 0);
    if (!p.disk && (!p.memory || bears_memory_pressure)) return false;
    turn.note(PodEvictedFact{pod.node, pod.workload, p.disk});
    return true;
}

// The eviction manager polls each second for the end of the clean-up and then looks again at once (KUBELET-61).
void evicted_pod_is_gone(World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (!node.has_instance()) return;
    node.pressure.rechecks = true;
    schedule_look(world, turn, id,
                  sim::next_tick_after(turn.now(), node.kubelet_phase, sim::Duration::microseconds(1'000'000)));
}

void end_pressure(const Spec& spec, World& world, Turn& turn, NodeId id) {
    set_condition(spec, world, turn, id, Resource::memory, false);
    set_condition(spec, world, turn, id, Resource::disk, false);
    world.nodes[id].pressure = {};
}

void disk_statistics_change(const Spec& spec, World& world, Turn& turn, const Fault& fault) {
    std::vector<NodeId> struck;
    for (const auto& [id, node] : world.nodes) {
        if (strikes(spec, fault, node)) struck.push_back(id);
    }
    for (const NodeId id : struck) watch_pressure(spec, world, turn, id);
}

}  // namespace eks
