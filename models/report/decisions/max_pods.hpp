// The decision call `max_pods`: how many pods a node takes by one of the formulas in use, how many of them can have an
// address, and the arithmetic of both, step by step (IPAM-180 to IPAM-186, IPAM-341).
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"instance_type": "m5.large"} or {"instance_types": [...]} for a group of several, which takes the smallest of their
// numbers. Beside them: formula, the settings that it asks for, and how the CNI uses the interfaces.
nlohmann::ordered_json max_pods_call(const nlohmann::ordered_json& arguments);

}  // namespace eks
