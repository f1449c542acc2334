// What a HorizontalPodAutoscaler sees in a run: the pods of its target, and what the metrics API answers about them.
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/systems/autoscaling/hpa/proposal.hpp"
#include "models/world/world.hpp"

#include <vector>

namespace eks::hpa {

struct ScaledPods {
    std::vector<PodId> ids;
    std::vector<PodView> views;
};
// All pods that the target's selector matches: those that are ending too, and those of every revision.
ScaledPods pods_of(const Spec& spec, const World& world, WorkloadIx target);

Reading reading_of(const Spec& spec, const World& world, const sim::DrawSource& key, const ScalerMetric& metric,
                   const ScaledPods& pods, sim::Time now);

}  // namespace eks::hpa
