// What EC2 has to give: whether an instance of a shape can be launched now, and which of several it takes.
#pragma once

#include "models/systems/turn.hpp"

#include <vector>

namespace eks {

// What EC2 would answer to the launch of one instance more: success, or why it has none.
Ec2Result launch_answer(const Spec& spec, const World& world, NodeShapeIx shape);

// Of the pools that have capacity, the one that EC2 takes: the cheapest of those on demand, the first where several are
// equal; of spot pools by price and depth (KARP-33, AWS-26). `caller` and `n` key the draw. The pools are not empty.
NodeShapeIx chosen_pool(const Spec& spec, sim::RunKey key, const std::vector<NodeShapeIx>& pools, std::uint64_t caller,
                        std::uint64_t n);

// Of a zone's spot pools that have capacity, the one that a group of this strategy takes for its n-th launch, with so
// many spot instances in the zone. The pools are not empty. That the strategy capacity-optimized takes the one that is
// interrupted least is a guess: EC2 does not publish how deep its pools are.
NodeShapeIx chosen_spot_pool(const Spec& spec, sim::RunKey key, const NodeGroup& group,
                             const std::vector<NodeShapeIx>& pools, std::uint64_t n, std::uint64_t spot_in_zone);

// Whether one more instance is spot, where the group has so many, and so many of them on demand: the base is on demand,
// and of what is above it the percentage. AWS does not publish how a fraction is rounded: up, a guess.
bool is_next_spot(const PurchaseMix& mix, std::int64_t instances, std::int64_t on_demand);

// What the n-th instance of a group is that has been there for a while: zone by zone, and of the types as they would
// have been launched when EC2 had them all.
NodeShapeIx shape_of_settled(const Spec& spec, sim::RunKey key, const NodeGroup& group, std::uint64_t n);

}  // namespace eks
