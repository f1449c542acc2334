// A cluster of Cilium in ENI mode whose endpoints take no time: where tests of its operator and agents begin.
#pragma once

#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {

inline TinyCluster cilium_cluster() {
    TinyCluster c;
    c.spec.cni_kind = CniKind::cilium_eni;
    c.spec.cilium.new_identity = c.spec.cilium.regeneration = sim::Distribution::constant(sim::Duration::zero());
    return c;
}

inline std::size_t ready_pods(const TinyRun& run, WorkloadIx ix) {
    std::size_t count = 0;
    for (const PodId id : run.pods_of(ix)) count += run.pod(id).stage == PodStage::ready ? 1 : 0;
    return count;
}

}  // namespace eks::testing
