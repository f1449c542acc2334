#include "models/scenario/kubernetes/disruption_budgets.hpp"

#include "models/scenario/kubernetes/label_selector.hpp"
#include "models/scenario/kubernetes/pods_or_percent.hpp"

#include <fmt/format.h>

namespace eks {

void read_disruption_budget(const Reader& object, const std::string& namespace_name, const std::string& name,
                            ScenarioBuilder& builder) {
    const auto spec = object.required("spec");
    if (!spec || !spec->expect_map()) return;
    DisruptionBudget budget;
    budget.namespace_name = namespace_name;
    budget.name = name;
    const auto least = spec->member("minAvailable");
    const auto most = spec->member("maxUnavailable");
    if (least && most) {
        most->complain(Rule::contradictory_fields, fmt::format("{} and minAvailable are both set", most->title()),
                       "the API server takes one of them");
        return;
    }
    if (const auto& at = least ? least : most) {
        if (const auto amount = read_pods_or_percent(*at)) {
            budget.bound = least ? BudgetBound::min_available : BudgetBound::max_unavailable;
            budget.amount = *amount;
        }
    } else {
        spec->warn(
            Rule::budget_allows_nothing,
            fmt::format("{} sets neither minAvailable nor maxUnavailable: it refuses every eviction", spec->title()),
            "set one of them");
    }
    if (const auto selector = spec->member("selector")) {
        if (selector->expect_map()) budget.selector = read_label_selector(*selector).all;
    }
    if (const auto policy = spec->member("unhealthyPodEvictionPolicy"))
        budget.always_evicts_unready = policy->one_of({"IfHealthyBudget", "AlwaysAllow"}) == 1U;
    builder.spec.budgets.push_back(std::move(budget));
}

}  // namespace eks
