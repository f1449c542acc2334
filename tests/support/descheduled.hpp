// A small cluster with a descheduler that runs every ten minutes on a node of its own, beside workers whose pods stand
// where a test puts them.
#pragma once

#include "tests/support/tiny_cluster.hpp"

#include <string_view>
#include <vector>

namespace eks::testing {

struct Descheduled {
    TinyCluster c;
    NodeGroupIx workers;
    WorkloadIx descheduler;

    explicit Descheduled(std::int32_t nodes = 3) {
        c.add_nodes(1, {.group = "system", .labels = {{"role", "system"}}, .taints = {{"role", "system"}}});
        PodTemplate pod = TinyCluster::serving_pod();
        pod.priority = 2'000'000'000;
        pod.node_selector = {{"role", "system"}};
        Toleration any;
        any.exists = true;
        pod.tolerations = {any};
        descheduler = c.add_deployment("descheduler", 1, pod);
        workers = c.add_nodes(nodes, {});
        c.at(descheduler).namespace_name = "kube-system";
        c.spec.descheduler.pods = descheduler;
        c.spec.descheduler.interval = 10_min;
        c.spec.descheduler.profiles.resize(1);
        c.spec.placement.is_given = true;
        c.spec.placement.pods = {{descheduler, NodeGroupIx::of(0), 0, 1}};
    }
    DeschedulerEvictor& evictor() { return c.spec.descheduler.profiles[0].evictor; }
    DeschedulerStep& step(DeschedulerStrategy strategy) {
        DeschedulerStep step;
        step.strategy = strategy;
        step.heeds_required_affinity = true;
        return c.spec.descheduler.profiles[0].steps.emplace_back(step);
    }
    WorkloadIx add(std::string_view name, const std::vector<std::int32_t>& on_nodes,
                   const PodTemplate& pod = TinyCluster::serving_pod(100),
                   WorkloadKind kind = WorkloadKind::deployment) {
        std::int32_t replicas = 0;
        for (const std::int32_t pods : on_nodes) replicas += pods;
        const WorkloadIx workload = c.add(kind, name, pod, replicas);
        for (std::size_t i = 0; i < on_nodes.size(); ++i) {
            if (on_nodes[i] > 0)
                c.spec.placement.pods.push_back({workload, workers, static_cast<std::int32_t>(i), on_nodes[i]});
        }
        return workload;
    }
    void keep_all(const WorkloadIx workload, std::int32_t at_least) {
        DisruptionBudget budget;
        budget.namespace_name = "default";
        budget.name = "keep";
        budget.bound = BudgetBound::min_available;
        budget.amount.value = at_least;
        budget.selected.assign(workload.value + 1, 0);
        budget.selected[workload.value] = 1;  // templates stand as workloads do
        c.spec.budgets = {budget};
    }
};

inline std::size_t evicted(const TinyRun& run, WorkloadIx workload) {
    std::size_t pods = 0;
    for (const auto& seen : run.all<DeschedulerEvictionFact>()) pods += seen.fact.workload == workload ? 1U : 0U;
    return pods;
}

}  // namespace eks::testing
