// The pods of a workload in the order in which its controller would delete them (RS-2).
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/workloads/deletion_rank.hpp"
#include "models/world/world.hpp"

#include <vector>

namespace eks {

// Active pods of the workload (CTRL-5), or of its ReplicaSet with this template. How crowded a node is goes by the pods
// of all its ReplicaSets.
std::vector<PodId> in_order_of_deletion(const Spec& spec, const World& world, WorkloadIx workload,
                                        TemplateIx only_template, sim::Time now);
// Of a Job (JOB-3).
std::vector<PodId> in_order_of_deletion(const World& world, JobId job, sim::Time now);

}  // namespace eks
