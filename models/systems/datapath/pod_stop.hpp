// New connections that still come to a pod that has stopped, until the last node's rules have forgotten it (DPS-24,
// DPC-53). Pure functions of plain values.
#pragma once

#include "models/systems/datapath/rule_sync.hpp"

#include <algorithm>
#include <span>

namespace eks::datapath {

// The pod's end begins with its removal from the endpoints; it goes on answering through its preStop hook, and after
// SIGTERM for as long as it drains.
struct PodStop {
    double pre_stop_seconds = 0;
    double drain_seconds = 0;
};
constexpr double answers_for_seconds(const PodStop& stop) { return stop.pre_stop_seconds + stop.drain_seconds; }

// How long connections fail: on the node whose rules come last. `lag_seconds` of each node.
constexpr double stop_fails_seconds(const PodStop& stop, std::span<const double> lag_seconds) {
    double slowest = 0;
    for (const double lag : lag_seconds) slowest = std::max(slowest, lag);
    return std::max(0.0, slowest - answers_for_seconds(stop));
}

// How many connections fail in all, with this many a second from each node to a Service of so many endpoints, of which
// `removed` stop.
constexpr double stop_failures(const PodStop& stop, std::span<const double> lag_seconds, double per_second_and_node,
                               double removed, double endpoints) {
    double failed = 0;
    for (const double lag : lag_seconds) failed += std::max(0.0, lag - answers_for_seconds(stop)) * per_second_and_node;
    return failed * stale_share(removed, endpoints);
}

}  // namespace eks::datapath
