// The decision call `subnet_capacity`: usable addresses and /28 blocks of subnets, what is left of the blocks once
// single addresses lie about in them, and how many nodes fit.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"cidrs": ["10.0.0.0/24"], "taken": 40}; with "instance_type", "pods" and the arguments of `warm_pool` also nodes.
nlohmann::ordered_json subnet_capacity_call(const nlohmann::ordered_json& arguments);

}  // namespace eks
