// Which pod a kubelet evicts first when its node is short of something (KUBELET-62): a pure function.
#pragma once

#include "models/quantities.hpp"

#include <cstdint>

namespace eks {

// What the kubelet's admission and its evictions never touch: system-cluster-critical and above.
inline constexpr std::int32_t critical_priority = 2'000'000'000;

struct EvictionCandidate {
    Bytes used = 0;
    Bytes requested = 0;
    std::int32_t priority = 0;
};

// Whoever uses more than it requested; then the lower priority; then the larger surplus.
constexpr bool goes_before(const EvictionCandidate& a, const EvictionCandidate& b) {
    const bool a_exceeds = a.used > a.requested;
    const bool b_exceeds = b.used > b.requested;
    if (a_exceeds != b_exceeds) return a_exceeds;
    if (a.priority != b.priority) return a.priority < b.priority;
    return a.used - a.requested > b.used - b.requested;
}

}  // namespace eks
