// Whether somebody answers names in the cluster now.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <algorithm>

namespace eks {

inline bool names_are_answered(const Spec& spec, const World& world) {
    return std::ranges::any_of(spec.dns.servers, [&](WorkloadIx server) { return world[server].ready > 0; });
}

// A pod of this workload that starts now gets no further (FR-21).
inline bool lacks_names(const Spec& spec, const World& world, WorkloadIx workload) {
    return std::ranges::find(spec.dns.in_need, workload) != spec.dns.in_need.end() && !names_are_answered(spec, world);
}

}  // namespace eks
