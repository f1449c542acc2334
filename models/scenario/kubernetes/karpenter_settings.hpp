// Karpenter's own settings (KARP-1): of its Deployment, told by its image, from variables and flags, and of the values
// of its Helm chart. Its version picks the behaviour (GEN-1). Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

namespace eks {

// What of them is about instance types, which a NodePool is read with.
struct KarpenterSizing {
    std::int64_t memory_overhead_ppm = vm_memory_overhead_ppm_default;  // VM_MEMORY_OVERHEAD_PERCENT
    std::int32_t reserved_enis = 0;                                     // RESERVED_ENIS
};

// Fills builder.spec.karpenter but for its pools and their types. The workloads have been read.
KarpenterSizing read_karpenter_settings(ScenarioBuilder& builder);

}  // namespace eks
