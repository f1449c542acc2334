// How many nodes of one node group the pending pods need (CA-13 to CA-16): a first-fit packing by the scheduler's
// filters, after cluster-autoscaler 1.36.1 estimator/. No plugin scores, and nothing is bound: the scheduler places the
// pods later, perhaps elsewhere (GEN-2).
//
//     const Estimate need = estimate(question);
//     need.node_count   // nodes to add, if the expander chooses this group
#pragma once

#include "models/systems/scheduling/plain/objects.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace eks::cluster_autoscaler {

inline constexpr std::string_view hostname_label = "kubernetes.io/hostname";

// CPU in cores and memory in bytes, as the fast path compares them.
struct CpuAndMemory {
    double cores = 0;
    double bytes = 0;
};

// Equal pods of one controller (CA-10).
struct PodGroup {
    plain::PodObject pod;
    std::int64_t count = 0;
    CpuAndMemory first_container;  // its requests
};

struct EstimateQuestion {
    plain::Cluster cluster;  // as it is: nodes and the pods on them
    plain::NodeObject node_template;
    CpuAndMemory template_capacity;
    std::vector<plain::PodObject> template_pods;  // of DaemonSets, on each new node
    std::vector<PodGroup> groups;
    std::int64_t node_limit = 0;  // CA-15
    bool may_take_fast_path = false;
};

struct Estimate {
    std::int64_t node_count = 0;  // distinct nodes that took a pod, among them old ones (CA-14)
    std::int64_t scheduled = 0;
    std::vector<std::int64_t> scheduled_per_group;  // in the order of the question
};

Estimate estimate(const EstimateQuestion& question);

// The same by the scheduler's whole cycle for each pod: what the faster one is held against.
Estimate estimate_plainly(const EstimateQuestion& question);

}  // namespace eks::cluster_autoscaler
