// The pods that Cluster Autoscaler takes for unschedulable (CA-4 to CA-7), and the groups of equal ones among them
// (CA-10).
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/snapshot.hpp"

#include <cstdint>
#include <vector>

namespace eks::cluster_autoscaler {

struct PendingPod {
    PodId id;
    bool is_of_drain = false;  // it is still on a node that is being drained
    std::int32_t priority = 0;
    sim::Time created;
};

struct Pending {
    std::vector<PendingPod> pods;
    // The first instant at which a pod that is too young now is no longer (CA-7).
    sim::Time next_of_age = sim::Time::never();
};

// In the order in which they are packed: by priority, highest first (CA-6).
Pending pending_pods(const Spec& spec, const World& world, sim::Time now);

// CA-6: those that the nodes of the snapshot take, with what is on its way, are placed there and leave the list.
void filter_out_schedulable(Snapshot& snapshot, const World& world, std::uint32_t& last_place, Pending& pending);

// CA-10: the places in Pending::pods of equal pods.
std::vector<std::vector<std::size_t>> equivalence_groups(const Spec& spec, const World& world, const Pending& pending);

// CA-8, of what is left.
bool are_too_new(const Spec& spec, const World& world, const Pending& pending, sim::Time now);

}  // namespace eks::cluster_autoscaler
