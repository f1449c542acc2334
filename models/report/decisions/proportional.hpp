// The decision calls cpa_replicas and cpa_cluster_status: what a cluster-proportional autoscaler sees and wants.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"config": data of its ConfigMap, "cluster": counts of nodes and cores} to {"replicas"}, or {"error": "bad_config"}.
nlohmann::ordered_json cpa_replicas_call(const nlohmann::ordered_json& arguments);
// {"nodes": [Node, …]} to the counts.
nlohmann::ordered_json cpa_cluster_status_call(const nlohmann::ordered_json& arguments);

}  // namespace eks
