// What Karpenter makes of a Spec in a run: its NodePools, instance types and offers, and the forms of all pods, worked
// out once for as long as neither the objects nor what EC2 has to give change. Rounds stand on it by number.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/autoscaling/karpenter/basis.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace eks::karpenter {

struct Knowledge {
    Knowledge(const Spec& spec, const World& world);
    // Whether it is still what would be worked out.
    bool holds(const World& world) const;

    // Of a pod: its template's, in the zone where its volumes are (KARP-15).
    ShapeIx shape_of(const Spec& spec, const World& world, const eks::Pod& pod) const;
    // None: the pool does not sell it so.
    NodeShapeIx offer(PoolIx pool, TypeIx type, ZoneIx zone, bool is_spot) const;
    // The shapes of an offer in the other subnets of its zone.
    std::span<const NodeShapeIx> elsewhere(NodeShapeIx shape) const;
    void add(const eks::Resources& from, Quantities& to) const;

    const std::uint32_t revision;
    const Sizing sizing;  // held, so that no other Spec can take the place of its own
    const std::vector<UnavailableOffer> unavailable;
    const std::vector<std::uint8_t> measured;
    Cluster cluster;
    Basis basis;
    std::vector<std::pair<ResourceKind, std::size_t>> resources;  // those that have a number, with it
    KeyIx zone_id_key = 0;
    bool has_host_ports = false;
    TaintsIx unschedulable = 0;  // for nodes that take no new pods at the moment

  private:
    std::map<NodeShapeIx, std::vector<NodeShapeIx>> elsewhere_;  // of offers that have any
    std::size_t zones_;
    std::vector<std::uint32_t>
        first_zoned_;  // by template: the shape for the first zone; 0: its zone is its own choice
    std::vector<std::vector<NodeShapeIx>> offers_;  // by pool; then by type, zone and how it is bought
};

// Of the moment. `world` remembers it.
const Knowledge& knowledge_of(const Spec& spec, World& world);
// Of nodes of a shape.
const NodeLook& look_of_shape(const Spec& spec, World& world, NodeShapeIx shape);

}  // namespace eks::karpenter
