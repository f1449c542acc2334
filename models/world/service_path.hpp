// What a node's kernel makes of a Service's address now, read off the rows of data paths (DPC-53).
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <algorithm>
#include <optional>

namespace eks {

// The row of a node, where data paths are looked at; none: nobody does.
inline const NodeDataPath* data_path_of(const World& world, NodeId node) {
    const auto& rows = world.data_path.nodes;
    return node.slot < rows.size() && rows[node.slot].node == node ? &rows[node.slot] : nullptr;
}

// Endpoints that the kernel has, and that answer no more: those that have been removed since it was written, less the
// ones that still answer.
inline double dead_endpoints(const World& world, const RuleGroup& group, std::uint32_t service, double silent) {
    const EndpointCounts& counts = world.data_path.services[service];
    const std::uint32_t written = group.kernel[service].removed;
    const auto answering =
        counts.answering.end() - std::ranges::upper_bound(counts.answering, written, {}, &AnsweringEndpoint::number);
    return static_cast<double>(counts.removed - written) - static_cast<double>(answering) + silent;
}

// Of new connections to the Service from nodes of the group, those to an endpoint that answers no more. `silent`
// endpoints count as ready and have stopped with their machine. None: the kernel has no endpoint.
inline std::optional<double> dead_share(const World& world, const RuleGroup& group, std::uint32_t service,
                                        double silent) {
    const double endpoints = group.kernel[service].endpoints();
    if (endpoints <= 0) return {};
    return std::min(1.0, dead_endpoints(world, group, service, silent) / endpoints);
}

}  // namespace eks
