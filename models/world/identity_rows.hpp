// What changes in a run of credentials, Secrets, load balancers, their targets and names (models/spec/identity.hpp).
#pragma once

#include "libsim/time.hpp"
#include "models/spec/identity.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// The bucket of one service, in millionths of a millionth of a token, and how its steady callers fare.
struct AwsBucket {
    std::int64_t pico_tokens = 0;
    sim::Time as_of;
    std::int64_t steady_micro = 0;  // that those call a second who are up
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
    bool is_due = false;        // pods are to be registered, or targets to be taken out
    bool is_scheduled = false;  // the controller is about to
    std::uint32_t attempts = 0;
    std::int32_t targets = 0;  // that are registered, those included whose pods have gone
    friend bool operator==(const TargetGateState&, const TargetGateState&) = default;
};

struct BalancerObjectState {
    BalancerStage stage = BalancerStage::absent;
    sim::Time created;
    std::uint32_t serial = 0;    // of the controller's next step: what an earlier process had begun is void
    std::uint32_t answered = 0;  // of the calls that it takes
    std::uint32_t attempts = 0;  // of the one that is refused now
    bool makes_balancer = false;
    bool has_targets = false;  // they are registered, and are being checked
    bool has_record = false;   // of its name
    bool resolves = false;
    friend bool operator==(const BalancerObjectState&, const BalancerObjectState&) = default;
};

struct ExternalDnsState {
    bool runs = false;
    std::uint32_t serial = 0;  // of its next look
    sim::Time next;
    std::int64_t last_sync = 0;  // that succeeded; seconds of Unix
    friend bool operator==(const ExternalDnsState&, const ExternalDnsState&) = default;
};

struct IdentityState {
    std::vector<AwsBucket> buckets;        // by AwsService; none where nobody calls
    std::vector<std::uint8_t> callers_up;  // by Identity::callers
    std::vector<SecretState> secrets;      // by Identity::secrets
    std::vector<SecretsOperatorState> secret_operators;
    std::vector<TargetGateState> gates;
    bool controller_runs = false;
    std::vector<BalancerObjectState> balancer_objects;  // by Identity::balancer_objects
    std::vector<sim::Time> balancers_active;            // by Spec::load_balancers, where there are such objects
    std::vector<ExternalDnsState> external_dns;         // by Identity::external_dns
    friend bool operator==(const IdentityState&, const IdentityState&) = default;
};

}  // namespace eks
