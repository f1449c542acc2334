// Source: Kubernetes 1.36, pkg/controller/job/pod_failure_policy.go.
#include "models/spec/failure_policy.hpp"

#include <algorithm>

namespace eks {

namespace {

bool matches(const ExitCodeRule& rule, const EndedContainer& container) {
    if (container.exit_code == 0 || (!rule.container.empty() && rule.container != container.name)) return false;
    return (std::ranges::find(rule.values, container.exit_code) != rule.values.end()) == rule.is_in;
}

bool matches(const FailureRule& rule, std::span<const EndedContainer> ended,
             std::span<const ConditionRule> conditions) {
    if (rule.exit_codes)
        return std::ranges::any_of(ended, [&](const EndedContainer& one) { return matches(*rule.exit_codes, one); });
    return std::ranges::any_of(rule.conditions, [&](const ConditionRule& one) {
        return std::ranges::find(conditions, one) != conditions.end();
    });
}

}  // namespace

FailureAction action_for(std::span<const FailureRule> rules, std::span<const EndedContainer> ended,
                         std::span<const ConditionRule> conditions) {
    const auto rule =
        std::ranges::find_if(rules, [&](const FailureRule& one) { return matches(one, ended, conditions); });
    return rule == rules.end() ? FailureAction::count : rule->action;
}

}  // namespace eks
