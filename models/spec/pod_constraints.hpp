// What a pod says about the pods around it, and what else keeps it off nodes: the parts of a pod spec that bind pods to
// each other. What binds it to nodes is in pod_template.hpp.
#pragma once

#include "models/spec/selector_requirement.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace eks {

// A label selector. One that is missing matches nothing, one without requirements matches everything.
struct Selector {
    bool is_given = false;
    std::vector<SelectorRequirement> all;

    bool is_empty() const { return is_given && all.empty(); }
    friend bool operator==(const Selector&, const Selector&) = default;
};

// A term of an inter-pod affinity or anti-affinity.
struct AffinityTerm {
    std::string topology_key;
    Selector selector;
    std::set<std::string, std::less<>> namespaces;  // with no namespace_selector either: the owner's own
    Selector namespace_selector;
    std::int64_t weight = 0;              // of a preferred one
    bool is_about_same_template = false;  // matchLabelKeys: [pod-template-hash]
    friend bool operator==(const AffinityTerm&, const AffinityTerm&) = default;
};

struct SpreadConstraint {
    std::string topology_key;
    std::int64_t max_skew = 1;
    std::int64_t min_domains = 1;
    bool is_required = false;  // DoNotSchedule
    bool honors_affinity = true;
    bool honors_taints = false;
    Selector selector;                    // matchLabelKeys merged in
    bool is_about_same_template = false;  // matchLabelKeys: [pod-template-hash]
    friend bool operator==(const SpreadConstraint&, const SpreadConstraint&) = default;
};

struct HostPort {
    std::string protocol;
    std::string ip;
    std::int64_t port = 0;
    friend bool operator==(const HostPort&, const HostPort&) = default;
};

struct PodConstraints {
    std::vector<AffinityTerm> required_affinity;
    std::vector<AffinityTerm> required_anti_affinity;
    std::vector<AffinityTerm> preferred_affinity;
    std::vector<AffinityTerm> preferred_anti_affinity;
    std::vector<SpreadConstraint> spread;
    std::vector<HostPort> host_ports;
    friend bool operator==(const PodConstraints&, const PodConstraints&) = default;
};

}  // namespace eks
