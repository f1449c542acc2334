// What the tags of an ENI say about who manages it (IPAM-152), and the ENIs that others attach to a node.
#pragma once

#include <cstdint>

namespace eks {

enum class EniTag : std::uint8_t {
    managed,    // the CNI made it or has taken it over: instance_id names its instance, or no_manage is not "true"
    untagged,   // neither: MANAGE_UNTAGGED_ENI decides
    no_manage,  // node.k8s.amazonaws.com/no_manage is "true"
};

// Attached to each instance of a node group as it starts, in the subnet of the node.
struct EnisOfOthers {
    EniTag tag = EniTag::untagged;
    std::int32_t count = 1;
    std::int32_t addresses = 0;  // secondary ones
    friend bool operator==(const EnisOfOthers&, const EnisOfOthers&) = default;
};

}  // namespace eks
