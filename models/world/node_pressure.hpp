// Which pods a node refuses that is short of memory or disk.
#pragma once

#include "models/spec/tolerations.hpp"
#include "models/world/rows.hpp"

namespace eks {

// Pods of another class than BestEffort tolerate the taint by themselves (KUBELET-63).
inline bool is_refused_for_memory(const PodTemplate& t) {
    return t.qos == QualityOfService::best_effort &&
           !tolerates(t, "node.kubernetes.io/memory-pressure", "", TaintEffect::no_schedule);
}
inline bool is_refused_for_disk(const PodTemplate& t) {
    return !tolerates(t, "node.kubernetes.io/disk-pressure", "", TaintEffect::no_schedule);
}
// By the scheduler: NODE-3. In 1.10 these are conditions of the node and no taints, with the same pods in mind, but
// that nothing tolerates them.
inline bool is_refused_for_pressure(const NodePressure& pressure, const PodTemplate& t, bool are_taints) {
    if (!are_taints) return pressure.disk || (pressure.memory && t.qos == QualityOfService::best_effort);
    return (pressure.memory && is_refused_for_memory(t)) || (pressure.disk && is_refused_for_disk(t));
}

}  // namespace eks
