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

// A claim for one pod alone is in use already.
bool shares_claim_for_one_pod(const Cluster& cluster, const std::vector<NodeInfo>& nodes, const PodObject& pod);
bool exceeds_volume_limit(const Cluster& cluster, const NodeInfo& node, const PodObject& pod);
std::vector<std::string> volume_binding_reasons(const Cluster& cluster, const NodeObject& node, const PodObject& pod);
bool is_outside_volume_zone(const Cluster& cluster, const NodeObject& node, const PodObject& pod);

}  // namespace eks::plain
