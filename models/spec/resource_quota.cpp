// Source: Kubernetes 1.36, pkg/quota/v1/evaluator/core/pods.go (scopes, usage, what has to be stated).
#include "models/spec/resource_quota.hpp"

#include <algorithm>

namespace eks {

namespace {

bool meets_scope(const QuotaScopeTerm& term, const PodTemplate& pod) {
    switch (term.scope) {
        case QuotaScope::terminating: return pod.has_active_deadline;
        case QuotaScope::not_terminating: return !pod.has_active_deadline;
        case QuotaScope::best_effort: return pod.qos == QualityOfService::best_effort;
        case QuotaScope::not_best_effort: return pod.qos != QualityOfService::best_effort;
        case QuotaScope::priority_class: break;
    }
    const bool has_class = !pod.priority_class.empty();
    const bool is_listed = has_class && std::ranges::find(term.values, pod.priority_class) != term.values.end();
    switch (term.op) {
        case SelectorOperator::in: return is_listed;
        case SelectorOperator::not_in: return !is_listed;
        case SelectorOperator::does_not_exist: return !has_class;
        case SelectorOperator::exists:
        case SelectorOperator::greater:
        case SelectorOperator::less: break;
    }
    return has_class;
}

bool states(const ContainerSpec& container, const QuotaBound& bound) {
    // A limit of 0 is none.
    if (bound.measure == QuotaMeasure::limits) return container.limits.of(bound.resource) > 0;
    return bound.resource == ResourceKind::cpu ? container.states_cpu_request : container.states_memory_request;
}

}  // namespace

bool counts_pods_of(const ResourceQuota& quota, const PodTemplate& pod) {
    return quota.namespace_name == pod.namespace_name &&
           std::ranges::all_of(quota.scopes, [&](const QuotaScopeTerm& term) { return meets_scope(term, pod); });
}

std::int64_t charge_of(const QuotaBound& bound, const PodTemplate& pod) {
    switch (bound.measure) {
        case QuotaMeasure::pod_objects:
        case QuotaMeasure::pods: return 1;
        case QuotaMeasure::requests: return pod.requests.of(bound.resource);
        case QuotaMeasure::limits: break;
    }
    return pod.limits.of(bound.resource);
}

bool lacks_what_is_bound(const QuotaBound& bound, const PodTemplate& pod) {
    if (bound.measure != QuotaMeasure::requests && bound.measure != QuotaMeasure::limits) return false;
    if (bound.resource != ResourceKind::cpu && bound.resource != ResourceKind::memory) return false;
    const auto is_silent = [&](const ContainerSpec& container) { return !states(container, bound); };
    return std::ranges::any_of(pod.containers, is_silent) || std::ranges::any_of(pod.init_containers, is_silent);
}

}  // namespace eks
