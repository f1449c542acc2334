// A pod counts as one process here: which of its containers uses what, no scenario says. The memory of what is killed
// is free at once.
#include "models/systems/nodes/memory.hpp"

#include "models/systems/handlers.hpp"
#include "models/systems/nodes/eviction.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/signals.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

const UsagePoint* use_now(const Spec& spec, const Pod& pod, sim::Time now) {
    const UsageIx ix = spec[pod.pod_template].usage;
    if (!ix.valid() || !spec.usages[ix.value].states_memory) return nullptr;
    const std::vector<UsagePoint>& points = spec.usages[ix.value].points;
    const auto next = std::ranges::upper_bound(points, now - sim::Time::origin(), {}, &UsagePoint::at);
    return &*std::prev(next);
}

void kill(const Spec& spec, World& world, Turn& turn, PodId id) {
    Pod& pod = world.pods[id];
    pod.forced_end = ForcedEnd::out_of_memory;
    ++pod.epoch;
    turn.note(OutOfMemoryFact{pod.workload});
    container_out_of_memory(spec, world, turn, id);
    turn.at(relist_after(spec, world, pod.node, turn.now()), ContainerExitSeen{id, pod.epoch});
}

bool is_above_its_limits(const Spec& spec, const World& world, const Pod& pod, sim::Time now) {
    Bytes limit = 0;
    for (const ContainerSpec& c : spec[pod.pod_template].containers) {
        if (c.limits.memory_bytes == 0) return false;
        limit += c.limits.memory_bytes;
    }
    return pod_memory_used(spec, world, pod, now) > limit;
}

Bytes badness(const Spec& spec, const World& world, const Pod& pod, sim::Time now) {
    const Bytes capacity = spec[world.nodes[pod.node].shape].capacity.memory_bytes;
    const PodTemplate& t = spec[pod.pod_template];
    return oom_badness(pod_memory_used(spec, world, pod, now),
                       oom_score_adjustment(t.qos, t.requests.memory_bytes, capacity), capacity);
}

// Of all the node's pods, one after another until the rest has enough.
void kill_for_node(const Spec& spec, World& world, Turn& turn, NodeId node) {
    while (memory_available(spec, world, node, turn.now()) < 0) {
        PodId worst;
        for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
            const Pod& pod = world.pods[id];
            if (!is_alive(pod) || pod_memory_used(spec, world, pod, turn.now()) == 0) continue;
            if (!worst.valid() ||
                badness(spec, world, pod, turn.now()) > badness(spec, world, world.pods[worst], turn.now()))
                worst = id;
        }
        if (!worst.valid()) return;
        kill(spec, world, turn, worst);
    }
}

}  // namespace

Bytes pod_memory_used(const Spec& spec, const World& world, const Pod& pod, sim::Time now) {
    if (!is_alive(pod)) return 0;
    if (const Usage* usage = spec.usage_of(pod.workload); usage != nullptr && usage->follows_traffic)
        return pod.stage == PodStage::ready ? world.traffic.servers[usage->server].memory : 0;
    const UsagePoint* use = use_now(spec, pod, now);
    return use == nullptr ? 0 : use->memory_bytes;
}

Bytes memory_available(const Spec& spec, const World& world, NodeId node, sim::Time now) {
    Bytes available = spec[world.nodes[node].shape].capacity.memory_bytes - spec.system_memory_bytes;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node)
        available -= pod_memory_used(spec, world, world.pods[id], now);
    return available;
}

void kill_if_out_of_memory(const Spec& spec, World& world, Turn& turn, PodId id) {
    const Pod& pod = world.pods[id];
    if (pod_memory_used(spec, world, pod, turn.now()) == 0) return;
    if (is_above_its_limits(spec, world, pod, turn.now())) return kill(spec, world, turn, id);
    kill_for_node(spec, world, turn, pod.node);
}

namespace {

// What is done for one pod's node does for all the node's other pods: only their own limits are left to look at.
void look_at_pods(const Spec& spec, World& world, Turn& turn, const std::vector<PodId>& pods) {
    std::vector<bool> is_looked_at(world.nodes.capacity_slots());
    for (const PodId id : pods) {
        const Pod& pod = world.pods[id];
        if (!pod.node.valid() || !containers_run(pod)) continue;
        const NodeId node = pod.node;
        const bool uses_some = pod_memory_used(spec, world, pod, turn.now()) > 0;
        const bool is_above = uses_some && is_above_its_limits(spec, world, pod, turn.now());
        if (is_looked_at[node.slot] && !is_above) continue;
        kill_if_out_of_memory(spec, world, turn, id);
        watch_pressure(spec, world, turn, node);
        if (uses_some && !is_above) is_looked_at[node.slot] = true;
    }
}

template <class Takes>
std::vector<PodId> pods_of(const World& world, WorkloadIx workload, Takes takes) {
    std::vector<PodId> pods;
    for_each_pod(world, workload, [&](PodId id, const Pod& pod) {
        if (takes(pod)) pods.push_back(id);
    });
    return pods;
}

}  // namespace

void memory_use_changes(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    if (!spec.states_memory) return;
    look_at_pods(spec, world, turn, pods_of(world, workload, [](const Pod&) { return true; }));
}

void memory_use_begins(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    if (!spec.states_memory) return;
    // Of a pod that has been ready before its row does not say since when it is again: after a restart, or after its
    // node was not Ready for a while.
    const auto may_just_be_ready = [&](const Pod& pod) {
        if (pod.stage != PodStage::ready) return false;
        return pod.cause_since == turn.now() || pod.restarts > 0 ||
               world.nodes[pod.node].health.heard_since > pod.started;
    };
    look_at_pods(spec, world, turn, pods_of(world, workload, may_just_be_ready));
}

}  // namespace eks
