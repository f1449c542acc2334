// Names for rows that come and go in a run. Each carries a generation, so that an event about a pod that is gone finds
// nothing instead of a stranger.
#pragma once

#include "libsim/id.hpp"

namespace eks {

using NodeId = sim::Id<struct NodeRowTag>;
using PodId = sim::Id<struct PodRowTag>;
using JobId = sim::Id<struct JobRowTag>;
using ReplicaSetId = sim::Id<struct ReplicaSetRowTag>;
using EniId = sim::Id<struct EniRowTag>;
using PoolId = sim::Id<struct AddressPoolRowTag>;
using BranchEniId = sim::Id<struct BranchEniRowTag>;
using PullId = sim::Id<struct PullRowTag>;

}  // namespace eks
