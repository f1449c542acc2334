// Looks come every ten seconds in a real kubelet; here only those are events at which something happens: the first one
// after a threshold is crossed, and those that follow until it is not any more. When logs will have filled the disk so
// far is known in closed form.
//
// Left out: evictions for want of inodes or process ids, of which no scenario says what pods use. A kubelet that starts
// again has its conditions from before, unless the control plane has missed it meanwhile.
#include "models/systems/nodes/eviction.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/nodes/disk.hpp"
#include "models/systems/nodes/eviction_rank.hpp"
#include "models/systems/nodes/eviction_signals.hpp"
#include "models/systems/nodes/image_collection.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/nodes/memory.hpp"
#include "models/systems/nodes/own_end.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <array>

namespace eks {

namespace {

constexpr sim::Duration look_period = sim::Duration::microseconds(10'000'000);            // KUBELET-61
constexpr sim::Duration collection_period = sim::Duration::microseconds(300'000'000);     // KUBELET-55
constexpr sim::Duration grace_of_hard_eviction = sim::Duration::microseconds(1'000'000);  // KUBELET-61

enum class Resource : std::uint8_t { memory, disk };
constexpr std::array<Resource, 2> all_resources{Resource::memory, Resource::disk};
constexpr Thresholds thresholds_of(Resource resource) {
    return resource == Resource::memory ? memory_thresholds : disk_thresholds;
}

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

// Of the disk: nothing if the kubelet reads nonsense (FR-12), or there is none to be read.
Bytes disk_capacity(const Spec& spec, const World& world, NodeId node) {
    if (is_struck(spec, world, FaultKind::disk_stats_corrupt, world.nodes[node])) return 0;
    return spec[world.nodes[node].shape].capacity.ephemeral_bytes;
}

// What the kubelet reads of a resource. No capacity: it reads nothing, and no threshold is met.
struct Reading {
    Bytes capacity = 0;
    Bytes available = 0;
};
Reading read(const Spec& spec, const World& world, NodeId node, Resource resource, sim::Time now) {
    if (resource == Resource::memory) {
        if (!spec.states_memory) return {};
        return {spec[world.nodes[node].shape].capacity.memory_bytes, memory_available(spec, world, node, now)};
    }
    const Bytes capacity = disk_capacity(spec, world, node);
    return capacity == 0 ? Reading{} : Reading{capacity, capacity - disk_used(spec, world, node, now)};
}

Thresholds met(const Spec& spec, const World& world, NodeId node, Resource resource, sim::Time now,
               Thresholds with_reclaim) {
    const Reading is = read(spec, world, node, resource, now);
    if (is.capacity == 0) return 0;
    return met_thresholds(spec[world.nodes[node].shape].kubelet, thresholds_of(resource), is.capacity, is.available,
                          with_reclaim);
}
Thresholds met(const Spec& spec, const World& world, NodeId node, Resource resource, sim::Time now) {
    return met(spec, world, node, resource, now, world.nodes[node].pressure.acting);
}

// From so much of the disk on, images are deleted.
Bytes collection_mark(const Spec& spec, const World& world, NodeId node) {
    const Bytes capacity = disk_capacity(spec, world, node);
    return capacity == 0 ? never_used : image_collection_mark(capacity, spec[world.nodes[node].shape].kubelet);
}

bool may_be_evicted(const Spec& spec, const Pod& pod) {
    const bool is_up = pod.holds_resources && pod.stage != PodStage::binding && pod.stage != PodStage::stopping;
    return is_up && !pod.terminating && spec[pod.pod_template].priority < critical_priority;
}

EvictionCandidate candidate(const Spec& spec, const World& world, const Pod& pod, Resource resource, sim::Time now) {
    const PodTemplate& t = spec[pod.pod_template];
    if (resource == Resource::memory)
        return {pod_memory_used(spec, world, pod, now), t.requests.memory_bytes, t.priority};
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

// Budgets are not asked (PDB-3). Whatever the grace, the call that stops a container takes up to two seconds.
void evict(const Spec& spec, World& world, Turn& turn, PodId id, EvictedFor why, sim::Duration grace) {
    const bool runs = begin_stopping(spec, world, turn, id, turn.now(), grace);
    Pod& pod = world.pods[id];
    pod.is_evicted = true;
    mark_disrupted(world, turn, id, Disruption::termination_by_kubelet);
    pod.failed = true;
    turn.note(PodEvictedFact{pod.node, pod.workload, why});
    pod.finished = turn.now();
    if (runs) pod.finished = relist_after(spec, world, pod.node, turn.now() + stop_duration(spec, turn, pod, grace));
    turn.at(pod.finished, ContainerExitSeen{id, pod.epoch});
}

// --- limits on what single pods write (KUBELET-62)

// Left out: limits of single containers, as no scenario says which of them writes what; the pod's limit is the sum of
// theirs.
sim::Time passes_limit_at(const Spec& spec, const World& world, const Pod& pod, sim::Time from) {
    const PodTemplate& t = spec[pod.pod_template];
    if (!containers_run(pod)) return sim::Time::never();
    const bool outgrows = std::ranges::any_of(
        t.empty_dirs, [](const EmptyDir& dir) { return dir.size_limit > 0 && dir.used > dir.size_limit; });
    if (outgrows) return from;
    if (t.local_storage_limit == 0) return sim::Time::never();
    return pod_disk_reaches(spec, world, pod, t.local_storage_limit + 1, from);
}

// The first instant from `from` on at which a pod of the node that may be evicted has written more than it may.
sim::Time passes_limit_at(const Spec& spec, const World& world, NodeId node, sim::Time from) {
    sim::Time first = sim::Time::never();
    if (!spec.pods_write) return first;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (may_be_evicted(spec, world.pods[id]))
            first = std::min(first, passes_limit_at(spec, world, world.pods[id], from));
    }
    return first;
}

// All of them at once. False: there are none.
bool evict_above_limits(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (passes_limit_at(spec, world, node, turn.now()) > turn.now()) return false;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        if (!may_be_evicted(spec, pod) || passes_limit_at(spec, world, pod, turn.now()) > turn.now()) continue;
        const PodTemplate& t = spec[pod.pod_template];
        const bool is_of_pod =
            t.local_storage_limit > 0 && pod_disk_used(spec, world, pod, turn.now()) > t.local_storage_limit;
        evict(spec, world, turn, id, is_of_pod ? EvictedFor::pod_limit : EvictedFor::empty_dir_limit,
              grace_of_hard_eviction);
    }
    return true;
}

// --- conditions and thresholds

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

// Soft thresholds have been met since the first look at which they were; those in `acting` are over their grace.
void observe(const KubeletSettings& kubelet, NodePressure& p, Thresholds observed, sim::Time now) {
    p.acting = observed & hard_thresholds;
    for (std::size_t i = 0; i < eviction_signal_count; ++i) {
        sim::Time& since = p.soft_since[i];
        if ((observed & soft_bit(i)) == 0)
            since = sim::Time::never();
        else if (since == sim::Time::never())
            since = now;
        if (since != sim::Time::never() && now - since >= kubelet.soft[i].grace) p.acting |= soft_bit(i);
    }
}

// Thresholds that are met no longer, with their minimum reclaim, count from anew when they are met again.
void forget_what_is_over(const Spec& spec, World& world, NodeId id, sim::Time now) {
    NodePressure& p = world.nodes[id].pressure;
    const bool remembers =
        p.acting != 0 || std::ranges::any_of(p.soft_since, [](sim::Time t) { return t != sim::Time::never(); });
    if (!remembers) return;
    Thresholds observed = 0;
    for (const Resource resource : all_resources) observed |= met(spec, world, id, resource, now);
    p.acting &= observed;
    for (std::size_t i = 0; i < eviction_signal_count; ++i) {
        if ((observed & soft_bit(i)) == 0) p.soft_since[i] = sim::Time::never();
    }
}

// KUBELET-61: a pod has its own grace, or the most that the kubelet allows, where only a soft threshold is behind it.
sim::Duration grace_of(const Spec& spec, const World& world, const Pod& pod, Resource resource) {
    const Node& node = world.nodes[pod.node];
    if ((node.pressure.acting & thresholds_of(resource) & hard_thresholds) != 0) return grace_of_hard_eviction;
    return std::min(spec[pod.pod_template].termination_grace, spec[node.shape].kubelet.soft_grace_most);
}

// KUBELET-61, KUBELET-62: one pod a cycle at most, and none while the last one is being cleared away.
void look(const Spec& spec, World& world, Turn& turn, NodeId id) {
    if (is_clearing_away(world, id)) return;
    NodePressure& p = world.nodes[id].pressure;
    Thresholds observed = 0;
    for (const Resource each : all_resources) {
        const Thresholds now = met(spec, world, id, each, turn.now());
        follow(spec, world, turn, id, each, now != 0);
        observed |= now;
    }
    observe(spec[world.nodes[id].shape].kubelet, p, observed, turn.now());
    // Conditions are set by then; a pod above its own limit ends the cycle (eviction_manager.go, synchronize).
    if (evict_above_limits(spec, world, turn, id) || p.acting == 0) return;
    const Resource resource = (p.acting & memory_thresholds) != 0 ? Resource::memory : Resource::disk;
    if (resource == Resource::disk) {
        delete_images(spec, world, turn, id, never_used);
        if (met(spec, world, id, resource, turn.now(), disk_thresholds) == 0) return;
    }
    const PodId pod = first_to_go(spec, world, id, resource, turn.now());
    if (!pod.valid()) return;
    evict(spec, world, turn, pod, resource == Resource::memory ? EvictedFor::memory : EvictedFor::disk,
          grace_of(spec, world, world.pods[pod], resource));
}

void collect_images(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const NodeShape& shape = spec[world.nodes[id].shape];
    const Bytes capacity = shape.capacity.ephemeral_bytes;
    const Bytes used = disk_used(spec, world, id, turn.now());
    if (used < collection_mark(spec, world, id)) return;
    const Bytes available = std::max<Bytes>(capacity - used, 0);
    delete_images(spec, world, turn, id, capacity * (100 - shape.kubelet.image_gc_low_percent) / 100 - available);
}

// When a look would find more than the last one did: a threshold is met, or its grace is over.
sim::Time finds_more_at(const Spec& spec, const World& world, NodeId id, Resource resource, sim::Time from) {
    const NodePressure& p = world.nodes[id].pressure;
    const KubeletSettings& kubelet = spec[world.nodes[id].shape].kubelet;
    const Reading is = read(spec, world, id, resource, from);
    sim::Time first = sim::Time::never();
    if (is.capacity == 0) return first;
    for_each_bound(kubelet, thresholds_of(resource), is.capacity, p.acting, [&](const Bound& bound) {
        sim::Time at = sim::Time::never();
        if (is.available >= bound.least) {
            // Memory changes by steps, each of which is seen.
            if (resource == Resource::disk) at = disk_reaches(spec, world, id, is.capacity - bound.least + 1, from);
        } else {
            at = from;
            for (std::size_t i = 0; i < eviction_signal_count; ++i) {
                if (bound.bit == soft_bit(i) && p.soft_since[i] != sim::Time::never())
                    at = std::max(from, p.soft_since[i] + kubelet.soft[i].grace);
            }
        }
        first = std::min(first, at);
    });
    return first;
}

// When the kubelet does something next about its memory or disk, from this instant on; never: nothing is in sight.
sim::Time next_look(const Spec& spec, World& world, Turn& turn, NodeId id, sim::Time from) {
    const Node& node = world.nodes[id];
    const NodePressure& p = node.pressure;
    const sim::Duration transition = spec[node.shape].kubelet.pressure_transition;
    sim::Time next = look_at_or_after(node, passes_limit_at(spec, world, id, from));
    for (const Resource resource : all_resources) {
        const bool has_condition = resource == Resource::memory ? p.memory : p.disk;
        const sim::Time seen = resource == Resource::memory ? p.memory_seen : p.disk_seen;
        if (has_condition && met(spec, world, id, resource, from) == 0)
            next = std::min(next, look_at_or_after(node, std::max(from, seen + transition)));
        if (!has_condition || first_to_go(spec, world, id, resource, from).valid())
            next = std::min(next, look_at_or_after(node, finds_more_at(spec, world, id, resource, from)));
    }
    const sim::Time collection =
        collection_at_or_after(spec, turn, node, disk_reaches(spec, world, id, collection_mark(spec, world, id), from));
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
    const auto is_short = [&](Resource resource) { return met(spec, world, id, resource, turn.now()) != 0; };
    node.pressure.memory_short = node.pressure.memory_short && is_short(Resource::memory);
    node.pressure.disk_short = node.pressure.disk_short && is_short(Resource::disk);
    forget_what_is_over(spec, world, id, turn.now());
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
    forget_what_is_over(spec, world, event.node, turn.now());
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

bool refuses_under_pressure(const Spec& spec, const World& world, Turn& turn, const Pod& pod) {
    const PodTemplate& t = spec[pod.pod_template];
    const NodePressure& p = world.nodes[pod.node].pressure;
    if (!world.nodes[pod.node].health.acts()) return false;
    if (t.priority >= critical_priority) return false;
    // In 2018 nothing tolerated the pressure of memory.
    const bool bears_memory_pressure =
        t.qos != QualityOfService::best_effort ||
        (spec.kubernetes.has_leases_and_taints_by_condition() &&
         (t.tolerated_condition_taints & no_schedule(ConditionTaint::memory_pressure)) != 0);
    if (!p.disk && (!p.memory || bears_memory_pressure)) return false;
    turn.note(PodEvictedFact{pod.node, pod.workload, p.disk ? EvictedFor::disk : EvictedFor::memory});
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
