// In which subnet of each zone instances are launched (KARP-32): the one with the most free addresses, less those that
// the launches before, of which EC2 does not say yet, are going to take. Source: karpenter-provider-aws,
// pkg/providers/subnet (ZonalSubnetsForLaunch).
//
// What is on its way is counted within one event. After that the instances hold addresses themselves, where the real
// one goes on counting until it next lists its subnets.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/autoscaling/karpenter/knowledge.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <vector>

namespace eks::karpenter {

class Subnets {
  public:
    Subnets(const Spec& spec, World& world);
    // These, each in the subnet that is taken in its zone; for the next launch there is less room there.
    std::vector<NodeShapeIx> choose(const std::vector<NodeShapeIx>& choices);

  private:
    NodeShapeIx in_roomiest(NodeShapeIx choice) const;
    std::int64_t& room_of(NodeShapeIx shape) { return room_[spec_[shape].subnet.value]; }

    const Spec& spec_;
    const Knowledge& known_;
    std::vector<std::int64_t> room_;  // by subnet
};

}  // namespace eks::karpenter
