// The decision call `warm_pool`: what the VPC CNI keeps on a node with so many pods, once its pool has settled.
#pragma once

#include "models/systems/network/settled_pool.hpp"

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"instance_type", "pods"}, and the variables of aws-node in small letters: warm_eni_target and so on.
nlohmann::ordered_json warm_pool_call(const nlohmann::ordered_json& arguments);

namespace decisions {

// The node that such arguments describe, for other calls that start from one.
struct SettledNode {
    SettledPool settled;
    std::int32_t pods = 0;
    bool is_custom = false;  // its primary ENI lies in another subnet than those of its pods
};

SettledNode settled_node(const nlohmann::ordered_json& arguments);

}  // namespace decisions
}  // namespace eks
