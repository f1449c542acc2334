// Which pods a ReplicaSet deletes first when it has too many (RS-2; X-9 in 1.10), as a function of plain values.
#pragma once

#include "models/world/rows.hpp"

#include <bit>
#include <cstdint>

namespace eks {

struct RankedPod {
    PodId id;
    Pod row;
    std::int32_t on_same_node = 0;  // active pods of the same owner on its node
};

// RS-2: ages are compared by their power of two in nanoseconds, so that pods of about the same age are not told apart
// by it.
constexpr int age_class(sim::Time since, sim::Time now) {
    const std::int64_t ns = (now - since).us() * 1000;
    return ns <= 0 ? 0 : 64 - std::countl_zero(static_cast<std::uint64_t>(ns));
}

// Whether `a` is deleted before `b`. `classes`: the rules of today; else those of 1.10. A total order: identical pods
// go by id.
constexpr bool goes_first(const RankedPod& a, const RankedPod& b, sim::Time now, bool classes) {
    if (a.row.node.valid() != b.row.node.valid()) return !a.row.node.valid();
    if (a.row.phase != b.row.phase) return a.row.phase < b.row.phase;  // Pending before Running
    const bool a_ready = a.row.stage == PodStage::ready;
    const bool b_ready = b.row.stage == PodStage::ready;
    if (a_ready != b_ready) return !a_ready;
    if (classes && a.on_same_node != b.on_same_node) return a.on_same_node > b.on_same_node;
    if (a_ready) {
        // Ready for a shorter time first. Within a class the UID decides, and neither restarts nor creation are looked
        // at.
        if (classes) {
            const int x = age_class(a.row.cause_since, now);
            const int y = age_class(b.row.cause_since, now);
            return x != y ? x < y : a.id < b.id;
        } else if (a.row.cause_since != b.row.cause_since) {
            return a.row.cause_since > b.row.cause_since;
        }
    }
    if (a.row.restarts != b.row.restarts) return a.row.restarts > b.row.restarts;
    if (classes) {
        const int x = age_class(a.row.created, now);
        const int y = age_class(b.row.created, now);
        if (x != y) return x < y;
    } else if (a.row.created != b.row.created) {
        return a.row.created > b.row.created;
    }
    return a.id < b.id;  // the UID of the real one, which is random
}

}  // namespace eks
