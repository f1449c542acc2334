// Whether a node can take a pod: the default filters in the order in which the scheduler asks them (SCHED-28), as a
// function of plain values. The first refusal ends a node; its bit and the wait cause it stands for are here.
#pragma once

#include "models/world/wait_cause.hpp"

#include <cstdint>

namespace eks {

enum class Filter : std::uint8_t {
    node_unschedulable,   // cordoned, SCHED-44
    node_name,            // pinned to another node, SCHED-44; how a daemon pod finds its own (SCHED-43)
    taint_toleration,     // SCHED-42
    node_affinity,        // SCHED-43
    node_ports,           // SCHED-44
    node_resources_fit,   // SCHED-41
    too_many_pods,        // the pod count of SCHED-41
    volumes,              // VolumeRestrictions, NodeVolumeLimits, VolumeBinding and VolumeZone
    pod_topology_spread,  // SCHED-46
    inter_pod_affinity,   // SCHED-45
    none,                 // the node passes
};

constexpr std::uint32_t bit(Filter filter) { return std::uint32_t{1} << static_cast<std::uint32_t>(filter); }

constexpr WaitCause cause_of(Filter filter) {
    switch (filter) {
        case Filter::node_unschedulable: return WaitCause::unschedulable_node_unschedulable;
        case Filter::node_name: return WaitCause::unschedulable_node_name;
        case Filter::taint_toleration: return WaitCause::unschedulable_taint_toleration;
        case Filter::node_affinity: return WaitCause::unschedulable_node_affinity;
        case Filter::node_ports: return WaitCause::unschedulable_node_ports;
        case Filter::node_resources_fit: return WaitCause::unschedulable_node_resources_fit;
        case Filter::too_many_pods: return WaitCause::unschedulable_too_many_pods;
        case Filter::volumes: return WaitCause::unschedulable_volumes;
        case Filter::pod_topology_spread: return WaitCause::unschedulable_pod_topology_spread;
        case Filter::inter_pod_affinity: return WaitCause::unschedulable_inter_pod_affinity;
        case Filter::none: break;
    }
    return WaitCause::none;
}

// What a filter says of a node.
struct Refusal {
    Filter filter = Filter::none;
    bool is_final = false;  // pods that went would not help (UnschedulableAndUnresolvable)
    friend constexpr bool operator==(Refusal, Refusal) = default;
};

// Whether a filter can be helped by pods that go, where that does not depend on the node.
constexpr Refusal final_by(Filter filter) { return {filter, true}; }
constexpr Refusal for_now_by(Filter filter) { return {filter, false}; }

// How far a pod got before it was refused: a later filter is a nearer miss. Pods and resources are one plugin.
constexpr std::uint32_t nearness(Filter filter) { return static_cast<std::uint32_t>(filter); }

}  // namespace eks
