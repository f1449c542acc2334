// What in a pod spec binds a pod to other pods: inter-pod affinity, topology spread constraints, host ports; and which
// scheduler places it, and when.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"
#include "models/spec/pod_template.hpp"

#include <string_view>

namespace eks {

// A constraint as it stands in a pod spec, or among the default constraints of a scheduler configuration, where it has
// no selector. `labels` are the pod's, for matchLabelKeys.
SpreadConstraint read_spread_constraint(const Reader& constraint, const std::vector<Label>& labels);

// Fills `constraints`, `profile` and `is_gated`. The labels and containers of the pod have been read.
void read_pod_constraints(const Reader& pod_spec, std::string_view owner_kind, const ScenarioBuilder& builder,
                          PodTemplate& pod);

}  // namespace eks
