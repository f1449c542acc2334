// What changes in a run of credentials, Secrets and targets (models/spec/identity.hpp).
#pragma once

#include "libsim/time.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// The bucket of one service, in billionths of a token (as TokenBucket), and how its steady callers fare.
struct AwsBucket {
    std::int64_t nano_tokens = 0;
    sim::Time as_of;
    std::int32_t steady_milli = 0;  // that those call who are up
    std::int32_t refused_ppm = 0;   // of these
    std::uint32_t serial = 0;       // of the look that is scheduled; others are void
    friend bool operator==(const AwsBucket&, const AwsBucket&) = default;
};

struct SecretState {
    bool exists = false;
    bool is_applied = false;  // the object that it is made from
    bool is_queued = false;   // or at work, at its operator
    friend bool operator==(const SecretState&, const SecretState&) = default;
};

struct SecretsOperatorState {
    bool runs = false;
    bool is_busy = false;
    std::uint32_t serial = 0;          // of its process: what an earlier one began is void
    std::uint32_t attempts = 0;        // of the call that is refused now
    std::vector<std::uint32_t> queue;  // into Identity::secrets; the first is at work
    friend bool operator==(const SecretsOperatorState&, const SecretsOperatorState&) = default;
};

struct TargetGateState {
    bool is_due = false;        // pods are to be registered
    bool is_scheduled = false;  // the controller is about to
    std::uint32_t attempts = 0;
    friend bool operator==(const TargetGateState&, const TargetGateState&) = default;
};

struct IdentityState {
    std::vector<AwsBucket> buckets;        // by AwsService; none where nobody calls
    std::vector<std::uint8_t> callers_up;  // by Identity::callers
    std::vector<SecretState> secrets;      // by Identity::secrets
    std::vector<SecretsOperatorState> secret_operators;
    std::vector<TargetGateState> gates;
    bool controller_runs = false;
    friend bool operator==(const IdentityState&, const IdentityState&) = default;
};

}  // namespace eks
