#include "models/scenario/kubernetes/resource_quotas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace eks {
namespace {

std::optional<ResourceKind> resource_named(std::string_view name) {
    const auto found = std::ranges::find(all_resource_kinds, name, resource_name);
    return found == all_resource_kinds.end() ? std::nullopt : std::optional(*found);
}

// What an entry of spec.hard bounds, if it is about pods.
std::optional<QuotaBound> bound_named(const std::string& name) {
    QuotaBound bound;
    bound.name = name;
    if (name == "pods") return bound;
    if (name == "count/pods") {
        bound.measure = QuotaMeasure::pod_objects;
        return bound;
    }
    std::string_view resource = name;
    bound.measure = QuotaMeasure::requests;
    if (resource.starts_with("requests.")) {
        resource.remove_prefix(std::string_view("requests.").size());
    } else if (resource.starts_with("limits.")) {
        resource.remove_prefix(std::string_view("limits.").size());
        bound.measure = QuotaMeasure::limits;
    } else if (resource != "cpu" && resource != "memory" && resource != "ephemeral-storage") {
        return std::nullopt;  // extended resources are bound by their requests alone
    }
    const auto kind = resource_named(resource);
    if (!kind) return std::nullopt;
    bound.resource = *kind;
    return bound;
}

std::optional<QuotaScopeTerm> scope_named(const Reader& at) {
    constexpr std::array<std::string_view, 6> names{"Terminating",   "NotTerminating", "BestEffort",
                                                    "NotBestEffort", "PriorityClass",  "CrossNamespacePodAffinity"};
    const auto choice = at.one_of(names);
    if (!choice) return std::nullopt;
    if (*choice == names.size() - 1) {
        at.complain(Rule::not_yet_modelled, fmt::format("{}: this scope is not yet modelled", at.title()),
                    "leave the quota out");
        return std::nullopt;
    }
    return QuotaScopeTerm{static_cast<QuotaScope>(*choice), SelectorOperator::exists, {}};
}

void read_scope_expression(const Reader& expression, ResourceQuota& quota) {
    constexpr std::array<std::string_view, 4> operators{"In", "NotIn", "Exists", "DoesNotExist"};
    constexpr std::array<SelectorOperator, 4> meanings{SelectorOperator::in, SelectorOperator::not_in,
                                                       SelectorOperator::exists, SelectorOperator::does_not_exist};
    const auto name = expression.required("scopeName");
    const auto op = expression.required("operator");
    auto term = name ? scope_named(*name) : std::nullopt;
    const auto choice = op ? op->one_of(operators) : std::nullopt;
    if (!term || !choice) return;
    term->op = meanings[*choice];
    for (const Reader& value : expression.items("values")) {
        if (const auto text = value.text()) term->values.push_back(*text);
    }
    const bool needs_values = term->op == SelectorOperator::in || term->op == SelectorOperator::not_in;
    const bool is_odd = term->scope != QuotaScope::priority_class && term->op != SelectorOperator::exists;
    if (needs_values == term->values.empty() || is_odd) {
        expression.complain(Rule::bad_selector,
                            fmt::format("{}: the API server refuses this expression", expression.title()),
                            "In and NotIn need values, Exists and DoesNotExist have none; scopes other than "
                            "PriorityClass exist or are left out");
        return;
    }
    quota.scopes.push_back(std::move(*term));
}

}  // namespace

void read_resource_quota(const Reader& object, const std::string& namespace_name, const std::string& name,
                         ScenarioBuilder& builder) {
    const auto spec = object.member("spec");
    if (!spec || !spec->expect_map()) return;
    ResourceQuota quota;
    quota.namespace_name = namespace_name;
    quota.name = name;
    for (const Reader& scope : spec->items("scopes")) {
        if (auto term = scope_named(scope)) quota.scopes.push_back(std::move(*term));
    }
    if (const auto selector = spec->member("scopeSelector"); selector && selector->expect_map()) {
        for (const Reader& expression : selector->items("matchExpressions")) read_scope_expression(expression, quota);
    }
    if (const auto hard = spec->member("hard"); hard && hard->expect_map()) {
        for (const auto& [key, value] : hard->members()) {
            auto bound = bound_named(key);
            if (!bound) continue;
            const bool is_of_cpu =
                (bound->measure == QuotaMeasure::requests || bound->measure == QuotaMeasure::limits) &&
                bound->resource == ResourceKind::cpu;
            const auto limit = value.quantity(is_of_cpu ? QuantityUnit::milli : QuantityUnit::whole);
            if (!limit) continue;
            bound->limit = *limit;
            quota.bounds.push_back(std::move(*bound));
        }
    }
    builder.spec.quotas.push_back(std::move(quota));
}

void warn_of_unstated_amounts(const ScenarioBuilder& builder) {
    const Spec& spec = builder.spec;
    for (const ResourceQuota& quota : spec.quotas) {
        // Which class of service a pod has is not known yet.
        const auto goes_by_class = [](const QuotaScopeTerm& term) {
            return term.scope == QuotaScope::best_effort || term.scope == QuotaScope::not_best_effort;
        };
        if (std::ranges::any_of(quota.scopes, goes_by_class)) continue;
        for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
            const WorkloadIx workload = WorkloadIx::of(i);
            const PodTemplate& pod = spec.template_of(workload);
            if (!counts_pods_of(quota, pod)) continue;
            const auto lacking = std::ranges::find_if(
                quota.bounds, [&](const QuotaBound& bound) { return lacks_what_is_bound(bound, pod); });
            if (lacking == quota.bounds.end()) continue;
            builder.object_of(workload).warn(
                Rule::quota_needs_amounts,
                fmt::format(
                    "{}: a container does not state its {}, so that ResourceQuota/{}/{} refuses every pod of it",
                    builder.title_of(workload), lacking->name, quota.namespace_name, quota.name),
                "state it, or give the namespace a LimitRange with defaults");
        }
    }
}

}  // namespace eks
