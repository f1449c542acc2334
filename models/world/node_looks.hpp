// What the scheduler remembers of nodes between two cycles: how each of them looked to a pod of each scheduling class
// (Spec::scheduling_classes) when it was looked at last. A look is good for as long as the node's `changes` stay what
// they were, so a cycle looks anew only at nodes that something has happened to.
//
// It says nothing that the rest of the World does not say. So worlds that differ in it alone are equal, it has no part
// in the fingerprint, and forgetting it changes no choice.
#pragma once

#include "models/world/ids.hpp"

#include <cstdint>
#include <vector>

namespace eks {

struct NodeLook {
    std::uint32_t generation = 0;  // of the node's id; 0: never looked at
    std::uint32_t changes = 0;     // of the node
    std::int32_t score = 0;        // the part that does not depend on what other nodes are feasible
    std::uint8_t refusal = 0;      // the filter that refuses it
};

struct NodeLooks {
    struct OfClass {
        // Looks also depend on how common the class's images are (SCHED-56): all are void when one of these changes.
        std::int64_t nodes = 0;
        std::vector<std::int32_t> image_nodes;
        std::vector<NodeLook> looks;  // by node slot
    };
    std::vector<OfClass> classes;

    friend bool operator==(const NodeLooks&, const NodeLooks&) { return true; }
};

}  // namespace eks
