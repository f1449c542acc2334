// Nomad in the place of Kubernetes' scheduler, and its autoscaler over node groups (NOM-1 to NOM-7). What it says is
// what Nomad's agents and scaling policies are configured with.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// Of a group's ready nodes: what allocations have asked for, of what the nodes have for them.
enum class NomadMetric : std::uint8_t { cpu_allocated, memory_allocated };

struct NomadCheck {
    NomadMetric metric = NomadMetric::cpu_allocated;
    std::int32_t target_ppm = 0;
    friend bool operator==(const NomadCheck&, const NomadCheck&) = default;
};

// A scaling policy of one node group (NOM-5, NOM-6).
struct NomadPolicy {
    NodeGroupIx group;
    std::vector<NomadCheck> checks;
    std::int32_t minimum = 0;
    std::int32_t maximum = 0;
    std::int32_t max_scale_up = 0;  // nodes at once; 0: as many as it takes
    std::int32_t max_scale_down = 0;
    sim::Duration evaluation_interval = sim::Duration::seconds(10);
    sim::Duration cooldown = sim::Duration::minutes(5);
    sim::Duration cooldown_on_scale_up = sim::Duration::minutes(5);
    sim::Duration drain_deadline = sim::Duration::minutes(15);
    friend bool operator==(const NomadPolicy&, const NomadPolicy&) = default;
};

struct Nomad {
    bool runs = false;     // it places the pods; everything else here says nothing otherwise
    bool spreads = false;  // scheduler_algorithm "spread" instead of "binpack" (NOM-2)
    // Nomad counts CPU in shares of the clock. Which rate it finds depends on the instance; all are taken to have this
    // one, which no comparison of ours depends on.
    std::int64_t mhz_per_vcpu = 2'500;  // a guess: the base clock of many types of the fifth generation
    std::vector<NomadPolicy> policies;
    friend bool operator==(const Nomad&, const Nomad&) = default;
};

}  // namespace eks
