// The Kubernetes objects of the scheduling calls, read from JSON as the API server stores them: unknown fields are
// passed over, as a stored object has many that the scheduler does not look at.
#pragma once

#include "models/quantities.hpp"
#include "models/report/decisions/arguments.hpp"
#include "models/systems/scheduling/plain/objects.hpp"

#include <string>
#include <vector>

namespace eks::decisions {

plain::PodObject pod_of(const Json& object);
// What a pod requests of a node (SCHED-40): cpu in thousandths, everything else in whole units.
plain::Amounts requests_of(const Json& pod);
plain::NodeObject node_of(const Json& object);
plain::DisruptionBudget budget_of(const Json& object);

// A resource list: cpu in the unit asked for, everything else whole.
plain::Amounts amounts_of(const Json& map, QuantityUnit cpu_unit = QuantityUnit::nano);

// All of `nodes`, `services`, … that are given, and the pods of the argument `pods_argument`.
plain::Cluster cluster_of(const Json& arguments, const char* pods_argument);

std::vector<Taint> taints_of(const Json& list);

// Shared with the configuration.
std::vector<NodeSelectorTerm> node_terms_of(const Json& terms);
std::vector<PreferredNodeTerm> preferred_node_terms_of(const Json& terms);
plain::SpreadConstraint spread_constraint_of(const Json& object, const plain::Labels& pod_labels);

}  // namespace eks::decisions
