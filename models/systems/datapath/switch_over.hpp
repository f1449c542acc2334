// What open connections lose while a node goes over to another data path (DPC-55, DPS-13): those whose next packet
// takes the new path, which knows nothing of the old one's translations. Pure functions of plain values.
#pragma once

#include "libsim/portable_math.hpp"
#include "models/systems/datapath/migration.hpp"

namespace eks::datapath {

// The share of open connections that are broken so long after the switch, with gaps between packets that are
// exponential with this mean. Those that were not translated, such as to pods' own addresses, go on.
inline double broken_share(MigrationState state, double translated_share, double seconds, double mean_gap_seconds) {
    switch (effect_of(state).open) {
        case OpenConnections::go_on:
        case OpenConnections::none: return 0;
        case OpenConnections::reset: return translated_share;
        case OpenConnections::break_where_picked_up: break;
    }
    return translated_share * (1 - sim::math::exp(-seconds / mean_gap_seconds));
}

}  // namespace eks::datapath
