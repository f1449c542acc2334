// Autoscalers that follow the size of the cluster (DNS-5).
#pragma once

#include "models/spec/indices.hpp"

#include <cstdint>
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

// The autoscaling of the add-on coredns, which runs in EKS's control plane (DNS-6).
struct ManagedScaling {
    WorkloadIx target;  // none: it is off
    std::int64_t least = 2;
    std::int64_t most = 10;  // the default is of EKS's user guide
    friend bool operator==(const ManagedScaling&, const ManagedScaling&) = default;
};

}  // namespace eks
