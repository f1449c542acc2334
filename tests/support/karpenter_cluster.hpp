// Small clusters for tests of Karpenter's decisions: a few instance types with prices that are easy to tell apart, one
// NodePool, pods by size.
#pragma once

#include "models/quantities.hpp"
#include "models/systems/autoscaling/karpenter/solve.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eks::karpenter::testing {

inline constexpr const char* arch_label = "kubernetes.io/arch";
inline constexpr const char* hostname = "kubernetes.io/hostname";
inline constexpr const char* zone = "topology.kubernetes.io/zone";

inline SelectorRequirement expression(std::string key, SelectorOperator op, std::vector<std::string> values = {}) {
    return {std::move(key), op, std::move(values), false};
}

inline Selector app_selector(const std::string& app) {
    return {true, {expression("app", SelectorOperator::in, {app})}};
}

inline Taint taint(std::string key, std::string value, TaintEffect effect) {
    return {std::move(key), std::move(value), effect};
}

inline Toleration toleration_of(const Taint& taint) {
    Toleration toleration;
    toleration.key = taint.key;
    toleration.value = taint.value;
    toleration.any_effect = false;
    toleration.effect = taint.effect;
    return toleration;
}

// `cpus` cores, four times as many GiB, in zones a, b and c; on demand for `price` in a, and a little more in b and c;
// as spot for half of it.
inline InstanceType instance_type(const std::string& name, std::int64_t cpus, double price) {
    InstanceType type;
    type.name = name;
    type.labels = {{arch_label, {"amd64"}}, {"karpenter.k8s.aws/instance-cpu", {std::to_string(cpus)}}};
    type.capacity = {{"cpu", 1000 * cpus}, {"memory", 4 * cpus * gibibyte}, {"pods", 50}};
    double dearer = 0;
    for (const char* in : {"a", "b", "c"}) {
        type.offerings.push_back({in, "on-demand", price + dearer, true});
        type.offerings.push_back({in, "spot", price / 2 + dearer, true});
        dearer += 0.001;
    }
    return type;
}

inline PodShape shape_of(const std::string& app, Millicores cpu_milli, Bytes memory_bytes = gibibyte) {
    PodShape shape;
    shape.namespace_name = "default";
    shape.labels = {{"app", app}};
    shape.requests = {{"cpu", cpu_milli}, {"memory", memory_bytes}};
    return shape;
}

inline SpreadConstraint spread_over(std::string key, const std::string& app, std::int64_t max_skew,
                                    bool is_required = true) {
    SpreadConstraint spread;
    spread.topology_key = std::move(key);
    spread.max_skew = max_skew;
    spread.is_required = is_required;
    spread.selector = app_selector(app);
    return spread;
}

inline AffinityTerm term_about(std::string key, const std::string& app) {
    AffinityTerm term;
    term.topology_key = std::move(key);
    term.selector = app_selector(app);
    return term;
}

struct Scene {
    Cluster cluster;

    Scene() {
        cluster.types = {instance_type("small", 2, 0.1), instance_type("medium", 4, 0.2),
                         instance_type("large", 8, 0.4)};
        add_pool("default");
    }

    NodePool& pool() { return cluster.pools.front(); }
    NodePool& add_pool(const std::string& name, std::int64_t weight = 0) {
        NodePool pool;
        pool.name = name;
        pool.weight = weight;
        cluster.pools.push_back(std::move(pool));
        return cluster.pools.back();
    }

    // `count` pods that wait, named app-0, app-1, … in the order of their creation.
    void add_pods(const PodShape& shape, int count) {
        cluster.shapes.push_back(shape);
        for (int i = 0; i < count; ++i) {
            Pod pod;
            pod.name = shape.labels.front().value + "-" + std::to_string(i);
            pod.uid = "uid-" + std::to_string(cluster.pods.size());
            pod.shape = static_cast<ShapeIx>(cluster.shapes.size() - 1);
            pod.created_us = static_cast<std::int64_t>(cluster.pods.size()) * 1'000'000;
            cluster.pods.push_back(std::move(pod));
        }
    }

    // A node with its claim that has come up, of that type, on demand in zone a.
    ClusterNode& add_node(const std::string& name, const std::string& type_name, const std::string& pool = "default",
                          const std::string& in = "a") {
        const InstanceType& type = *std::ranges::find(cluster.types, type_name, &InstanceType::name);
        NodeObject node;
        node.name = name;
        node.labels = {{std::string(node_pool_label), pool},
                       {std::string(instance_type_label), type_name},
                       {std::string(capacity_type_label), "on-demand"},
                       {std::string(registered_label), "true"},
                       {std::string(initialized_label), "true"},
                       {zone, in},
                       {hostname, name}};
        node.capacity = type.capacity;
        node.allocatable = type.capacity;
        NodeClaim claim;
        claim.name = "claim-of-" + name;
        claim.labels = node.labels;
        claim.labels.erase(hostname);
        claim.capacity = type.capacity;
        claim.allocatable = type.capacity;
        claim.initialized_us = 0;
        claim.is_consolidatable = true;
        cluster.nodes.push_back({std::move(node), std::move(claim)});
        return cluster.nodes.back();
    }

    void bind(const PodShape& shape, const std::string& node, int count = 1) {
        const std::size_t first = cluster.pods.size();
        add_pods(shape, count);
        for (std::size_t p = first; p < cluster.pods.size(); ++p) {
            cluster.pods[p].name += "-on-" + node;
            cluster.pods[p].node_name = node;
            cluster.pods[p].phase = PodPhase::running;
        }
    }
};

// What came out, by names.
struct Outcome {
    std::vector<std::vector<std::string>> claims;  // the pods of each
    std::vector<std::string> pools;
    std::vector<std::vector<std::string>> types;
    std::vector<std::vector<std::string>> zones;  // of each claim; empty: not said
    std::vector<std::vector<std::string>> on_nodes;
    std::vector<std::pair<std::string, Refusals>> unplaced;
};

inline Outcome solved(const Scene& scene) {
    const Cluster& cluster = scene.cluster;
    const Round round(cluster);
    const Solution solution = solve(round, WhatIf::all_waiting(round));
    const auto names_of = [&](const std::vector<PodIx>& pods) {
        std::vector<std::string> names;
        for (const PodIx pod : pods) names.push_back(cluster.pods[pod].name);
        return names;
    };
    Outcome outcome;
    for (const NewClaim& claim : solution.claims) {
        outcome.claims.push_back(names_of(claim.pods));
        outcome.pools.push_back(cluster.pools[claim.pool].name);
        std::vector<std::string>& types = outcome.types.emplace_back();
        for (const TypeIx type : claim.types) types.push_back(cluster.types[type].name);
        std::vector<std::string>& zones = outcome.zones.emplace_back();
        const Requirement* requirement = claim.requirements.find(round.types.zone_key());
        if (requirement == nullptr || requirement->is_complement) continue;
        requirement->values.for_each(
            [&](ValueIx value) { zones.push_back(round.words.text(round.types.zone_key(), value)); });
    }
    for (const std::vector<PodIx>& pods : solution.on_nodes) outcome.on_nodes.push_back(names_of(pods));
    for (const UnplacedPod& unplaced : solution.unplaced)
        outcome.unplaced.emplace_back(cluster.pods[unplaced.pod].name, unplaced.refusals);
    return outcome;
}

}  // namespace eks::karpenter::testing
