// What Cluster Autoscaler's own metrics tell.
#pragma once

#include "models/systems/turn.hpp"

namespace eks::cluster_autoscaler {

inline void report(Turn& turn, AutoscalerCount what, std::int64_t count) {
    turn.note(AutoscalerCountFact{what, count});
}

inline void report(World& world, Turn& turn, AutoscalerLevel what, std::int64_t level) {
    std::int64_t& before = world.cluster_autoscaler.levels[static_cast<std::size_t>(what)];
    if (before == level) return;
    turn.note(AutoscalerLevelFact{what, level - before});
    before = level;
}

}  // namespace eks::cluster_autoscaler
