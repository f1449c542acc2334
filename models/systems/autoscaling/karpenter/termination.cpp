// How a node of a pool goes (KARP-63): it is tainted, its pods are evicted in waves, and when all are gone its instance
// is terminated. What tolerates the taint is left where it is.
//
// Left out: the wait for volumes to be detached.
#include "models/spec/tolerations.hpp"
#include "models/systems/autoscaling/karpenter/consolidate.hpp"
#include "models/systems/autoscaling/karpenter/run.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/world/pod_sums.hpp"

#include <algorithm>

namespace eks {

namespace karpenter {

namespace {

constexpr sim::Duration shortest_drain = sim::Duration::microseconds(5'000'000);
constexpr sim::Duration first_retry = sim::Duration::microseconds(100'000);
constexpr sim::Duration longest_retry = sim::Duration::microseconds(10'000'000);
// Pods that have not gone so long after their grace are waited for no longer.
constexpr sim::Duration stuck_after = sim::Duration::microseconds(60'000'000);
constexpr std::int32_t critical_priority = 2'000'000'000;  // system-cluster-critical
constexpr int waves = 4;

bool is_drained_of(const Spec& spec, const eks::Pod& pod) {
    constexpr ConditionTaints taint = no_schedule(ConditionTaint::disrupted);
    const PodTemplate& t = spec[pod.pod_template];
    return (t.tolerated_condition_taints & taint) == 0 && pod.stage != PodStage::finished &&
           pod.stage != PodStage::lost;
}

int wave_of(const Spec& spec, const eks::Pod& pod) {
    const bool is_critical = spec[pod.pod_template].priority >= critical_priority;
    const bool is_daemon = spec[pod.workload].kind == WorkloadKind::daemon_set;
    return (is_critical ? 2 : 0) + (is_daemon ? 1 : 0);
}

// What the pod itself says (KARP-41).
bool keeps_node(const Spec& spec, const eks::Pod& pod, sim::Time now) {
    const sim::Duration lasts = spec[pod.pod_template].keeps_node_for;
    if (lasts == sim::Duration::zero()) return false;
    return lasts == sim::Duration::max() || pod.started == sim::Time::origin() || now < pod.started + lasts;
}

// The instant from which on the pod is deleted whatever protects it, so that it has its grace before the node's limit.
sim::Time deleted_at_the_latest(const Spec& spec, const PoolNode& node, const eks::Pod& pod) {
    if (node.drain_limit == sim::Duration::max()) return sim::Time::never();
    const sim::Duration grace = spec[pod.pod_template].termination_grace;
    return grace < node.drain_limit ? node.deleted + (node.drain_limit - grace) : node.deleted;
}

struct Drain {
    bool is_done = true;
    bool was_refused = false;
    sim::Time again = sim::Time::never();
};

Drain evict_next_wave(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const PoolNode node = *world.karpenter.find(id);
    const sim::Time now = turn.now();
    const sim::Time seen = now + spec.latencies.api_write + spec.latencies.watch_delivery;
    int wave = waves;
    for (PodId p = world.nodes[id].first_pod; p.valid(); p = world.pods[p].next_on_node) {
        if (is_drained_of(spec, world.pods[p])) wave = std::min(wave, wave_of(spec, world.pods[p]));
    }
    Drain drain;
    if (wave == waves) return drain;
    drain.is_done = node.drain_limit != sim::Duration::max() && node.deleted + node.drain_limit + stuck_after <= now;
    for (PodId p = world.nodes[id].first_pod; p.valid(); p = world.pods[p].next_on_node) {
        const eks::Pod& pod = world.pods[p];
        if (!is_drained_of(spec, pod) || pod.terminating) continue;
        const sim::Time latest = deleted_at_the_latest(spec, node, pod);
        if (latest <= now) {
            request_delete(world, turn, p, seen);
            continue;
        }
        drain.again = std::min(drain.again, latest);
        if (wave_of(spec, pod) != wave) continue;
        if (keeps_node(spec, pod, now) || !is_evicted(evict(spec, world, turn, p, seen))) drain.was_refused = true;
    }
    return drain;
}

sim::Duration retry_after(std::uint8_t refusals) {
    sim::Duration pause = first_retry;
    for (int i = 1; i < refusals && pause < longest_retry; ++i) pause = pause * 2;
    return std::min(pause, longest_retry);
}

}  // namespace

void drain_at(World& world, Turn& turn, NodeId id, sim::Time at) {
    PoolNode* node = world.karpenter.find(id);
    if (node->drain_due <= at) return;
    node->drain_due = at;
    turn.at(at, NodeClaimDrain{id});
}

void set_disrupted(const Spec& spec, World& world, Turn& turn, NodeId id, bool is_disrupted) {
    PoolNode* node = world.karpenter.find(id);
    if (node->is_disrupted == is_disrupted) return;
    node->is_disrupted = is_disrupted;
    constexpr ConditionTaints taint = no_schedule(ConditionTaint::disrupted);
    ConditionTaints& taints = world.nodes[id].condition_taints;
    taints = is_disrupted ? taints | taint : taints & ~taint;
    node_taints_changed(world, id);
    if (!is_disrupted) wake_pool(spec, world, turn, ClusterChange::taint_lifted, id);
}

void delete_claim(const Spec& spec, World& world, Turn& turn, NodeId id) {
    PoolNode* node = world.karpenter.find(id);
    if (node->is_deleted()) return;
    node->deleted = turn.now();
    set_disrupted(spec, world, turn, id, true);
    std::erase(world.karpenter.coming, id);
    drain_at(world, turn, id, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
    // Its pods need other nodes (KARP-4).
    trigger_round(spec, world, turn, Trigger::new_object);
}

}  // namespace karpenter

void on(const Spec& spec, World& world, Turn& turn, const NodeClaimDrain& event) {
    PoolNode* node = world.karpenter.find(event.node);
    if (node == nullptr || node->drain_due != turn.now()) return;
    node->drain_due = sim::Time::never();
    if (node->is_terminating || !world.nodes[event.node].has_instance()) return;
    const bool has_object = world.nodes[event.node].state != NodeState::launching;
    if (has_object) {
        const karpenter::Drain drain = karpenter::evict_next_wave(spec, world, turn, event.node);
        if (!drain.is_done) {
            constexpr std::uint8_t most_counted = 100;
            node->refusals =
                static_cast<std::uint8_t>(drain.was_refused ? std::min(node->refusals + 1, +most_counted) : 0);
            const sim::Time retry =
                drain.was_refused ? turn.now() + karpenter::retry_after(node->refusals) : sim::Time::never();
            const sim::Time again = std::min(retry, drain.again);
            if (again != sim::Time::never()) karpenter::drain_at(world, turn, event.node, again);
            return;
        }
        const sim::Time earliest = node->deleted + karpenter::shortest_drain;
        if (turn.now() < earliest) return karpenter::drain_at(world, turn, event.node, earliest);
    }
    node->is_terminating = true;
    terminate_instance(spec, world, turn, event.node);
}

}  // namespace eks
