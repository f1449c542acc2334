// Whom the faults that are on now strike.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <algorithm>
#include <string_view>

namespace eks {

// Whether the node is within the fault's scope.
inline bool strikes(const Spec& spec, const Fault& fault, const Node& node) {
    const NodeShape& shape = spec[node.shape];
    return (!fault.group.valid() || fault.group == shape.group) && (!fault.zone.valid() || fault.zone == shape.zone) &&
           (fault.node < 0 || static_cast<std::uint32_t>(fault.node) == node.ordinal);
}

// Whether instances of this shape are within the fault's scope.
inline bool strikes_shape(const Spec& spec, const Fault& fault, NodeShapeIx ix) {
    const NodeShape& shape = spec[ix];
    const Purchase purchase = shape.is_spot ? Purchase::spot : Purchase::on_demand;
    return (!fault.group.valid() || fault.group == shape.group) && (!fault.zone.valid() || fault.zone == shape.zone) &&
           (fault.purchase == Purchase::any || fault.purchase == purchase) &&
           (fault.instance_types.empty() || std::ranges::binary_search(fault.instance_types, shape.instance_type));
}

// EC2 launches nothing in the zone now.
inline bool is_out(const Spec& spec, const World& world, ZoneIx zone) {
    return std::ranges::any_of(world.faults, [&](const ActiveFault& active) {
        return active.kind == FaultKind::zone_outage && spec.timeline[active.action].fault.zone == zone;
    });
}

// Whether a fault of this kind strikes the node now.
inline bool is_struck(const Spec& spec, const World& world, FaultKind kind, const Node& node) {
    return std::ranges::any_of(world.faults, [&](const ActiveFault& active) {
        return active.kind == kind && strikes(spec, spec.timeline[active.action].fault, node);
    });
}

// Whether a fault that lasts ends the pod's containers, or this one of them alone.
inline bool is_struck_by_crash(const Spec& spec, const World& world, const Pod& pod, std::string_view container) {
    return pod.node.valid() && std::ranges::any_of(world.faults, [&](const ActiveFault& active) {
               const Fault& fault = spec.timeline[active.action].fault;
               return active.kind == FaultKind::container_crash && fault.lasts && fault.workload == pod.workload &&
                      fault.container == container && strikes(spec, fault, world.nodes[pod.node]);
           });
}

}  // namespace eks
