// Whether a pod bears the taints that a node has at this moment, beside those of its group (SCHED-42, NODE-3). Not for
// clusters of 2018, whose nodes have conditions instead.
#pragma once

#include "models/spec/spec.hpp"
#include "models/spec/tolerations.hpp"
#include "models/world/rows.hpp"

namespace eks {

inline bool bears_taints_of_state(const Spec& spec, const PodTemplate& t, const Node& node) {
    const bool awaits_cilium =
        node.cilium.is_tainted || (spec[node.shape].waits_for_cilium && node.ready_at == sim::Time::never());
    return (node.condition_taints & ~t.tolerated_condition_taints) == 0 &&
           (!awaits_cilium || tolerates_cilium_taint(t));
}

}  // namespace eks
