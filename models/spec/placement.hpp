// Where pods stand when a run begins, for a scenario that takes up a cluster as somebody found it.
#pragma once

#include "models/spec/indices.hpp"

#include <cstdint>
#include <vector>

namespace eks {

struct PlacedPods {
    WorkloadIx workload;
    NodeGroupIx group;
    std::int32_t node = 0;      // of the group's nodes, in the order in which they are launched
    std::int32_t pods = 1;      // so many of them
    std::int32_t replica = -1;  // of a StatefulSet: the one that it is, and `pods` is 1
    friend bool operator==(const PlacedPods&, const PlacedPods&) = default;
};

// Nobody is placed by the scheduler before the run: pods that have no place here wait for it when the run begins.
struct Placement {
    bool is_given = false;
    std::vector<PlacedPods> pods;
    friend bool operator==(const Placement&, const Placement&) = default;
};

}  // namespace eks
