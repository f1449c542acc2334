// What the API server adds to pods as it admits them, taken from other objects of the cluster: priorities from
// PriorityClasses (PRIO-1) and missing requests and limits from LimitRanges. What is read of these objects counts as
// used only where a pod took it over, so an object that touches no pod is listed as ignored.
#pragma once

#include "models/quantities.hpp"
#include "models/scenario/kubernetes/security_group_policies.hpp"
#include "models/scenario/kubernetes/volumes.hpp"
#include "models/scenario/reader.hpp"
#include "models/spec/pod_template.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

struct PodPriority {
    std::string class_name;  // may be empty
    std::int32_t value = 0;
    bool may_preempt = true;
};

class Admission {
  public:
    explicit Admission(bool has_priorities) : has_priorities_(has_priorities) {}

    // Two objects of one name are not given; a later one has replaced the earlier.
    void add_priority_class(const std::string& name, const Reader& object);
    void add_limit_range(const std::string& namespace_name, const Reader& object);

    // The priority of a pod by its priorityClassName, or by the default class if it has none.
    PodPriority priority_of(const std::optional<Reader>& class_name) const;

    // What a container without a limit or request of this resource gets in this namespace. The value says that there is
    // one.
    std::optional<std::int64_t> default_limit(std::string_view namespace_name, ResourceKind kind) const;
    std::optional<std::int64_t> default_request(std::string_view namespace_name, ResourceKind kind) const;

    // "min", "max" or "default" of a LimitRange for containers.
    std::optional<std::int64_t> container_bound(std::string_view namespace_name, ResourceKind kind,
                                                std::string_view field) const {
        return from_limit_range(namespace_name, kind, {field});
    }

    // Complains where a LimitRange of the namespace refuses the pod: its containers and their sums are complete.
    void check_limit_ranges(const Reader& pod_spec, std::string_view namespace_name, const PodTemplate& pod) const;

    SecurityGroupPolicies security_groups;
    VolumeObjects volumes;

  private:
    std::optional<std::int64_t> from_limit_range(std::string_view namespace_name, ResourceKind kind,
                                                 std::initializer_list<std::string_view> fields) const;

    PodPriority priority_of_class(const std::string& name) const;

    bool has_priorities_;
    mutable std::map<std::string, PodPriority, std::less<>>
        read_classes_;  // so that a bad class is complained about once
    std::map<std::string, Reader, std::less<>> classes_;
    std::optional<std::string> default_class_;
    struct ItemLimits {
        Reader item;
        Reader object;
    };
    using LimitsByNamespace = std::map<std::string, std::vector<ItemLimits>, std::less<>>;
    LimitsByNamespace container_limits_;  // of type Container
    LimitsByNamespace pod_limits_;
};

}  // namespace eks
