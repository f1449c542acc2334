// A World as the plain scheduler sees it: the same nodes and pods, written as Kubernetes objects. With it the scheduler
// of a run is held against the plain one, and what each plugin says of each node can be shown.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/scheduling/plain/objects.hpp"
#include "models/world/world.hpp"

#include <string>

namespace eks::plain {

// Unique, and the same as long as the node is there.
std::string view_name(NodeId node);
std::string view_name(PodId pod);

PodObject view_of_pod(const Spec& spec, const World& world, PodId pod);

// The cluster as it is for the scheduling of one pod, which is in it only if it has a node already.
Cluster view_of_cluster(const Spec& spec, const World& world, PodId pod);

}  // namespace eks::plain
