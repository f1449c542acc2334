#include "models/report/decisions/karpenter_consolidate.hpp"

#include "models/report/decisions/controller_objects.hpp"
#include "models/report/decisions/karpenter_objects.hpp"
#include "models/systems/autoscaling/karpenter/cluster_node.hpp"
#include "models/systems/autoscaling/karpenter/consolidate.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace eks::decisions {

namespace {

namespace kp = eks::karpenter;

// Null where the replacement may be of any.
Json capacity_types_of(const kp::Round& round, const kp::NewClaim& claim) {
    const kp::Requirement* requirement = claim.requirements.find(round.types.capacity_type_key());
    if (requirement == nullptr || requirement->is_complement) return {};
    std::set<std::string> names;
    requirement->values.for_each(
        [&](kp::ValueIx value) { names.insert(round.words.text(round.types.capacity_type_key(), value)); });
    return names;
}

Json shown(const kp::Round& round, const kp::Consolidation& decision) {
    if (decision.action == kp::ConsolidationAction::none) return {{"action", "none"}};
    std::set<std::string> nodes;
    for (const kp::NodeIx node : decision.nodes) nodes.insert(kp::name_of(round.cluster.nodes[node]));
    if (decision.action == kp::ConsolidationAction::remove) return {{"action", "delete"}, {"nodes", nodes}};
    std::set<std::string> types;
    for (const kp::TypeIx type : decision.replacement.types) types.insert(round.cluster.types[type].name);
    return {{"action", "replace"},
            {"nodes", nodes},
            {"replacement",
             {{"node_pool", round.cluster.pools[decision.replacement.pool].name},
              {"instance_types", types},
              {"capacity_types", capacity_types_of(round, decision.replacement)}}}};
}

}  // namespace

Json karpenter_consolidate_call(const Json& a) {
    refuse_others(a, {"pods", "node_pools", "instance_types", "nodes", "bound_pods", "daemon_pods", "preference_policy",
                      "min_values_policy", "now", "spot_to_spot"});
    kp::Cluster cluster = karpenter_cluster_of(a);
    cluster.settings.spot_to_spot = optional_or(a, "spot_to_spot", false);
    const auto now_us = instant_at(a, {"now"});
    if (!now_us)
        throw WrongArguments{Rule::missing_field, "the argument now is missing", "such as 2026-11-02T08:00:00Z"};

    const kp::Round round(cluster);
    const kp::Consolidator consolidator(round, *now_us);
    std::vector<std::string> candidates;
    Json single = Json::object();
    for (std::size_t i = 0; i < consolidator.candidates().size(); ++i) {
        candidates.push_back(kp::name_of(cluster.nodes[consolidator.candidates()[i].node]));
        single[candidates.back()] = shown(round, consolidator.single(i));
    }
    std::set<std::string> others;
    for (const kp::ClusterNode& node : cluster.nodes) {
        if (std::ranges::find(candidates, kp::name_of(node)) == candidates.end()) others.insert(kp::name_of(node));
    }
    return {{"candidates", candidates},
            {"not_candidates", others},
            {"single", single},
            {"multi", shown(round, consolidator.multi())}};
}

}  // namespace eks::decisions
