#include "models/systems/autoscaling/descheduler/evictor.hpp"

#include "models/spec/selecting.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks::descheduler {

namespace {

constexpr std::int64_t system_critical = 2'000'000'000;

bool selects_labels(const std::vector<SelectorRequirement>& selector, const PodTemplate& pod) {
    return selects(Selector{true, selector}, pod.labels);
}

std::size_t namespace_place(const Spec& spec, const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(spec.namespaces, name) - spec.namespaces.begin());
}

}  // namespace

std::vector<PodId> pods_on(const World& world, NodeId node) {
    std::vector<PodId> pods;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (world.pods[id].holds_resources) pods.push_back(id);
    }
    std::ranges::sort(pods, {}, [&](PodId id) {
        const Pod& pod = world.pods[id];
        return std::tuple(pod.workload.value, pod.ordinal, id.slot);
    });
    return pods;
}

bool Evictor::is_admitted(PodId id) const {
    const Pod& pod = pass_.world.pods[id];
    const PodTemplate& t = pass_.spec[pod.pod_template];
    const WorkloadKind kind = pass_.spec[pod.workload].kind;
    if (pod.terminating) return false;
    if (t.wishes.asks_for_descheduler) return true;
    if (kind == WorkloadKind::daemon_set && !settings_.evicts_daemon_sets) return false;
    if (kind == WorkloadKind::pod && !(settings_.evicts_failed_bare && pod.phase == PodPhase::failed)) return false;
    if (!settings_.evicts_system_critical && (t.priority >= system_critical || t.priority >= settings_.below_priority))
        return false;
    if (t.wishes.has_local_storage && !settings_.evicts_local_storage) return false;
    const bool has_claims = !t.claims.empty() || !t.own_claims.empty() || !t.passing_claims.empty();
    if (has_claims && settings_.keeps_claims) return false;
    if (settings_.has_selector && !selects_labels(settings_.selector, t)) return false;
    if (settings_.min_replicas > 1 && pass_.world[pod.workload].desired < settings_.min_replicas) return false;
    if (pass_.turn.now() - pod.created < settings_.min_age) return false;
    return !settings_.keeps_without_budget ||
           std::ranges::any_of(pass_.spec.budgets,
                               [&](const DisruptionBudget& budget) { return budget.selects(pod.pod_template); });
}

bool Evictor::may_evict(const DeschedulerStep& step, PodId id) const {
    const Pod& pod = pass_.world.pods[id];
    const std::string& space = pass_.spec[pod.workload].namespace_name;
    if (step.has_namespaces) {
        const bool is_named = std::ranges::find(step.namespaces, space) != step.namespaces.end();
        if (is_named == step.namespaces_are_excluded) return false;
    }
    if (step.has_selector && !selects_labels(step.selector, pass_.spec[pod.pod_template])) return false;
    return is_admitted(id);
}

bool Evictor::fits_elsewhere(PodId id) const {
    const Pod& pod = pass_.world.pods[id];
    const cluster_autoscaler::Wanted wanted{pod.pod_template,
                                            cluster_autoscaler::volume_needs(pass_.spec, pass_.world, pod)};
    const cluster_autoscaler::FilterCycle cycle(pass_.snapshot, wanted);
    return std::ranges::any_of(pass_.nodes, [&](NodeId node) {
        if (node == pod.node) return false;
        const auto place = pass_.snapshot.place_of(node);
        return place && !pass_.snapshot[*place].is_closed && cycle.fits(*place);
    });
}

bool Evictor::is_within_limits(const Pod& pod) const {
    const Descheduler& limits = pass_.spec.descheduler;
    const auto is_below = [](std::int64_t count, std::int64_t most) { return most < 0 || count < most; };
    const std::size_t space = namespace_place(pass_.spec, pass_.spec[pod.workload].namespace_name);
    return is_below(pass_.in_all, limits.most_in_all) && is_below(pass_.of_node[pod.node.slot], limits.most_per_node) &&
           (space >= pass_.of_namespace.size() || is_below(pass_.of_namespace[space], limits.most_per_namespace));
}

bool Evictor::evict(const DeschedulerStep& step, PodId id) {
    const Pod pod = pass_.world.pods[id];
    if (settings_.asks_for_fit && !fits_elsewhere(id)) return false;
    if (!is_within_limits(pod)) return false;
    const sim::Time seen = pass_.turn.now() + pass_.spec.latencies.api_write + pass_.spec.latencies.watch_delivery;
    if (!is_evicted(eks::evict(pass_.spec, pass_.world, pass_.turn, id, seen))) return false;
    ++pass_.in_all;
    ++pass_.of_node[pod.node.slot];
    const std::size_t space = namespace_place(pass_.spec, pass_.spec[pod.workload].namespace_name);
    if (space < pass_.of_namespace.size()) ++pass_.of_namespace[space];
    if (pod.holds_resources) {
        if (const auto place = pass_.snapshot.place_of(pod.node)) pass_.snapshot.place(pod.pod_template, *place, -1);
    }
    pass_.turn.note(DeschedulerEvictionFact{pod.workload, step.strategy});
    return true;
}

}  // namespace eks::descheduler
