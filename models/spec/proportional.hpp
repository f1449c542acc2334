// Autoscalers that follow the size of the cluster (DNS-5, CPVPA-1).
#pragma once

#include "models/spec/indices.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks {

struct LinearScaling {
    double cores_per_replica = 0;  // 0: cores do not count
    double nodes_per_replica = 0;
    std::int64_t least = 1;
    std::int64_t most = 0;  // 0: as many as it takes
    bool prevents_single_point_of_failure = false;
    friend bool operator==(const LinearScaling&, const LinearScaling&) = default;
};

struct LadderStep {
    std::int64_t threshold = 0;
    std::int64_t replicas = 0;
    friend bool operator==(const LadderStep&, const LadderStep&) = default;
};

struct ProportionalScaler {
    WorkloadIx pods;    // of the autoscaler itself: without a ready one nothing is scaled
    WorkloadIx target;  // what it scales
    bool counts_unschedulable = false;
    bool is_ladder = false;
    LinearScaling linear;
    std::vector<LadderStep> by_cores;  // by threshold
    std::vector<LadderStep> by_nodes;
    friend bool operator==(const ProportionalScaler&, const ProportionalScaler&) = default;
};

// How much of a resource: a base, and a step for each so many cores or nodes, whichever makes more.
struct ProportionalAmount {
    std::int64_t base = 0;
    std::int64_t step = 0;
    std::int64_t most = 0;            // 0: as much as it takes
    std::int64_t cores_per_step = 0;  // 0: cores do not count
    std::int64_t nodes_per_step = 0;
    friend bool operator==(const ProportionalAmount&, const ProportionalAmount&) = default;
};

struct ProportionalContainer {
    std::uint32_t container = 0;  // of the target's pod template
    std::optional<ProportionalAmount> cpu_request;
    std::optional<ProportionalAmount> memory_request;
    std::optional<ProportionalAmount> cpu_limit;
    std::optional<ProportionalAmount> memory_limit;
    friend bool operator==(const ProportionalContainer&, const ProportionalContainer&) = default;
};

// CPVPA-1
struct ProportionalVertical {
    WorkloadIx pods;  // of the autoscaler itself
    WorkloadIx target;
    std::vector<ProportionalContainer> containers;
    friend bool operator==(const ProportionalVertical&, const ProportionalVertical&) = default;
};

// The autoscaling of the add-on coredns, which runs in EKS's control plane (DNS-6).
struct ManagedScaling {
    WorkloadIx target;  // none: it is off
    std::int64_t least = 2;
    std::int64_t most = 10;  // the default is of EKS's user guide
    friend bool operator==(const ManagedScaling&, const ManagedScaling&) = default;
};

}  // namespace eks
