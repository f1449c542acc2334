// What Cluster Autoscaler takes a new node of a group for (CA-20, CA-21).
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

namespace eks::cluster_autoscaler {

// Looks for real nodes; a group that has had one keeps its last template.
void refresh_templates(const Spec& spec, World& world, sim::Time now);

// The first instant from `now` on at which a node may become a template; never: none will.
sim::Time next_template(const Spec& spec, const World& world, sim::Time now);

}  // namespace eks::cluster_autoscaler
