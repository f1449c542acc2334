#include "models/systems/autoscaling/cluster_autoscaler/drain_rules.hpp"

#include <algorithm>

namespace eks::cluster_autoscaler {

namespace {

ControllerKind controller_of(WorkloadKind kind) {
    switch (kind) {
        case WorkloadKind::deployment:
        case WorkloadKind::replica_set: return ControllerKind::replica_set;
        case WorkloadKind::stateful_set: return ControllerKind::stateful_set;
        case WorkloadKind::daemon_set: return ControllerKind::daemon_set;
        case WorkloadKind::job:
        case WorkloadKind::cron_job:
        case WorkloadKind::scaled_job: return ControllerKind::job;
        case WorkloadKind::pod: break;
    }
    return ControllerKind::none;
}

DrainOptions options_of(const ClusterAutoscaler& settings) {
    return {settings.skips_system_pods, settings.skips_local_storage, settings.skips_custom_controller_pods,
            settings.min_replica_count, settings.system_pod_timeout.us()};
}

// Since when a pod is being deleted is not kept: one whose node's kubelet is silent will not end, and counts as
// terminating for long.
PodToMove facts_of(const Spec& spec, const World& world, const Node& node, const Pod& pod,
                   const std::vector<std::int32_t>& allowed, sim::Time now) {
    const Workload& workload = spec[pod.workload];
    const PodTemplate& t = spec[pod.pod_template];
    PodToMove facts;
    facts.is_long_terminating = pod.terminating && node.health.is_silent();
    facts.is_of_daemon_set = workload.kind == WorkloadKind::daemon_set || t.wishes.counts_as_daemon;
    facts.controller = controller_of(workload.kind);
    facts.controller_exists = !world[pod.workload].deleted && (!pod.job.valid() || !world.jobs[pod.job].is_deleted);
    facts.controller_replicas = world[pod.workload].desired;
    facts.safe_to_evict = t.wishes.safe_to_evict;
    facts.restarts_always = t.restart_policy == RestartPolicy::always;
    facts.is_in_kube_system = workload.namespace_name == "kube-system";
    facts.age_us = (now - pod.created).us();
    facts.has_blocking_local_storage = t.wishes.blocks_by_storage;
    for (std::size_t i = 0; i < spec.budgets.size(); ++i) {
        if (!spec.budgets[i].selects(pod.pod_template)) continue;
        facts.has_budget = true;
        facts.has_spent_budget = facts.has_spent_budget || allowed[i] < 1;
    }
    return facts;
}

}  // namespace

std::vector<std::int32_t> allowed_disruptions(const World& world) {
    std::vector<std::int32_t> allowed;
    for (const BudgetState& budget : world.budgets) allowed.push_back(budget.disruptions_allowed);
    return allowed;
}

PodsToMove pods_to_move(const Spec& spec, const World& world, const Node& node,
                        const std::vector<std::int32_t>& allowed, sim::Time now) {
    const ClusterAutoscaler& settings = spec.cluster_autoscaler;
    const DrainOptions options = options_of(settings);
    PodsToMove pods;
    for (PodId id = node.first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        // Nobody lists pods that have ended, and expendable ones count for nothing (CA-5).
        if (!pod.holds_resources || spec[pod.pod_template].priority < settings.expendable_below) continue;
        const DrainVerdict verdict = drain_verdict(facts_of(spec, world, node, pod, allowed, now), options);
        switch (verdict.outcome) {
            case DrainOutcome::movable: pods.movable.push_back(id); break;
            case DrainOutcome::daemon_set: pods.daemons.push_back(id); break;
            case DrainOutcome::waits:
                pods.waits = true;
                if (!pods.blocking.valid()) pods.blocking = id;
                break;
            case DrainOutcome::is_ignored: break;
            case DrainOutcome::is_blocked:
                if (pods.block == DrainBlock::none) {
                    pods.block = verdict.block;
                    pods.blocking = id;
                }
                if (verdict.block == DrainBlock::unmovable_kube_system_pod)
                    pods.next_of_age = std::min(pods.next_of_age, pod.created + settings.system_pod_timeout);
                break;
        }
    }
    return pods;
}

}  // namespace eks::cluster_autoscaler
