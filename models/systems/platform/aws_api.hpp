// Calls to AWS's APIs other than EC2's: each takes a token of its service's bucket or is refused. Steady callers, and
// others in the account, take of it all the time; what comes of that is worked out when something about it changes.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// How many of so many calls made now are answered; the others are throttled.
std::int32_t call_aws(const Spec& spec, World& world, Turn& turn, AwsAction action, std::int32_t calls);

// `caller` keys the draws.
sim::Time aws_answers_at(const Spec& spec, Turn& turn, AwsAction action, std::uint64_t caller);
// The pause of an SDK's standard retryer after so many attempts.
sim::Duration aws_retry_pause(Turn& turn, std::uint64_t caller, std::uint32_t attempts);

// Of a steady caller's calls, in millionths a second, where so many in a million are refused.
std::int64_t refused_of(const SteadyCaller& caller, std::int32_t ppm);
// Who calls steadily has come up or gone.
void look_at_bucket(const Spec& spec, World& world, Turn& turn, AwsService service);

}  // namespace eks
