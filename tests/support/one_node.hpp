// One node with one Deployment, and somebody who uses up the account's calls: where tests of a single daemon begin.
#pragma once

#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {

struct OneNode {
    TinyCluster c;
    WorkloadIx web;

    explicit OneNode(std::int32_t pods_at_start = 0, const TinyNodes& nodes = {}) {
        c.add_nodes(1, nodes);
        web = c.add_deployment("web", pods_at_start);
    }
};

// Others in the account make a thousand of these calls a second, so that hardly one of ours gets through.
inline Fault throttling_of(Ec2Action action) {
    Fault fault;
    fault.kind = FaultKind::ec2_throttling;
    fault.actions = 1U << static_cast<unsigned>(action);
    fault.load_milli_per_second = 1'000'000;
    return fault;
}

}  // namespace eks::testing
