// Whether requests come through the load balancer that they are meant to come by.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <algorithm>

namespace eks {

inline bool is_open(const BalancerObject& object, const BalancerObjectState& state) {
    return state.stage == BalancerStage::serving && (state.resolves || !object.has_name);
}

// MODEL: while the Ingress or Service that leads to it is not made yet, or its name resolves nowhere, nobody asks;
// what would fail is not counted.
inline bool is_reached(const Spec& spec, const World& world, const TrafficClass& traffic) {
    if (traffic.balancer < 0) return true;
    bool leads_there_at_all = false;
    for (std::size_t i = 0; i < world.identity.balancer_objects.size(); ++i) {
        const BalancerObject& object = spec.identity.balancer_objects[i];
        const bool leads_there = static_cast<std::int32_t>(object.balancer) == traffic.balancer &&
                                 std::ranges::any_of(object.services, [&](std::uint32_t service) {
                                     return static_cast<std::int32_t>(service) == traffic.service;
                                 });
        if (leads_there && is_open(object, world.identity.balancer_objects[i])) return true;
        leads_there_at_all = leads_there_at_all || leads_there;
    }
    return !leads_there_at_all;
}

}  // namespace eks
