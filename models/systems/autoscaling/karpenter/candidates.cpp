#include "models/systems/autoscaling/karpenter/candidates.hpp"

#include "models/systems/autoscaling/karpenter/pool_budgets.hpp"

#include <algorithm>

namespace eks::karpenter {

namespace {

// Whether pods that are protected count: not where the claim's drain has a limit, which they do not outlast.
enum class Protected : std::uint8_t { count, do_not_count };

// KARP-41, but for its pods; nothing if it stays.
std::optional<RunCandidate> candidate_of(const Spec& spec, const World& world, const Moment& moment, NodeIx n,
                                         sim::Time now) {
    const NodeId id = moment.nodes[n];
    const PoolNode* node = world.karpenter.find(id);
    if (node == nullptr || !node->is_initialized() || node->is_disrupted || node->nominated_until > now)
        return std::nullopt;
    RunCandidate candidate;
    candidate.node = id;
    candidate.pool = node->pool;
    const NodeShape& shape = spec[world.nodes[id].shape];
    candidate.what.node = n;
    candidate.what.type = node->type;
    candidate.what.price = static_cast<double>(shape.price_per_hour_micro_usd) / static_cast<double>(micro_usd_per_usd);
    candidate.what.is_spot = shape.is_spot;
    return candidate;
}

struct PodsOfNodes {
    std::vector<std::vector<PodIx>> by_node;
    explicit PodsOfNodes(const Moment& moment) : by_node(moment.nodes.size()) {
        for (PodIx p = 0; p < moment.pods.size(); ++p) {
            if (moment.round->node_of_pod[p]) by_node[*moment.round->node_of_pod[p]].push_back(p);
        }
    }
};

// What is on the node; false if some of it keeps the node where it is.
bool add_pods(const Spec& spec, const World& world, const Moment& moment, const std::vector<PodIx>& pods, sim::Time now,
              Protected those_protected, Candidate& candidate) {
    candidate.cost = 1;
    for (const PodIx p : pods) {
        const Pod& pod = moment.round->pods[p];
        const eks::Pod& row = world.pods[moment.pods[p]];
        const bool is_active = pod.phase != PodPhase::ended && !pod.is_terminating;
        if (those_protected == Protected::count && is_active &&
            (blocks_disruption(pod, now.us()) ||
             (pod.owner != OwnerKind::daemon_set && is_kept_by_budget(spec, world, row))))
            return false;
        if (!is_reschedulable(pod)) continue;
        candidate.pods.push_back(p);
        candidate.cost += std::max(0.0, eviction_cost(pod));
    }
    return true;
}

template <class Takes>
std::vector<RunCandidate> candidates(const Spec& spec, const World& world, const Moment& moment, sim::Time now,
                                     Takes&& takes) {
    const PodsOfNodes pods(moment);
    std::vector<RunCandidate> found;
    for (NodeIx n = 0; n < moment.nodes.size(); ++n) {
        auto candidate = candidate_of(spec, world, moment, n, now);
        if (!candidate) continue;
        const std::optional<Protected> those_protected = takes(*world.karpenter.find(candidate->node));
        if (!those_protected) continue;
        if (add_pods(spec, world, moment, pods.by_node[n], now, *those_protected, candidate->what))
            found.push_back(std::move(*candidate));
    }
    return found;
}

// Older releases: what a node's pods are worth, times what is left of its life.
double disruption_cost(const Moment& moment, const PoolNode& node, const Candidate& candidate, sim::Time now) {
    double cost = 0;
    for (const PodIx p : candidate.pods) cost += eviction_cost(moment.round->pods[p]);
    if (node.expires == sim::Time::never()) return cost;
    const double whole = (node.expires - node.created).in_seconds();
    return cost * std::clamp((node.expires - now).in_seconds() / whole, 0.0, 1.0);
}

}  // namespace

sim::Time consolidatable_at(const Spec& spec, const PoolNode& node) {
    const sim::Duration after = spec.karpenter.pools[node.pool].consolidate_after;
    if (!node.is_initialized() || after == sim::Duration::max()) return sim::Time::never();
    const sim::Time since = node.last_pod_event == sim::Time::never() ? node.initialized : node.last_pod_event;
    return std::max(node.initialized, since + after);
}

std::vector<RunCandidate> consolidatable(const Spec& spec, const World& world, const Moment& moment, sim::Time now) {
    return candidates(spec, world, moment, now, [&](const PoolNode& node) -> std::optional<Protected> {
        if (consolidatable_at(spec, node) > now) return std::nullopt;
        return Protected::count;
    });
}

std::vector<RunCandidate> drifted(const Spec& spec, const World& world, const Moment& moment, sim::Time now) {
    std::vector<RunCandidate> found =
        candidates(spec, world, moment, now, [&](const PoolNode& node) -> std::optional<Protected> {
            if (node.drifted > now) return std::nullopt;
            return node.drain_limit == sim::Duration::max() ? Protected::count : Protected::do_not_count;
        });
    std::ranges::stable_sort(found, {}, [&](const RunCandidate& candidate) {
        return std::pair(!candidate.is_empty(), world.karpenter.find(candidate.node)->drifted);
    });
    return found;
}

void order_candidates(const Spec& spec, const World& world, const Moment& moment, sim::Time now,
                      std::vector<RunCandidate>& found) {
    constexpr std::int32_t by_savings_from = 14;  // GEN-1
    if (spec.karpenter.version_minor >= by_savings_from) {
        std::ranges::stable_sort(found, std::ranges::greater{},
                                 [](const RunCandidate& candidate) { return candidate.what.savings_ratio(); });
        return;
    }
    std::ranges::stable_sort(found, {}, [&](const RunCandidate& candidate) {
        return disruption_cost(moment, *world.karpenter.find(candidate.node), candidate.what, now);
    });
}

Allowed allowed_now(const Spec& spec, const World& world, sim::Time now) {
    constexpr std::int64_t us_per_second = 1'000'000;
    const std::int64_t unix_us = spec.start_unix_seconds * us_per_second + now.us();
    Allowed allowed(spec.karpenter.pools.size());
    std::vector<std::int64_t> nodes(allowed.size());
    std::vector<std::int64_t> disrupted(allowed.size());
    for (const PoolNode& node : world.karpenter.nodes) {
        if (!node.node.valid() || !node.is_initialized() || node.is_terminating) continue;
        ++nodes[node.pool];
        if (node.is_disrupted || world.nodes[node.node].state != NodeState::ready) ++disrupted[node.pool];
    }
    for (std::size_t pool = 0; pool < allowed.size(); ++pool) {
        for (std::size_t reason = 0; reason < disruption_reason_count; ++reason)
            allowed[pool][reason] =
                allowed_disruptions(spec.karpenter.pools[pool].budgets, static_cast<DisruptionReason>(reason),
                                    nodes[pool], disrupted[pool], unix_us);
    }
    return allowed;
}

std::vector<bool> unsettled_nodes(const Spec& spec, const World& world, const Moment& moment, sim::Time now) {
    std::vector<bool> unsettled(moment.nodes.size());
    constexpr std::int32_t since = 14;  // GEN-1
    if (spec.karpenter.version_minor < since) return unsettled;
    for (NodeIx n = 0; n < moment.nodes.size(); ++n) {
        const PoolNode* node = world.karpenter.find(moment.nodes[n]);
        if (node == nullptr || !node->is_initialized()) continue;
        const sim::Duration after = spec.karpenter.pools[node->pool].consolidate_after;
        unsettled[n] =
            after != sim::Duration::zero() && after != sim::Duration::max() && consolidatable_at(spec, *node) > now;
    }
    return unsettled;
}

std::vector<Candidate> plain(const std::vector<RunCandidate>& found) {
    std::vector<Candidate> candidates;
    for (const RunCandidate& candidate : found) candidates.push_back(candidate.what);
    return candidates;
}

}  // namespace eks::karpenter
