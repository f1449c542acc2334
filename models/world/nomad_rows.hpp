// What Nomad remembers between two placements, and its autoscaler between two evaluations of a policy.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"
#include "models/world/ids.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// The evaluation under way: the allocations of one job, placed one after the other. The nodes are shuffled when it
// begins, and each placement goes on where the one before it ended (NOM-4).
struct NomadEvaluation {
    WorkloadIx workload;  // none: there is none
    JobId job;
    std::vector<std::uint32_t> order;  // places in World::node_order
    std::uint32_t next = 0;            // in `order`
    friend bool operator==(const NomadEvaluation&, const NomadEvaluation&) = default;
};

// What a scaling policy is doing.
enum class NomadStep : std::uint8_t {
    idle,
    growing,   // waits until the group has as many instances as it was told to have
    draining,  // nodes that go are drained
};

struct NomadPolicyState {
    NomadStep step = NomadStep::idle;
    std::int32_t tries = 0;  // of looks at the group that grows
    sim::Time rests_until;   // its cooldown
    sim::Time looks_at = sim::Time::never();
    friend bool operator==(const NomadPolicyState&, const NomadPolicyState&) = default;
};

struct NomadDrain {
    NodeId node;
    std::uint32_t policy = 0;
    sim::Time deadline;
    friend bool operator==(const NomadDrain&, const NomadDrain&) = default;
};

struct NomadState {
    std::uint64_t evaluations = 0;
    NomadEvaluation evaluation;
    std::vector<std::int32_t> blocked;       // allocations that no node can take, by WorkloadIx; empty without Nomad
    std::vector<NomadPolicyState> policies;  // by Nomad::policies
    std::vector<NomadDrain> drains;          // in the order in which they began
    sim::Time drains_look_at = sim::Time::never();
    friend bool operator==(const NomadState&, const NomadState&) = default;
};

}  // namespace eks
