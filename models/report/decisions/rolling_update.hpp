// The decision call `rolling_update`: what the Deployment controller does about a Deployment and its ReplicaSets now,
// and how the rollout goes on from there (DEPLOY-1 to DEPLOY-4).
//
//     ekssim.decisions.rolling_update(
//         deployment={"spec": {"replicas": 10, "template": new, "strategy": {"rollingUpdate": {"maxSurge": 3}}}},
//         replica_sets=[{"metadata": {"name": "web-1"}, "spec": {"replicas": 10, "template": old},
//                        "status": {"replicas": 10, "availableReplicas": 10}}])
#pragma once

#include "models/report/decisions/arguments.hpp"

namespace eks::decisions {

Json rolling_update_call(const Json& arguments);

}  // namespace eks::decisions
