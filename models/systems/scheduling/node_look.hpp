// What the scheduler makes of one node by itself: the filters and scores that look at nothing but the node and the pod.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/scheduling/filters.hpp"
#include "models/world/world.hpp"

#include <cstdint>

namespace eks {

// The first filter that refuses the node, of those that need no other node (SCHED-28). `pinned`: the one node that the
// pod may go to, or none.
Refusal refusal_of_node(const Spec& spec, const World& world, TemplateIx pod_template, NodeId pinned, NodeId node);

// The part of a node's score that it has whatever other nodes are feasible.
std::int64_t own_score(const Spec& spec, const World& world, TemplateIx pod_template, NodeId node);

// Whether the pod puts up with the taints of the node's state (NODE-3), and with that of a node whose agent of Cilium
// is not there (IPAM-350).
bool bears_state(const Spec& spec, const PodTemplate& t, const Node& node);

// Whether the ports that two pods want of one node are the same (SCHED-44).
bool want_the_same_port(const PodTemplate& a, const PodTemplate& b);

// Both in one number: the score from 0 on, or which filter refuses the node and whether that is final.
constexpr std::int32_t verdict_of(Refusal refusal) {
    return -1 - 2 * static_cast<std::int32_t>(refusal.filter) - (refusal.is_final ? 1 : 0);
}
constexpr Refusal refusal_in(std::int32_t verdict) {
    return {static_cast<Filter>((-1 - verdict) / 2), (-1 - verdict) % 2 != 0};
}
std::int32_t verdict_on_node(const Spec& spec, const World& world, TemplateIx pod_template, NodeId pinned, NodeId node);

}  // namespace eks
