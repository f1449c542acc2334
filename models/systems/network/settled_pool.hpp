// The pool of one network card once its loop rests: what a node that starts empty and then gets one pod after the
// other, each with time enough, ends up holding. It goes from one state to the next by `pool_decision`, the function
// that is compared with the real daemon.
//
//     PoolSituation empty;                                  // an m5.large with the daemon's defaults
//     empty.max_pods = 29, empty.max_eni = 3, empty.max_ips_per_eni = 9;
//     empty.enis = {{.id = "eni-0", .is_primary = true}};
//     settled_pool(empty, 10).pool.enis.size();             // 3: one more than ten addresses need
//
// Pods sit as close together as they can here. In a real pool they are scattered, which matters only to the number of
// wholly free prefixes: a real node may hold more of them than this one (IPAM-138).
#pragma once

#include "models/systems/network/pool_decision.hpp"

#include <cstdint>

namespace eks::decisions {

struct SettledPool {
    PoolSituation pool;
    std::int32_t assigned = 0;
    // The loop never rests: it gives back what it took and asks for it again, for ever. `pool` is its larger state.
    bool oscillates = false;
};

SettledPool settled_pool(const PoolSituation& empty, std::int32_t pods);

// What the node takes of its subnets: each ENI's own address, its secondary ones and its prefixes (IPAM-187).
std::int64_t subnet_addresses(const PoolSituation& pool);

}  // namespace eks::decisions
