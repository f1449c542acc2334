// The decision call `fleet`: the cheapest nodes for a mix of workloads, on plain numbers.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"workloads": [{"name", "cpu_milli", "memory_mib", "replicas"}], "types": [{"name", "cpu_milli", "memory_mib",
// "max_pods", "price_usd_per_hour"}], "effort"}: what a pod takes, and what a node has for pods.
nlohmann::ordered_json fleet_call(const nlohmann::ordered_json& arguments);

}  // namespace eks
