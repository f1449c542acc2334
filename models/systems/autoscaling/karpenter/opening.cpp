#include "models/systems/autoscaling/karpenter/opening.hpp"

#include "models/systems/autoscaling/karpenter/run.hpp"

#include <algorithm>
#include <limits>

namespace eks::karpenter {

namespace {

std::int64_t most_nodes(const eks::NodePool& pool) {
    const auto limit = std::ranges::find(pool.limits, "nodes", [](const auto& entry) { return entry.first; });
    return limit == pool.limits.end() ? std::numeric_limits<std::int64_t>::max() : limit->second;
}

std::vector<std::int64_t> nodes_by_pool(const Spec& spec, const World& world) {
    std::vector<std::int64_t> nodes(spec.karpenter.pools.size());
    for (const PoolNode& node : world.karpenter.nodes) {
        if (node.node.valid()) ++nodes[node.pool];
    }
    return nodes;
}

}  // namespace

std::vector<SettledClaim> settled_claims(const Spec& spec, World& world, Turn& turn, const std::vector<PodId>& pods) {
    std::vector<SettledClaim> settled;
    if (pods.empty() || !acts(spec, world)) return settled;
    const Moment moment = look_at_cluster_for(spec, world, turn.now(), pods);
    WhatIf what_if;
    what_if.pods = moment.waiting;
    what_if.is_gone.resize(moment.nodes.size());
    what_if.is_unsettled.resize(moment.nodes.size());
    const Solution solution = solve(*moment.round, what_if);
    std::vector<std::int64_t> nodes = nodes_by_pool(spec, world);
    for (const NewClaim& claim : solution.claims) {
        if (nodes[claim.pool] >= most_nodes(spec.karpenter.pools[claim.pool])) continue;
        SettledClaim& made = settled.emplace_back();
        made.claim.pool = claim.pool;
        made.claim.pods = static_cast<std::uint32_t>(claim.pods.size());
        made.claim.choices = launch_choices(spec, moment, claim);
        if (made.claim.choices.empty()) {
            settled.pop_back();
            continue;
        }
        made.claim.ordinal = world.karpenter.claims_made++;
        for (const PodIx pod : claim.pods) made.pods.push_back(moment.pods[pod]);
        ++nodes[claim.pool];
    }
    return settled;
}

}  // namespace eks::karpenter
