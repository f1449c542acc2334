// What the scheduler keeps between two cycles so that it need not look at everything again: a short row of each node in
// the order of its list, how each node looked to a pod of each scheduling class (Spec::scheduling_classes), the sums of
// pods by topology domain (models/spec/pod_relations.hpp), and who of those that back off is tried first.
//
// It says nothing that the rest of the World does not say. So worlds that differ in it alone are equal, it has no part
// in the fingerprint, forgetting it changes no choice, and a copied World starts without it.
#pragma once

#include "models/spec/pod_relations.hpp"
#include "models/world/ids.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// How a node looked to a pod of some class: a score from 0 on, or the filter that refuses it.
struct NodeLook {
    std::uint32_t changes = 0;  // of the node when it was looked at
    std::int32_t verdict = 0;
};

// A pod of the back-off queue, with all that its turn goes by.
struct BackingOff {
    bool is_error = false;
    sim::Time until;
    std::int32_t priority = 0;
    sim::Time since;
    PodId pod;
    friend bool operator==(const BackingOff&, const BackingOff&) = default;
};

struct SchedulerMemory {
    SchedulerMemory() = default;
    SchedulerMemory(const SchedulerMemory&) {}
    SchedulerMemory& operator=(const SchedulerMemory& other) {
        if (this != &other) *this = SchedulerMemory();
        return *this;
    }
    SchedulerMemory(SchedulerMemory&&) = default;
    SchedulerMemory& operator=(SchedulerMemory&&) = default;

    // By place in World::node_order. A look is good while the node's count of changes stays what it was.
    bool knows_nodes = false;
    std::vector<std::uint32_t> changes;  // never 0
    std::vector<std::uint32_t> slots;    // of the node, to find its sums by hostname
    std::vector<std::uint32_t> shapes;
    std::vector<std::uint32_t> place_of_slot;

    struct OfClass {
        // Looks also depend on how common the class's images are (SCHED-56): all are void when one of these changes.
        std::int64_t nodes = 0;
        std::vector<std::int32_t> image_nodes;
        std::vector<NodeLook> looks;  // by place
    };
    std::vector<OfClass> classes;

    // The sums of this table; none: not counted yet.
    std::shared_ptr<const PodRelationsTable> counted;
    struct Sum {
        std::vector<std::int32_t> pods;   // by domain; by slot of the node where that is the domain
        std::vector<std::int32_t> nodes;  // nodes that count, likewise
        std::int64_t total = 0;           // of the pods
    };
    std::vector<Sum> sums;

    bool knows_backoff = false;
    std::vector<BackingOff> backoff;  // a binary heap, first = next; with entries of pods that are gone from there

    friend bool operator==(const SchedulerMemory&, const SchedulerMemory&) { return true; }
};

}  // namespace eks
