// SecurityGroupPolicy objects: which pods get security groups of their own, and with them a branch ENI (IPAM-155). The
// VPC resource controller's webhook asks for it in the pod's name, whatever the CNI's settings are.
#pragma once

#include "models/scenario/kubernetes/label_selector.hpp"
#include "models/scenario/reader.hpp"
#include "models/spec/node_shape.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

class SecurityGroupPolicies {
  public:
    void add_policy(const std::string& namespace_name, const Reader& object);
    // Policies may select pods by the labels of their service account.
    void add_service_account(const std::string& namespace_name, const std::string& name, const Reader& object);

    bool selects_pod(const std::string& namespace_name, const std::vector<Label>& labels,
                     const std::string& service_account) const;

    // Speaks of policies that no pod took part in, and of those whose pods fit no node as `pod_enis` is off.
    void warn_of_idle_ones(bool pod_enis) const;

  private:
    struct Policy {
        std::string namespace_name;
        std::optional<LabelSelector> pods;
        std::optional<LabelSelector> service_accounts;
        Reader object;
        mutable bool is_used = false;
    };
    std::vector<Policy> policies_;
    std::map<std::string, std::vector<Label>, std::less<>> service_accounts_;  // by namespace/name
};

}  // namespace eks
