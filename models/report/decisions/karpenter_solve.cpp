#include "models/report/decisions/karpenter_solve.hpp"

#include "models/report/decisions/karpenter_objects.hpp"
#include "models/systems/autoscaling/karpenter/cluster_node.hpp"
#include "models/systems/autoscaling/karpenter/solve.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace eks::decisions {

namespace {

namespace kp = eks::karpenter;

constexpr std::pair<kp::Refusal, const char*> refusal_names[] = {{kp::Refusal::no_node_pool, "no_node_pool"},
                                                                 {kp::Refusal::limits, "limits"},
                                                                 {kp::Refusal::taint, "taint"},
                                                                 {kp::Refusal::requirements, "requirements"},
                                                                 {kp::Refusal::topology, "topology"},
                                                                 {kp::Refusal::host_ports, "host_ports"},
                                                                 {kp::Refusal::min_values, "min_values"},
                                                                 {kp::Refusal::instance_types, "instance_types"}};

std::vector<std::string> names_of_refusals(kp::Refusals refusals) {
    std::vector<std::string> names;
    for (const auto& [refusal, name] : refusal_names) {
        if ((refusals & kp::bit(refusal)) != 0) names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

std::vector<std::string> pod_names(const kp::Cluster& cluster, const std::vector<kp::PodIx>& pods) {
    std::vector<std::string> names;
    for (const kp::PodIx pod : pods) names.push_back(cluster.pods[pod].name);
    std::ranges::sort(names);
    return names;
}

// Null where the claim does not say which.
Json values_of(const kp::Round& round, const kp::NewClaim& claim, kp::KeyIx key) {
    const kp::Requirement* requirement = claim.requirements.find(key);
    if (requirement == nullptr || requirement->is_complement) return {};
    std::vector<std::string> values;
    requirement->values.for_each([&](kp::ValueIx value) { values.push_back(round.words.text(key, value)); });
    std::ranges::sort(values);
    return values;
}

struct Cheapest {
    std::string type;
    double price = 0;
};

Cheapest cheapest_of(const kp::Round& round, const kp::NewClaim& claim) {
    Cheapest best;
    for (const kp::TypeIx type : claim.types) {
        const auto price = round.types.cheapest(round.words, type, claim.requirements);
        const std::string& name = round.cluster.types[type].name;
        if (!price) continue;
        if (best.type.empty() || std::pair(*price, name) < std::pair(best.price, best.type)) best = {name, *price};
    }
    return best;
}

}  // namespace

Json karpenter_solve_call(const Json& a) {
    refuse_others(a, {"pods", "node_pools", "instance_types", "nodes", "bound_pods", "daemon_pods", "preference_policy",
                      "min_values_policy"});
    const kp::Cluster cluster = karpenter_cluster_of(a);
    const kp::Round round(cluster);
    kp::Solution solution = kp::solve(round, kp::WhatIf::all_waiting(round));

    std::vector<std::pair<std::vector<std::string>, const kp::NewClaim*>> claims;
    for (const kp::NewClaim& claim : solution.claims) claims.emplace_back(pod_names(cluster, claim.pods), &claim);
    std::ranges::sort(claims, {}, [](const auto& entry) { return entry.first.front(); });

    Json with_zones = Json::array();
    Json without_zones = Json::array();
    Json groups = Json::array();
    std::vector<std::string> cheapest_types;
    double total_price = 0;
    for (const auto& [pods, claim] : claims) {
        std::vector<std::string> types;
        for (const kp::TypeIx type : claim->types) types.push_back(cluster.types[type].name);
        std::ranges::sort(types);
        const Cheapest cheapest = cheapest_of(round, *claim);
        Json shown{{"node_pool", cluster.pools[claim->pool].name},
                   {"pods", pods},
                   {"instance_types", types},
                   {"cheapest", {{"instance_type", cheapest.type}, {"price", cheapest.price}}}};
        without_zones.push_back(shown);
        shown["zones"] = values_of(round, *claim, round.types.zone_key());
        shown["capacity_types"] = values_of(round, *claim, round.types.capacity_type_key());
        with_zones.push_back(std::move(shown));
        groups.push_back(pods);
        cheapest_types.push_back(cheapest.type);
        total_price += cheapest.price;
    }
    std::ranges::sort(cheapest_types);

    Json existing = Json::object();
    for (kp::NodeIx node = 0; node < solution.on_nodes.size(); ++node) {
        if (!solution.on_nodes[node].empty())
            existing[kp::name_of(cluster.nodes[node])] = pod_names(cluster, solution.on_nodes[node]);
    }
    Json unschedulable = Json::object();
    for (const kp::UnplacedPod& unplaced : solution.unplaced)
        unschedulable[cluster.pods[unplaced.pod].name] = names_of_refusals(unplaced.refusals);
    return {{"claims", with_zones},
            {"claims_without_zones", without_zones},
            {"pod_groups", groups},
            {"claim_count", claims.size()},
            {"cheapest_types", cheapest_types},
            {"total_cheapest_price", total_price},
            {"existing", existing},
            {"unschedulable", unschedulable},
            {"unschedulable_count", solution.unplaced.size()}};
}

}  // namespace eks::decisions
