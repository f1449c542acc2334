// A ResourceQuota: how much the pods of a namespace may be and ask for together (QUOTA-1). The API server compares at
// each creation of a pod; what a pod takes follows from its template alone.
#pragma once

#include "libsim/wide.hpp"
#include "models/spec/pod_template.hpp"
#include "models/spec/selector_requirement.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

// Which pods a quota counts.
enum class QuotaScope : std::uint8_t { terminating, not_terminating, best_effort, not_best_effort, priority_class };

struct QuotaScopeTerm {
    QuotaScope scope = QuotaScope::terminating;
    SelectorOperator op = SelectorOperator::exists;  // of a priority class; the others exist or do not
    std::vector<std::string> values;
    friend bool operator==(const QuotaScopeTerm&, const QuotaScopeTerm&) = default;
};

enum class QuotaMeasure : std::uint8_t {
    pod_objects,  // count/pods: those that have ended too
    pods,         // all below: those that have not
    requests,
    limits,
};

// One entry of spec.hard.
struct QuotaBound {
    std::string name;  // as it is written there, such as "requests.cpu"
    QuotaMeasure measure = QuotaMeasure::pods;
    ResourceKind resource = ResourceKind::cpu;  // of requests and limits
    std::int64_t limit = 0;
    friend bool operator==(const QuotaBound&, const QuotaBound&) = default;
};

struct ResourceQuota {
    std::string namespace_name;
    std::string name;
    std::vector<QuotaScopeTerm> scopes;  // a pod has to meet them all
    std::vector<QuotaBound> bounds;
    std::uint32_t first_use = 0;  // of the bounds' places in World::quota_uses; set by complete()
    friend bool operator==(const ResourceQuota&, const ResourceQuota&) = default;
};

// Whether the quota counts pods of this template. Its class of service is known by then.
bool counts_pods_of(const ResourceQuota& quota, const PodTemplate& pod);

// What one pod takes of the bound.
std::int64_t charge_of(const QuotaBound& bound, const PodTemplate& pod);

// A bound on processor time or memory makes every container say what it asks for: a pod that does not is refused,
// however much is left.
bool lacks_what_is_bound(const QuotaBound& bound, const PodTemplate& pod);

// Of a bound that so much is used of, in millionths. A bound of 0 is always full.
constexpr std::int64_t used_share_ppm(std::int64_t used, std::int64_t limit) {
    constexpr std::int64_t whole = 1'000'000;
    return limit <= 0 ? whole : static_cast<std::int64_t>(sim::Int128{used} * whole / limit);
}

}  // namespace eks
