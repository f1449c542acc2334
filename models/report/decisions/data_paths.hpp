// The decision calls about data paths: what a connection costs, how long rules take, how tables fill, and which limit
// of a node breaks first.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks::decisions {

// A connection and a request on it, node by node (DPC-5 to DPC-18).
nlohmann::ordered_json path_cost_call(const nlohmann::ordered_json& arguments);

// How long a change takes to reach the kernel, and what is wrong until then (DPC-50 to DPC-53).
nlohmann::ordered_json rule_sync_call(const nlohmann::ordered_json& arguments);

// A table of connections over time at a constant rate (DPC-30 to DPC-35, DPC-40).
nlohmann::ordered_json conntrack_fill_call(const nlohmann::ordered_json& arguments);

// One node: cores by what they do, and the first limit to break, with each data path (DPC-68).
nlohmann::ordered_json connection_capacity_call(const nlohmann::ordered_json& arguments);

}  // namespace eks::decisions
