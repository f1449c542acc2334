// Whether a node can take a pod: the default filters in the order in which the scheduler asks them (SCHED-28), as a
// function of plain values. The first refusal ends a node; its bit and the wait cause it stands for are here.
#pragma once

#include "models/quantities.hpp"
#include "models/spec/pod_template.hpp"
#include "models/world/wait_cause.hpp"

#include <cstdint>

namespace eks {

enum class Filter : std::uint8_t {
    node_unschedulable,  // cordoned, SCHED-44
    node_name,           // pinned to another node, SCHED-44; how a daemon pod finds its own (SCHED-43)
    taint_toleration,    // SCHED-42
    node_affinity,       // SCHED-43
    node_resources_fit,  // SCHED-41
    too_many_pods,       // the pod count of SCHED-41
    none,                // the node passes
};

constexpr std::uint32_t bit(Filter filter) { return std::uint32_t{1} << static_cast<std::uint32_t>(filter); }

constexpr WaitCause cause_of(Filter filter) {
    switch (filter) {
        case Filter::node_unschedulable: return WaitCause::unschedulable_node_unschedulable;
        case Filter::node_name: return WaitCause::unschedulable_node_name;
        case Filter::taint_toleration: return WaitCause::unschedulable_taint_toleration;
        case Filter::node_affinity: return WaitCause::unschedulable_node_affinity;
        case Filter::node_resources_fit: return WaitCause::unschedulable_node_resources_fit;
        case Filter::too_many_pods: return WaitCause::unschedulable_too_many_pods;
        case Filter::none: break;
    }
    return WaitCause::none;
}

// What the filters look at on one node.
struct NodeForFilters {
    bool cordoned = false;
    bool tolerates_cordon = false;
    bool is_other_node = false;  // the pod is pinned, and not to this node
    bool ready = true;           // else the not-ready taint stands
    bool tolerates_not_ready = false;
    bool under_pressure = false;      // a taint for want of memory or disk that it does not tolerate (NODE-3)
    bool offers_branch_enis = false;  // its trunk ENI is there (IPAM-155)
    const TemplateOnShape* fit = nullptr;
    const Resources* requested = nullptr;
    const Resources* allocatable = nullptr;
    std::int32_t pods = 0;
    std::int32_t max_pods = 0;
};

constexpr Filter first_refusal(const Resources& request, const NodeForFilters& node) {
    if (node.cordoned && !node.tolerates_cordon) return Filter::node_unschedulable;
    if (node.is_other_node) return Filter::node_name;
    if (!node.fit->taints_tolerated || node.under_pressure || (!node.ready && !node.tolerates_not_ready))
        return Filter::taint_toleration;
    if (!node.fit->affinity_matches) return Filter::node_affinity;
    if (node.pods + 1 > node.max_pods) return Filter::too_many_pods;
    if (request.pod_enis > 0 && !node.offers_branch_enis) return Filter::node_resources_fit;
    if (!fits(request, *node.allocatable - *node.requested)) return Filter::node_resources_fit;
    return Filter::none;
}

// How far a pod got before it was refused: a later filter is a nearer miss. Pods and resources are one plugin.
constexpr std::uint32_t nearness(Filter filter) { return static_cast<std::uint32_t>(filter); }

}  // namespace eks
