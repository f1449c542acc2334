#include "models/report/decisions/schedule.hpp"

#include "models/report/decisions/scheduler_config.hpp"
#include "models/report/decisions/scheduler_objects.hpp"
#include "models/systems/scheduling/plain/cycle.hpp"
#include "models/systems/scheduling/plain/preemption.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace eks::decisions {

namespace {

Json names_of(const std::vector<const plain::NodeInfo*>& nodes) {
    std::vector<std::string> names;
    for (const plain::NodeInfo* node : nodes) names.push_back(node->node->name);
    std::ranges::sort(names);
    return names;
}

Json refusal_of(const plain::Refusal& refusal) {
    std::vector<std::string> reasons = refusal.reasons;
    std::ranges::sort(reasons);
    return {{"plugin", refusal.plugin}, {"reasons", reasons}};
}

Json null_or(const Json& a, const char* name) { return a.contains(name) ? a[name] : Json(); }

}  // namespace

Json schedule_one_call(const Json& a) {
    refuse_others(a, {"pod", "nodes", "pods", "services", "namespaces", "replica_sets", "stateful_sets",
                      "replication_controllers", "persistent_volumes", "persistent_volume_claims", "storage_classes",
                      "csi_nodes", "config"});
    const plain::Cluster cluster = cluster_of(a, "pods");
    const std::vector<plain::NodeInfo> nodes = nodes_with_pods(cluster);
    const plain::Choice choice =
        choose(cluster, profile_of(null_or(a, "config")), nodes, pod_of(required<Json>(a, "pod")));
    if (choice.pod_refusal) return {{"unschedulable", refusal_of(*choice.pod_refusal)}};

    Json rejected = Json::object();
    for (const plain::RefusedNode& refused : choice.refused)
        rejected[refused.node->node->name] = refusal_of(refused.refusal);
    Json scores = Json::object();
    Json total = Json::object();
    for (std::size_t n = 0; choice.scores && n < choice.feasible.size(); ++n) {
        const std::string& name = choice.feasible[n]->node->name;
        scores[name] = Json::object();
        for (std::size_t i = 0; i < plain::plugin_count; ++i) {
            if (const auto& of_plugin = choice.scores->of_plugin[i])
                scores[name][std::string(plain::plugin_names[i])] = (*of_plugin)[n];
        }
        total[name] = choice.scores->total[n];
    }
    return {{"feasible", names_of(choice.feasible)},
            {"rejected", rejected},
            {"scores", scores},
            {"total", total},
            {"best_any_of", names_of(choice.best)}};
}

Json schedule_all_call(const Json& a) {
    refuse_others(a, {"pods", "nodes", "existing", "services", "namespaces", "replica_sets", "stateful_sets",
                      "replication_controllers", "config", "bind"});
    const plain::Cluster cluster = cluster_of(a, "existing");
    const plain::Profile profile = profile_of(null_or(a, "config"));
    std::vector<plain::PodObject> pods;
    for (const Json& pod : required<Json>(a, "pods")) pods.push_back(pod_of(pod));
    const Json bind = null_or(a, "bind");
    if (!bind.is_null() && bind.size() != pods.size())
        throw WrongArguments{Rule::wrong_type, "bind and pods have different lengths", "give one entry a pod"};

    std::vector<plain::NodeInfo> nodes = nodes_with_pods(cluster);
    Json steps = Json::array();
    for (std::size_t i = 0; i < pods.size(); ++i) {
        const plain::Choice choice = choose(cluster, profile, nodes, pods[i]);
        Json best_total;
        if (choice.scores) best_total = *std::ranges::max_element(choice.scores->total);
        const Json best = names_of(choice.best);
        steps.push_back({{"pod", pods[i].full_name()},
                         {"feasible", choice.feasible.size()},
                         {"best_total", best_total},
                         {"best_any_of", best}});
        if (choice.best.empty()) continue;
        Json where = best.front();
        if (!bind.is_null()) where = bind[i];
        const auto node =
            std::ranges::find_if(nodes, [&](const plain::NodeInfo& info) { return Json(info.node->name) == where; });
        if (node == nodes.end()) {
            if (where.is_null()) continue;
            throw WrongArguments{Rule::not_one_of, fmt::format("bind names no node: {}", where.dump()), ""};
        }
        node->add(pods[i]);
    }
    return {{"steps", steps}};
}

Json preempt_call(const Json& a) {
    refuse_others(a, {"pod", "nodes", "pods", "pdbs", "services", "namespaces", "replica_sets", "stateful_sets",
                      "replication_controllers", "config"});
    const plain::Cluster cluster = cluster_of(a, "pods");
    const std::vector<plain::NodeInfo> nodes = nodes_with_pods(cluster);
    const plain::Preemption preemption =
        preempt(cluster, profile_of(null_or(a, "config")), nodes, pod_of(required<Json>(a, "pod")));
    Json candidates = Json::object();
    for (const plain::Candidate& candidate : preemption.candidates) {
        Json victims = Json::array();
        for (const plain::PodObject* victim : candidate.victims) victims.push_back(victim->full_name());
        candidates[candidate.node->node->name] = {{"victims", victims},
                                                  {"pdb_violations", candidate.budget_violations}};
    }
    return {{"node_any_of", names_of(preemption.best)}, {"candidates", candidates}};
}

}  // namespace eks::decisions
