// The Kubernetes objects of the scheduling calls, read from JSON as the API server stores them: unknown fields are
// passed over, as a stored object has many that the scheduler does not look at.
#pragma once

#include "models/report/decisions/arguments.hpp"
#include "models/systems/scheduling/plain/objects.hpp"

#include <string>
#include <vector>

namespace eks::decisions {

plain::PodObject pod_of(const Json& object);

// All of `nodes`, `services`, … that are given, and the pods of the argument `pods_argument`.
plain::Cluster cluster_of(const Json& arguments, const char* pods_argument);

// A map of quantities, cpu in that unit and everything else in whole ones; a list of taints.
plain::Amounts amounts_of(const Json& map, QuantityUnit cpu_unit);
std::vector<Taint> taints_of(const Json& list);

// Shared with the configuration.
std::vector<NodeSelectorTerm> node_terms_of(const Json& terms);
std::vector<PreferredNodeTerm> preferred_node_terms_of(const Json& terms);
plain::SpreadConstraint spread_constraint_of(const Json& object, const plain::Labels& pod_labels);

}  // namespace eks::decisions
