#include "models/scenario/kubernetes/security_group_policies.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace eks {
namespace {

constexpr std::size_t most_groups = 5;  // of one object, by its CRD

std::optional<LabelSelector> selector_of(const Reader& spec, std::string_view key) {
    const auto at = spec.member(key);
    if (!at || at->is_null() || !at->expect_map()) return std::nullopt;
    return read_label_selector(*at);
}

// Which groups they are changes nothing here, but without any the API server refuses the object.
void check_groups(const Reader& spec) {
    const auto groups = spec.required("securityGroups");
    if (!groups || !groups->expect_map()) return;
    const auto ids = groups->required("groupIds");
    if (!ids || !ids->expect_list()) return;
    const std::vector<Reader> items = ids->items();
    for (const Reader& id : items) static_cast<void>(id.text());
    if (!items.empty() && items.size() <= most_groups) return;
    ids->complain(Rule::out_of_range, fmt::format("{} names {} security groups", ids->title(), items.size()),
                  "a SecurityGroupPolicy has one to five; a pod that needs more is selected by two of them");
}

}  // namespace

void SecurityGroupPolicies::add_policy(const std::string& namespace_name, const Reader& object) {
    const auto spec = object.required("spec");
    if (!spec || !spec->expect_map()) return;
    check_groups(*spec);
    Policy policy{namespace_name, selector_of(*spec, "podSelector"), selector_of(*spec, "serviceAccountSelector"),
                  object, false};
    if (!policy.pods && !policy.service_accounts) {
        spec->complain(Rule::missing_field,
                       fmt::format("{} has neither podSelector nor serviceAccountSelector", spec->title()),
                       "without one it selects no pod");
        return;
    }
    policies_.push_back(std::move(policy));
}

void SecurityGroupPolicies::add_service_account(const std::string& namespace_name, const std::string& name,
                                                const Reader& object) {
    const auto metadata = object.member("metadata");
    const auto labels = metadata && metadata->is_map() ? metadata->member("labels") : std::nullopt;
    service_accounts_.insert_or_assign(namespace_name + "/" + name,
                                       labels ? read_labels(*labels) : std::vector<Label>{});
}

bool SecurityGroupPolicies::selects_pod(const std::string& namespace_name, const std::vector<Label>& labels,
                                        const std::string& service_account) const {
    const auto account = service_accounts_.find(namespace_name + "/" + service_account);
    const std::vector<Label> none;
    const std::vector<Label>& account_labels = account != service_accounts_.end() ? account->second : none;
    bool is_selected = false;
    for (const Policy& policy : policies_) {
        if (policy.namespace_name != namespace_name || (policy.pods && !selects(*policy.pods, labels)) ||
            (policy.service_accounts && !selects(*policy.service_accounts, account_labels)))
            continue;
        policy.is_used = is_selected = true;
    }
    return is_selected;
}

void SecurityGroupPolicies::warn_of_idle_ones(bool pod_enis) const {
    for (const Policy& policy : policies_) {
        if (!policy.is_used) {
            policy.object.warn(
                Rule::matches_nothing, fmt::format("{} selects no pod of the scenario", policy.object.title()),
                policy.service_accounts
                    ? "a service account's labels come from its ServiceAccount object in the same namespace"
                    : "a policy selects pods of its own namespace by their labels");
        } else if (!pod_enis) {
            policy.object.warn(Rule::bad_cni_setting,
                               fmt::format("the pods of {} ask for vpc.amazonaws.com/pod-eni, and no node offers it",
                                           policy.object.title()),
                               "set ENABLE_POD_ENI to \"true\" in the environment of the DaemonSet aws-node");
        }
    }
}

}  // namespace eks
