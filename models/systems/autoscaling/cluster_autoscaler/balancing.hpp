// Which node groups are alike, and how new nodes are spread over those that are (CA-25, CA-27), after
// cluster-autoscaler 1.36.1 processors/nodegroupset/.
#pragma once

#include "models/quantities.hpp"
#include "models/spec/node_shape.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eks::cluster_autoscaler {

struct ComparedNode {
    Resources capacity;
    Resources allocatable;
    Resources free;  // allocatable less what the template's pods request
    std::int32_t max_pods = 0;
    std::int32_t free_pods = 0;
    std::span<const Label> labels;  // by key
};

// Whether labels of this key are left out of the comparison on AWS, whatever the flags say.
bool is_ignored_in_balancing(std::string_view key);

bool are_similar(const ComparedNode& a, const ComparedNode& b, std::span<const std::string> further_ignored);

struct BalancedGroup {
    std::int32_t size = 0;
    std::int32_t maximum = 0;
};

// The sizes afterwards, in the order of the groups.
std::vector<std::int32_t> balanced_sizes(std::span<const BalancedGroup> groups, std::int64_t new_nodes);

}  // namespace eks::cluster_autoscaler
