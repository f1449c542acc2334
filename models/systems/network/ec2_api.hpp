// Calls to the EC2 API: each takes a token of its action's bucket or is refused, and its answer comes after a while
// (IPAM-400, IPAM-4).
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// What becomes of one attempt that is sent now.
struct Ec2Attempt {
    sim::Time answered;
    bool is_refused = false;  // RequestLimitExceeded: the bucket was empty
};

// `caller` keys the draws of its latency.
Ec2Attempt attempt_call(const Spec& spec, World& world, Turn& turn, Ec2Action action, std::uint64_t caller);

// The pause of the SDK's standard retryer before the attempt after this many: exponential with full jitter, at most
// 20 s (IPAM-4).
sim::Duration sdk_pause(Turn& turn, std::uint64_t caller, std::uint32_t attempts);

inline constexpr std::int16_t retry_quota_full = 500;  // IPAM-4: tokens of one client,
inline constexpr std::int16_t retry_price = 5;         // of which a retry costs five and a success gives one back

// All buckets full.
void fill_buckets(const Spec& spec, World& world, sim::Time now);

inline void note_call(Turn& turn, Ec2Action action, Ec2Result result) { turn.note(Ec2CallFact{action, result, 1}); }

}  // namespace eks
