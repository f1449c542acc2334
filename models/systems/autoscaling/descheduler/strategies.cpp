#include "models/systems/autoscaling/descheduler/strategies.hpp"

#include "models/spec/condition_taints.hpp"
#include "models/spec/tolerations.hpp"

#include <algorithm>
#include <string>

namespace eks::descheduler {

namespace {

// "Pending" and the like, or why its containers wait, as the arguments `states` name them.
bool is_in_state(const Pod& pod, const std::string& state) {
    switch (pod.phase) {
        case PodPhase::pending:
            if (state == "Pending") return true;
            break;
        case PodPhase::running:
            if (state == "Running") return true;
            break;
        case PodPhase::succeeded: return state == "Succeeded";
        case PodPhase::failed: return state == "Failed";
    }
    switch (pod.stage) {
        case PodStage::sandbox:
        case PodStage::stuck:
        case PodStage::pulling:
        case PodStage::starting: return state == "ContainerCreating";
        case PodStage::initializing: return state == "PodInitializing";
        case PodStage::image_missing: return state == "ImagePullBackOff" || state == "ErrImagePull";
        case PodStage::crashed: return state == "CrashLoopBackOff";
        default: return false;
    }
}

bool is_in_any(const Pod& pod, const std::vector<std::string>& states) {
    return states.empty() ||
           std::ranges::any_of(states, [&](const std::string& state) { return is_in_state(pod, state); });
}

bool is_excluded_kind(const Spec& spec, const DeschedulerStep& step, const Pod& pod) {
    const WorkloadKind kind = spec[pod.workload].kind;
    std::string owner = kind_name(kind);
    if (kind == WorkloadKind::deployment) owner = "ReplicaSet";
    if (kind == WorkloadKind::cron_job) owner = "Job";
    return std::ranges::find(step.excluded_owner_kinds, owner) != step.excluded_owner_kinds.end();
}

// Not one that the step leaves out: by its key, or its key and value.
bool counts(const DeschedulerStep& step, const std::string& key, const std::string& value) {
    return std::ranges::none_of(step.excluded_taints, [&](const std::string& excluded) {
        return excluded == key || excluded == key + "=" + value;
    });
}

bool bears_taints(const Spec& spec, const DeschedulerStep& step, const PodTemplate& pod, const Node& node) {
    for (const Taint& taint : spec[node.shape].taints) {
        const bool is_heeded = taint.effect == TaintEffect::no_schedule ||
                               (taint.effect == TaintEffect::prefer_no_schedule && step.heeds_preferred);
        if (is_heeded && counts(step, taint.key, taint.value) && !tolerates(pod, taint.key, taint.value, taint.effect))
            return false;
    }
    for (std::size_t i = 0; i < condition_taint_count; ++i) {
        const auto taint = static_cast<ConditionTaint>(i);
        if ((node.condition_taints & no_schedule(taint) & ~pod.tolerated_condition_taints) == 0) continue;
        if (counts(step, std::string(condition_taint_keys[i]), "")) return false;
    }
    return true;
}

// f(pod) for each pod that may be evicted, node by node.
template <class F>
void for_each_evictable(Pass& pass, const Evictor& evictor, const DeschedulerStep& step, F f) {
    for (const NodeId node : pass.nodes) {
        for (const PodId id : pods_on(pass.world, node)) {
            if (evictor.may_evict(step, id)) f(id, pass.world.pods[id], pass.world.nodes[node]);
        }
    }
}

void run_step(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    switch (step.strategy) {
        case DeschedulerStrategy::remove_failed_pods: return remove_failed_pods(pass, evictor, step);
        case DeschedulerStrategy::remove_pods_having_too_many_restarts:
            return remove_restarting_pods(pass, evictor, step);
        case DeschedulerStrategy::pod_life_time: return remove_old_pods(pass, evictor, step);
        case DeschedulerStrategy::remove_pods_violating_node_taints:
            return remove_pods_against_taints(pass, evictor, step);
        case DeschedulerStrategy::remove_pods_violating_node_affinity:
            return remove_pods_against_node_affinity(pass, evictor, step);
        case DeschedulerStrategy::remove_pods_violating_inter_pod_anti_affinity:
            return remove_pods_against_anti_affinity(pass, evictor, step);
        case DeschedulerStrategy::remove_duplicates: return remove_duplicates(pass, evictor, step);
        case DeschedulerStrategy::remove_pods_violating_topology_spread_constraint:
            return remove_pods_against_spread(pass, evictor, step);
        case DeschedulerStrategy::low_node_utilization: return empty_full_nodes(pass, evictor, step);
        case DeschedulerStrategy::high_node_utilization: return empty_underused_nodes(pass, evictor, step);
    }
}

}  // namespace

void run_all(const Spec& spec, World& world, Turn& turn) {
    Pass pass{.spec = spec, .world = world, .turn = turn, .snapshot = cluster_autoscaler::Snapshot(spec, world)};
    for (const NodeId node : world.node_order) {
        if (world.nodes[node].state == NodeState::ready) pass.nodes.push_back(node);
    }
    // Evictions would only disrupt.
    if (pass.nodes.size() <= 1) return;
    pass.of_node.assign(world.nodes.capacity_slots(), 0);
    pass.of_namespace.assign(spec.namespaces.size(), 0);
    for (const DeschedulerProfile& profile : spec.descheduler.profiles) {
        Evictor evictor(pass, profile.evictor);
        for (const DeschedulerStep& step : profile.steps) run_step(pass, evictor, step);
    }
}

void remove_failed_pods(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    for (const NodeId node : pass.nodes) {
        std::vector<PodId> failed;
        for (PodId id = pass.world.nodes[node].first_pod; id.valid(); id = pass.world.pods[id].next_on_node) {
            if (pass.world.pods[id].phase == PodPhase::failed) failed.push_back(id);
        }
        for (const PodId id : failed) {
            const Pod& pod = pass.world.pods[id];
            if (pass.turn.now() - pod.created < step.least_age || is_excluded_kind(pass.spec, step, pod)) continue;
            if (evictor.may_evict(step, id)) evictor.evict(step, id);
        }
    }
}

// How often its init containers have been restarted is not told apart.
void remove_restarting_pods(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    for_each_evictable(pass, evictor, step, [&](PodId id, const Pod& pod, const Node&) {
        if (static_cast<std::int64_t>(pod.restarts) >= step.restarts && is_in_any(pod, step.states))
            evictor.evict(step, id);
    });
}

void remove_old_pods(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    std::vector<PodId> old;
    for_each_evictable(pass, evictor, step, [&](PodId id, const Pod& pod, const Node&) {
        if (pass.turn.now() - pod.created > step.longest_life && is_in_any(pod, step.states)) old.push_back(id);
    });
    std::ranges::stable_sort(old, {}, [&](PodId id) { return pass.world.pods[id].created; });
    for (const PodId id : old) evictor.evict(step, id);
}

void remove_pods_against_taints(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    for_each_evictable(pass, evictor, step, [&](PodId id, const Pod& pod, const Node& node) {
        if (!bears_taints(pass.spec, step, pass.spec[pod.pod_template], node)) evictor.evict(step, id);
    });
}

// A pod that its node's labels no longer suit, and another node's do; or that prefers another node that takes it.
void remove_pods_against_node_affinity(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    for_each_evictable(pass, evictor, step, [&](PodId id, const Pod& pod, const Node& node) {
        const TemplateOnShape& here = pass.spec.template_on_shape(pod.pod_template, node.shape);
        if (step.heeds_required_affinity && !here.affinity_matches && evictor.fits_elsewhere(id)) {
            evictor.evict(step, id);
            return;
        }
        if (!step.heeds_preferred_affinity) return;
        const cluster_autoscaler::Wanted wanted{pod.pod_template,
                                                cluster_autoscaler::volume_needs(pass.spec, pass.world, pod)};
        const cluster_autoscaler::FilterCycle cycle(pass.snapshot, wanted);
        const bool has_better = std::ranges::any_of(pass.nodes, [&](NodeId other) {
            const auto place = pass.snapshot.place_of(other);
            return place &&
                   pass.spec.template_on_shape(pod.pod_template, pass.world.nodes[other].shape).preferred_weight >
                       here.preferred_weight &&
                   !pass.snapshot[*place].is_closed && cycle.fits(*place);
        });
        if (has_better) evictor.evict(step, id);
    });
}

// The pod that has the term goes, of lower priority first; others are counted without it from then on.
void remove_pods_against_anti_affinity(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    for (const NodeId node : pass.nodes) {
        std::vector<PodId> pods = pods_on(pass.world, node);
        std::ranges::stable_sort(pods, {}, [&](PodId id) {
            const PodTemplate& t = pass.spec[pass.world.pods[id].pod_template];
            return std::pair(t.priority, -static_cast<int>(t.qos));
        });
        for (const PodId id : pods) {
            const TemplateIx t = pass.world.pods[id].pod_template;
            const auto place = pass.snapshot.place_of(node);
            if (!place || !pass.snapshot.violates_own_anti_affinity(t, *place)) continue;
            if (evictor.may_evict(step, id)) evictor.evict(step, id);
        }
    }
}

}  // namespace eks::descheduler
