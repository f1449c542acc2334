// The cluster as Karpenter sees it at one moment of a run: a round over the World's nodes and pods, by number.
#pragma once

#include "models/systems/autoscaling/karpenter/knowledge.hpp"
#include "models/systems/autoscaling/karpenter/round.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace eks::karpenter {

// Which of the pods that are bound a round needs to know one by one. Those that are counted by topology are always
// there.
enum class BoundPods : std::uint8_t { of_nodes_that_go, all };

struct Moment {
    const Knowledge* knowledge = nullptr;
    std::unique_ptr<Round> round;
    std::vector<NodeId> nodes;   // by NodeIx
    std::vector<PodId> pods;     // by PodIx
    std::vector<PodIx> waiting;  // KARP-4: those that nothing but a node is missing for
    std::vector<PodIx> moving;   // on nodes that go, and have to find another one

    std::optional<NodeIx> find(NodeId node) const;
};

Moment look_at_cluster(const Spec& spec, World& world, sim::Time now, BoundPods which);
// With these pods as those that wait, whatever the scheduler's queues say.
Moment look_at_cluster_for(const Spec& spec, World& world, sim::Time now, const std::vector<PodId>& waiting);

// Its status says that no node has room for it (KARP-4).
bool is_provisionable(const Spec& spec, const eks::Pod& pod);
// Whether a budget keeps the pod where it is now, or two of them do (KARP-41).
bool is_kept_by_budget(const Spec& spec, const World& world, const eks::Pod& pod);

}  // namespace eks::karpenter
