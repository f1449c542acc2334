// A node with the pods on it, as the scheduler's cache has it.
#pragma once

#include "models/systems/scheduling/plain/objects.hpp"

#include <vector>

namespace eks::plain {

struct NodeInfo {
    const NodeObject* node = nullptr;
    std::vector<const PodObject*> pods;
    std::vector<const PodObject*> nominated;  // pending pods that are nominated to it
    Amounts requested;
    Amounts requested_with_defaults;

    void add(const PodObject& pod);
    void remove(const PodObject& pod);
};

// All nodes of the cluster, in its order.
std::vector<NodeInfo> nodes_with_pods(const Cluster& cluster);

std::int64_t amount_of(const Amounts& amounts, std::string_view resource);

}  // namespace eks::plain
