// What a fleet has to hold: the pods of a scenario at their most, worked out from its Spec alone.
//
// Every workload counts with its peak, and all peaks count at once: Deployments at the most replicas that the scenario,
// its autoscalers or its timeline give them, Jobs with all pods that run side by side, CronJobs with as many Jobs as
// overlap, bare pods (traces) by when they come and go. DaemonSets are no demand: they are taken off each node
// (density.hpp).
#pragma once

#include "libsim/time.hpp"
#include "models/scenario/scenario.hpp"
#include "models/spec/spec.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace eks::sizing {

struct DemandedWorkload {
    std::string title;  // "Deployment/shop/web"
    WorkloadIx workload;
    // Bare pods that look the same to the scheduler are one workload; these are the others of them.
    std::vector<WorkloadIx> likewise;
    std::int64_t replicas = 0;
    std::string why;  // this number
    Resources each;   // requests of a pod, the largest that the timeline gives it
    bool takes_address = true;
    std::int64_t attachments = 0;
    std::int64_t network_bytes_per_second = 0;  // at the peak of the traffic, the busier way
    std::int64_t most_per_node = std::numeric_limits<std::int64_t>::max();
    bool is_of_jobs = false;
};

// Something of the scenario that bears on where pods go, and that the packing leaves to the simulation.
struct NotRegarded {
    std::string what;
    std::string why;
    std::int64_t count = 1;
};

struct Demand {
    std::vector<DemandedWorkload> workloads;  // in the order of the Spec; none with no pods
    std::vector<NotRegarded> not_regarded;
    std::vector<Assumption> assumptions;
};

// Other values for what is assumed, to see what depends on them.
struct DemandFactors {
    double replicas = 1.0;
    double run_time = 1.0;  // of Jobs
};

Demand demand_of(const Spec& spec, sim::Duration run_length, const DemandFactors& factors = {});

}  // namespace eks::sizing
