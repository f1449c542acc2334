// Queueing hints (SCHED-10): whether one of the filters that refused a pod would now answer otherwise.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/signals.hpp"

namespace eks {

// `of`: the template of the pod that came or went, where that is what happened; none: whatever pod it was.
bool may_fit_after(const Spec& spec, const World& world, const Pod& pod, ClusterChange change, NodeId node,
                   TemplateIx of);

}  // namespace eks
