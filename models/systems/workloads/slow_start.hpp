// Creations in batches of 1, 2, 4, 8 …: a batch goes out at once, the next when all of it is done (CTRL-3).
#pragma once

#include "libsim/time.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// `create(at)` issues one creation at that instant and returns when it is done. Returns when the last one is.
template <class Create>
sim::Time slow_start(std::int32_t count, sim::Time now, Create&& create) {
    sim::Time at = now;
    for (std::int32_t batch = 1; count > 0; batch *= 2) {
        const std::int32_t size = std::min(batch, count);
        sim::Time last = at;
        for (std::int32_t i = 0; i < size; ++i) last = std::max(last, create(at));
        at = last;
        count -= size;
    }
    return at;
}

}  // namespace eks
