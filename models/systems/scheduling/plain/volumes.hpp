// The plugins of volumes: which nodes the pod's claims leave it. Their rules stand beside the decision calls'
// (kubernetes.md names them in SCHED-28).
#pragma once

#include "models/systems/scheduling/plain/node_info.hpp"

#include <optional>
#include <string>
#include <vector>

namespace eks::plain {

// The first claim that the pod names and that is not there.
std::optional<std::string> missing_claim(const Cluster& cluster, const PodObject& pod);
bool has_unbound_immediate_claim(const Cluster& cluster, const PodObject& pod);

// How many uses another pod makes of claims that this pod wants for itself alone.
std::int64_t claims_shared(const Cluster& cluster, const PodObject& pod, const PodObject& other);
bool exceeds_volume_limit(const Cluster& cluster, const NodeInfo& node, const PodObject& pod);
std::vector<std::string> volume_binding_reasons(const Cluster& cluster, const NodeObject& node, const PodObject& pod);
bool is_outside_volume_zone(const Cluster& cluster, const NodeObject& node, const PodObject& pod);

}  // namespace eks::plain
